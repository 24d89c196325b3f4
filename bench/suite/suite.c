#include "bench/suite/suite.h"

#include <string.h>

#include "bench/suite/scope.h"
#include "bench/suite/sections.h"
#include "bench/suite/settings.h"
#include "core/base/file.h"

enum { ABOUT_MOST = 255 }; /* characters */

static enum status read_name(struct reader *r, const struct node *node)
{
    return reader_id(r, node, &r->suite->name);
}

/* A folded text ends with a line end, and a long one may have more: the report wants one
 * line. */
static enum status read_about(struct reader *r, const struct node *node)
{
    const char *text;
    char *line;
    size_t n;

    if (reader_text(r, node, "'about'", &text) != OK)
        return r->err->status;
    n = strlen(text);
    while (n > 0 && text[n - 1] == '\n')
        n--;
    if (n > ABOUT_MOST)
        return diagnostic_at(r->err, node->place, "'about' is longer than %d characters",
                             ABOUT_MOST);
    line = arena_text(r->arena, "%.*s", (int)n, text);
    for (size_t i = 0; i < n; i++)
        if (line[i] == '\n' || line[i] == '\t')
            line[i] = ' ';
    r->suite->about = line;
    return OK;
}

/* A section that is one table. */
static enum status read_section(struct reader *r, const struct node *node,
                                const struct param *table, enum lists lists,
                                struct options *into)
{
    struct scope scope = {.what = arena_text(r->arena, "'%s'", node->key->text)};

    scope_add(&scope, table, lists, into, r->arena);
    return scope_read(r, &scope, node);
}

static enum status read_training(struct reader *r, const struct node *node)
{
    if (read_section(r, node, training_table, LISTS_MULTIPLY, &r->suite->training) != OK)
        return r->err->status;
    return reader_check_length(r, &r->suite->training);
}

static enum status read_evaluation(struct reader *r, const struct node *node)
{
    return read_section(r, node, evaluating_table, LISTS_MULTIPLY, &r->suite->evaluating);
}

static enum status read_limits(struct reader *r, const struct node *node)
{
    return read_section(r, node, limits_table, LISTS_REFUSED, &r->suite->limits);
}

/* A key that is one row. */
static enum status read_row(struct reader *r, const struct node *node,
                            const struct param *row, void *into)
{
    struct error local = {0};
    const char *text;

    if (reader_text(r, node, arena_text(r->arena, "'%s'", row->name), &text) != OK)
        return r->err->status;
    if (param_set(row, into, text, &local) != OK)
        return diagnostic_at(r->err, node->place, "%s", local.text);
    return OK;
}

static enum status read_checkpoint(struct reader *r, const struct node *node)
{
    return read_row(r, node, checkpoint_table, &r->suite->checkpoint);
}

static enum status read_incompatible(struct reader *r, const struct node *node)
{
    return read_row(r, node, incompatible_table, &r->suite->incompatible);
}

static const struct section {
    const char *key;
    enum status (*read)(struct reader *r, const struct node *node);
    const char *required; /* how to remedy that it is missing; NULL = optional */
} sections[] = {
    {"suite", read_name, "suite: NAME"},
    {"about", read_about, NULL},
    {"seeds", suite_read_seeds, NULL},
    {"training", read_training, NULL},
    {"evaluation", read_evaluation, NULL},
    {"tuning", suite_read_tuning, NULL},
    {"limits", read_limits, NULL},
    {"checkpoint", read_checkpoint, NULL},
    {"incompatible", read_incompatible, NULL},
    {"streams", suite_read_streams,
     "streams: [{stream: split, dataset: synthetic-digits}]"},
    {"learners", suite_read_learners, "learners: [backprop]"},
    {"strategies", suite_read_strategies, NULL},
    {"report", suite_read_report, NULL},
};

enum { N_SECTION = sizeof sections / sizeof sections[0] };

static enum status read_member(struct reader *r, const struct node *member)
{
    const char *words[N_SECTION];

    for (size_t i = 0; i < N_SECTION; i++) {
        if (strcmp(sections[i].key, member->key->text) == 0)
            return sections[i].read(r, member);
        words[i] = sections[i].key;
    }
    return reader_unknown(r, member->key, "a suite has no key", member->key->text, words,
                          N_SECTION);
}

static enum status read_root(struct reader *r, const struct node *root)
{
    if (reader_expect(r, root, NODE_MAPPING) != OK)
        return r->err->status;
    for (const struct node *member = root->child; member; member = member->next)
        if (read_member(r, member) != OK && !reader_goes_on(r))
            return r->err->status;
    for (size_t i = 0; i < N_SECTION && reader_goes_on(r); i++)
        if (sections[i].required && !node_get(root, sections[i].key))
            diagnostic_at(r->err, root->place,
                          "the suite has no '%s'; add a line such as %s", sections[i].key,
                          sections[i].required);
    return r->err->status;
}

/* The last of several errors is the one that is returned. */
static enum status finish(struct reader *r)
{
    if (r->err->status == OK && r->suite->n_earlier > 0)
        *r->err = r->suite->earlier[--r->suite->n_earlier];
    return r->err->status;
}

void suite_print_earlier(const struct suite *suite, FILE *out)
{
    for (int i = 0; i < suite->n_earlier; i++)
        diagnostic_print(&suite->earlier[i], out);
}

static enum status set_defaults(struct reader *r)
{
    struct suite *suite = r->suite;

    suite->about = "";
    suite->seed = arena_take(r->arena, TAG_FIXED, 1, sizeof *suite->seed);
    suite->seed[0] = (struct seed){1, 1};
    suite->n_seed = 1;
    suite->tuning_seed = suite->seed;
    suite->n_tuning_seed = 1;
    param_defaults(checkpoint_table, &suite->checkpoint);
    param_defaults(incompatible_table, &suite->incompatible);
    suite_default_report(r);
    return suite_default_strategies(r);
}

static bool any_tuned(const struct entry *entry, int n)
{
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < entry[i].own.n; k++)
            if (entry[i].own.option[k].tuned)
                return true;
        for (int k = 0; k < entry[i].training.n; k++)
            if (entry[i].training.option[k].tuned)
                return true;
    }
    return false;
}

bool suite_tunes(const struct suite *suite)
{
    return any_tuned(suite->learner, suite->n_learner) ||
           any_tuned(suite->strategy, suite->n_strategy);
}

enum status suite_parse(struct suite *suite, const char *text, size_t n, const char *path,
                        const struct override_list *overrides, struct arena *arena,
                        struct error *err)
{
    struct reader r = {suite, arena, err};
    struct node *root;

    *suite = (struct suite){.path = arena_text(arena, "%s", path)};
    if (node_parse(&root, text, n, suite->path, arena, err) != OK ||
        set_defaults(&r) != OK)
        return err->status;
    for (int i = 0; overrides && i < overrides->n; i++)
        if (override_apply(&r, root, &overrides->set[i]) != OK)
            return err->status;
    read_root(&r, root);
    return finish(&r);
}

enum status suite_load(struct suite *suite, const char *path,
                       const struct override_list *overrides, struct arena *arena,
                       struct error *err)
{
    char *text;
    size_t n;

    if (file_read(path, arena, &text, &n, err) != OK)
        return err->status;
    return suite_parse(suite, text, n, path, overrides, arena, err);
}
