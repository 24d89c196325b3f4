#include "bench/suite/report_section.h"

#include <string.h>

#include "bench/suite/options.h"
#include "bench/suite/scope.h"
#include "bench/suite/sections.h"
#include "bench/suite/settings.h"
#include "results/report/report.h"

/* ---------------------------------------------------------------- plots */

static enum status read_plot(struct reader *r, const struct node *node)
{
    const char *words[N_PLOT_NAME], *text;

    if (reader_text(r, node, "a plot", &text) != OK)
        return r->err->status;
    for (size_t i = 0; i < N_PLOT_NAME; i++) {
        words[i] = plot_names[i].name;
        if (strcmp(text, plot_names[i].name) == 0) {
            r->suite->plots |= plot_names[i].plots;
            return OK;
        }
    }
    return reader_unknown(r, node, "there is no plot", text, words, N_PLOT_NAME);
}

static enum status read_plots(struct reader *r, const struct node *node)
{
    r->suite->plots = 0;
    if (node->kind == NODE_SCALAR)
        return read_plot(r, node);
    if (reader_expect(r, node, NODE_SEQUENCE) != OK)
        return r->err->status;
    for (const struct node *item = node->child; item; item = item->next)
        if (read_plot(r, item) != OK)
            break;
    return r->err->status;
}

/* ---------------------------------------------------------------- targets */

struct where {
    char stream[PARAM_TEXT_MAX], scenario[PARAM_TEXT_MAX];
    char learner[PARAM_TEXT_MAX], strategy[PARAM_TEXT_MAX];
};

#define WHERE(field)                                                                     \
    {                                                                                    \
        .name = #field, .type = PARAM_TEXT, .offset = offsetof(struct where, field),     \
        .default_text = ""                                                               \
    }

static const struct param where_table[] = {
    WHERE(stream), WHERE(scenario), WHERE(learner), WHERE(strategy), {.name = NULL},
};

const struct param target_params[] = {
    {.name = "value",
     .type = PARAM_NUMBER,
     .offset = offsetof(struct target, value),
     .default_text = "0",
     .min = -1,
     .max = 1,
     .help = "the published figure: a share, not per cent"},
    {.name = "std",
     .type = PARAM_NUMBER,
     .offset = offsetof(struct target, std),
     .default_text = "0",
     .max = 1,
     .help = "its standard deviation over seeds; 0 = unknown"},
    {.name = "n",
     .type = PARAM_INT,
     .offset = offsetof(struct target, n),
     .default_text = "0",
     .max = 1e9,
     .help = "seeds it is a mean of; 0 = unknown"},
    {.name = "margin",
     .type = PARAM_NUMBER,
     .offset = offsetof(struct target, margin),
     .default_text = "0",
     .max = 1,
     .help = "difference allowed where no std is published; 0 = see the report"},
    {.name = "source",
     .type = PARAM_TEXT,
     .offset = offsetof(struct target, source),
     .default_text = "",
     .help = "paper and table"},
    {.name = "published",
     .type = PARAM_BOOL,
     .offset = offsetof(struct target, published),
     .default_text = "yes",
     .help = "no for a figure of an independent program"},
    {.name = NULL},
};
_Static_assert(sizeof((struct target *)0)->source >= PARAM_TEXT_MAX,
               "source is a text row");

static void fill(struct reader *r, const struct options *options,
                 const struct param *table, void *into)
{
    param_defaults(table, into);
    for (int i = 0; i < options->n; i++)
        param_set(options->option[i].row, into, options->option[i].value[0], r->err);
}

static enum status copy_id(struct reader *r, const struct node *node, const char *text,
                           char *out, size_t size)
{
    if (strlen(text) >= size)
        return diagnostic_at(r->err, node->place, "no id is as long as '%s'", text);
    strcpy(out, text);
    return OK;
}

/* Only the scenario: streams, learners and strategies are known when the plan is made. */
static enum status check_scenario(struct reader *r, const struct options *where)
{
    const struct option *scenario = option_find(where, "scenario");
    const struct param *row = param_find(stream_setup_table, "scenario");
    char value[PARAM_PRINT_MAX];
    struct error local = {0};

    if (scenario &&
        param_canonical(row, scenario->value[0], value, sizeof value, &local) != OK)
        return diagnostic_at(r->err, scenario->place, "%s", local.text);
    return OK;
}

static enum status read_where(struct reader *r, const struct node *node,
                              struct target *target)
{
    struct scope scope = {.what = "'where'"};
    struct options options;
    struct where where;

    scope_add(&scope, where_table, LISTS_REFUSED, &options, r->arena);
    if (scope_read(r, &scope, node) != OK)
        return r->err->status;
    fill(r, &options, where_table, &where);
    if (check_scenario(r, &options) != OK)
        return r->err->status;
    copy_id(r, node, where.stream, target->stream, sizeof target->stream);
    copy_id(r, node, where.scenario, target->scenario, sizeof target->scenario);
    copy_id(r, node, where.learner, target->learner, sizeof target->learner);
    copy_id(r, node, where.strategy, target->strategy, sizeof target->strategy);
    return r->err->status;
}

static enum status read_metric(struct reader *r, const struct node *node,
                               struct target *target)
{
    const char *words[N_METRIC], *text;

    if (reader_text(r, node, "'metric'", &text) != OK)
        return r->err->status;
    for (int i = 0; i < N_METRIC; i++) {
        words[i] = metric_table[i].name;
        if (strcmp(text, words[i]) == 0) {
            target->metric = (enum metric)i;
            return OK;
        }
    }
    return reader_unknown(r, node, "there is no metric", text, words, N_METRIC);
}

static enum status read_target(struct reader *r, const struct node *node,
                               struct target *target)
{
    static const char *const also[] = {"where", "metric", NULL};
    static const char *const required[] = {"metric", "value"};
    struct scope scope = {.what = "a target", .also = also};
    struct options options;

    if (node->kind != NODE_MAPPING)
        return diagnostic_at(r->err, node->place, "a target must be a mapping, not %s",
                             node_kind_name(node->kind));
    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++)
        if (!node_get(node, required[i]))
            return diagnostic_at(r->err, node->place, "this target has no '%s'",
                                 required[i]);
    scope_add(&scope, target_params, LISTS_REFUSED, &options, r->arena);
    for (const struct node *m = node->child; m && r->err->status == OK; m = m->next) {
        if (strcmp(m->key->text, "where") == 0)
            read_where(r, m, target);
        else if (strcmp(m->key->text, "metric") == 0)
            read_metric(r, m, target);
        else
            scope_read_member(r, &scope, m);
    }
    if (r->err->status == OK)
        fill(r, &options, target_params, target);
    return r->err->status;
}

static enum status read_targets(struct reader *r, const struct node *node)
{
    struct suite *suite = r->suite;
    size_t n = (size_t)node_count(node);

    if (reader_expect(r, node, NODE_SEQUENCE) != OK)
        return r->err->status;
    suite->target = arena_take(r->arena, TAG_FIXED, n, sizeof *suite->target);
    suite->target_place = arena_take(r->arena, TAG_FIXED, n, sizeof *suite->target_place);
    for (const struct node *item = node->child; item; item = item->next) {
        suite->target_place[suite->n_target] = item->place;
        if (read_target(r, item, &suite->target[suite->n_target++]) != OK)
            break;
    }
    return r->err->status;
}

static enum status take_style(struct reader *r, const struct options *options)
{
    struct error why = {0};

    fill(r, options, style_params, &r->suite->style);
    for (int i = 0; i < options->n; i++)
        if (style_check(&r->suite->style, options->option[i].row, &why) != OK)
            return diagnostic_at(r->err, options->option[i].place, "%s", why.text);
    return r->err->status;
}

enum status suite_read_report(struct reader *r, const struct node *node)
{
    static const char *const also[] = {"plots", "targets", NULL};
    struct scope scope = {.what = "'report'", .also = also};
    struct options style;

    if (reader_expect(r, node, NODE_MAPPING) != OK)
        return r->err->status;
    scope_add(&scope, style_params, LISTS_JOIN_TEXTS, &style, r->arena);
    for (const struct node *m = node->child; m && r->err->status == OK; m = m->next) {
        if (strcmp(m->key->text, "plots") == 0)
            read_plots(r, m);
        else if (strcmp(m->key->text, "targets") == 0)
            read_targets(r, m);
        else
            scope_read_member(r, &scope, m);
    }
    return r->err->status == OK ? take_style(r, &style) : r->err->status;
}

void suite_default_report(struct reader *r)
{
    r->suite->plots = PLOT_ALL;
    param_defaults(style_params, &r->suite->style);
}
