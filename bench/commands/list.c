#include "bench/commands/list.h"

#include <string.h>

#include "bench/commands/commands.h"
#include "bench/commands/flags.h"
#include "bench/plan/supports.h"
#include "bench/registry/registry.h"
#include "bench/suite/report_section.h"
#include "bench/suite/settings.h"
#include "core/base/suggest.h"
#include "core/nn/net.h"
#include "results/data/cost.h"
#include "results/plots/plot.h"
#include "results/plots/style.h"
#include "tasks/formats/catalogue.h"

enum { NAMES_MOST = 256 };

struct item { /* one thing that can be listed; NULL members are not shown */
    const char *name, *about, *source;
    const char *text_name, *text; /* "layers", "conv 32 3, relu" */
    const struct param *params;
    const struct param *more; /* options that all of its kind have */
    const char *more_name;
    const struct learner *learner;
    const struct strategy *strategy;
};

/* ---------------------------------------------------------------- what there is */

static bool learner_item(size_t i, struct item *item)
{
    const struct learner *learner = registry_learners[i];

    if (learner)
        *item = (struct item){.name = learner->name,
                              .about = learner->about,
                              .source = learner->source,
                              .params = learner->params,
                              .learner = learner};
    return learner != NULL;
}

static bool strategy_item(size_t i, struct item *item)
{
    const struct strategy *strategy = registry_strategies[i];

    if (strategy)
        *item = (struct item){.name = strategy->name,
                              .about = strategy->about,
                              .source = strategy->source,
                              .params = strategy->params,
                              .strategy = strategy};
    return strategy != NULL;
}

static bool stream_item(size_t i, struct item *item)
{
    const struct stream *stream = registry_streams[i];

    if (stream)
        *item = (struct item){.name = stream->name,
                              .about = stream->about,
                              .source = stream->source,
                              .params = stream->params,
                              .more = stream_setup_table,
                              .more_name = "every stream also has"};
    return stream != NULL;
}

static bool dataset_item(size_t i, struct item *item)
{
    const struct dataset_info *info = &dataset_table[i];

    *item =
        (struct item){.name = info->name, .about = info->about, .source = info->source};
    return info->name != NULL;
}

static bool net_item(size_t i, struct item *item)
{
    const struct net_preset *net = &net_presets[i];

    *item = (struct item){.name = net->name,
                          .about = net->help,
                          .text_name = "layers",
                          .text = net->layers};
    return net->name != NULL;
}

static bool metric_item(size_t i, struct item *item)
{
    const struct metric_info *metric =
        i < N_METRIC ? &metric_table[i] : &cost_table[i - N_METRIC];

    *item = (struct item){.name = metric->name,
                          .about = metric->definition,
                          .source = metric->source,
                          .text_name = "elsewhere",
                          .text = metric->elsewhere};
    return metric->name != NULL;
}

static bool plot_item(size_t i, struct item *item)
{
    *item = (struct item){.name = plot_names[i].name, .about = plot_names[i].about};
    return plot_names[i].name != NULL;
}

static bool setting_item(size_t i, struct item *item)
{
    static const struct item items[] = {
        {.name = "seeds",
         .about = "5 = seeds 1..5; a list; or every pair of {stream: [1, 2], learner: "
                  "[1, 2, 3]}"},
        {.name = "training",
         .about = "batches and their number; also in any stream or learner",
         .params = training_table},
        {.name = "evaluation",
         .about = "when and what to test",
         .params = evaluating_table},
        {.name = "tuning",
         .about = "how candidates of tune are judged; also seeds, default 1",
         .params = tuning_table},
        {.name = "limits", .about = "what one cell may take", .params = limits_table},
        {.name = "checkpoint",
         .about = "where an interrupted cell goes on",
         .params = checkpoint_table},
        {.name = "incompatible",
         .about = "pairs of strategy and learner that do not go together",
         .params = incompatible_table},
        {.name = "report",
         .about = "plots: names of 'bench list plots'; targets: a list of published "
                  "numbers; and",
         .params = style_params},
        {.name = "targets",
         .about = "published numbers: a metric, where: {stream, scenario, learner, "
                  "strategy}, and",
         .params = target_params},
        {.name = "id",
         .about = "of a stream, learner or strategy: its name in folders and result "
                  "files; default its plug's name and what differs"},
        {.name = "title",
         .about = "of a stream, learner or strategy: any text that the report shows "
                  "in place of its id"},
        {.name = "grid",
         .about = "lr: {grid: [0.1, 0.01]}: every value is a cell; in training and "
                  "evaluation too"},
        {.name = "tune",
         .about = "lr: {tune: [0.1, 0.01]}: one value is chosen, as tuning says; of "
                  "learners and strategies"},
    };

    if (i >= sizeof items / sizeof items[0])
        return false;
    *item = items[i];
    return true;
}

static const struct section {
    const char *name, *one; /* "learners", "learner" */
    bool (*item)(size_t i, struct item *item);
} sections[] = {
    {"learners", "learner", learner_item},
    {"strategies", "strategy", strategy_item},
    {"streams", "stream", stream_item},
    {"datasets", "data set", dataset_item},
    {"nets", "net", net_item},
    {"metrics", "metric", metric_item},
    {"plots", "plot", plot_item},
    {"settings", "setting", setting_item},
};

enum { N_SECTION = sizeof sections / sizeof sections[0] };

/* ---------------------------------------------------------------- printing */

/* Names of the options, broken before column 90. */
static void print_names(const struct param *table, FILE *out)
{
    int column = fprintf(out, "  %-20s  options:", "");

    for (const struct param *row = table; row && row->name; row++) {
        if (column + 1 + (int)strlen(row->name) > 89)
            column = fprintf(out, "\n  %-20s  ", "") - 1;
        column += fprintf(out, " %s", row->name);
    }
    fputs(table && table->name ? "\n" : " none\n", out);
}

static void print_supports(const struct learner *learner, const char *indent, FILE *out)
{
    char hooks[SUPPORTS_MAX];

    supports_hooks(learner_can(learner), hooks);
    fprintf(out, "%snets: %s; supports: %s\n", indent, supports_nets(learner), hooks);
}

static void print_needs(const struct strategy *strategy, FILE *out)
{
    char hooks[SUPPORTS_MAX];

    supports_hooks(strategy->needs, hooks);
    fprintf(out, "  needs of the learner: %s\n", hooks);
}

static void print_section(const struct section *section, bool whole, FILE *out)
{
    struct item item;

    fprintf(out, "%s\n", section->name);
    for (size_t i = 0; section->item(i, &item); i++) {
        fprintf(out, "  %-20s  %s\n", item.name, item.about ? item.about : "");
        if (!whole || !item.learner)
            continue;
        fprintf(out, "  %-20s  %s\n", "", item.source);
        print_supports(item.learner, "                        ", out);
        print_names(item.params, out);
    }
}

static void print_params(const struct param *table, FILE *out)
{
    char range[512];

    for (const struct param *row = table; row && row->name; row++) {
        param_range(row, range, sizeof range);
        fprintf(out, "  %-20s  %s\n", row->name, row->help);
        fprintf(out, "  %-20s  %s", "", range);
        if (row->default_text[0])
            fprintf(out, "; default %s\n", row->default_text);
        else
            fputs("; no default\n", out);
    }
}

static void print_item(const struct section *section, const struct item *item, FILE *out)
{
    fprintf(out, "%s (%s)\n", item->name, section->one);
    if (item->about)
        fprintf(out, "  %s\n", item->about);
    if (item->source)
        fprintf(out, "  source: %s\n", item->source);
    if (item->text)
        fprintf(out, "  %s: %s\n", item->text_name, item->text);
    if (item->learner)
        print_supports(item->learner, "  ", out);
    if (item->strategy)
        print_needs(item->strategy, out);
    if (item->params && item->params->name) {
        fputs("\noptions\n", out);
        print_params(item->params, out);
    }
    if (item->more) {
        fprintf(out, "\n%s\n", item->more_name);
        print_params(item->more, out);
    }
}

/* ---------------------------------------------------------------- finding */

static const struct section *find_section(const char *name)
{
    for (size_t i = 0; i < N_SECTION; i++)
        if (strcmp(sections[i].name, name) == 0)
            return &sections[i];
    return NULL;
}

/* "mlp-100-100" is one of "mlp-A-B-...". */
static bool is_named(const struct item *item, const char *name)
{
    static const char family[] = "mlp-";

    if (strcmp(item->name, name) == 0)
        return true;
    return strcmp(item->name, net_presets[0].name) == 0 &&
           strncmp(name, family, strlen(family)) == 0 &&
           strspn(name + strlen(family), "0123456789-") == strlen(name + strlen(family));
}

static bool print_named(const struct section *section, const char *name, FILE *out)
{
    struct item item;

    for (size_t i = 0; section->item(i, &item); i++) {
        if (is_named(&item, name)) {
            print_item(section, &item, out);
            return true;
        }
    }
    return false;
}

/* In one section, or (NULL) among everything that can be named. */
static enum status unknown(const struct section *section, const char *name,
                           struct error *err)
{
    const char *words[NAMES_MOST];
    char hint[SUGGEST_TEXT], all[128];
    struct item item;
    size_t n = 0;

    for (size_t s = 0; s < N_SECTION; s++) {
        if (!section)
            words[n++] = sections[s].name;
        if (section && section != &sections[s])
            continue;
        for (size_t i = 0; n < NAMES_MOST - N_SECTION && sections[s].item(i, &item); i++)
            words[n++] = item.name;
    }
    snprintf(all, sizeof all, "; 'bench list%s%s' shows what there is",
             section ? " " : "", section ? section->name : "");
    return error_set(err, ERR_USAGE, "there is no %s '%s'%s",
                     section ? section->one : "thing called", name,
                     suggest_text(suggest(name, words, n), all, hint));
}

/* The same name may stand in several sections. */
static enum status list_name(const char *name, FILE *out, struct error *err)
{
    bool found = false;

    for (size_t i = 0; i < N_SECTION; i++)
        found = print_named(&sections[i], name, out) || found;
    return found ? OK : unknown(NULL, name, err);
}

static void list_all(FILE *out)
{
    for (size_t i = 0; i < N_SECTION; i++) {
        if (i > 0)
            fputc('\n', out);
        print_section(&sections[i], false, out);
    }
    fputs("\n'bench list NAME' shows options, defaults, ranges and the paper\n", out);
}

enum status list_command(int argc, char **argv, FILE *out, struct error *err)
{
    const struct section *section = argc > 0 ? find_section(argv[0]) : NULL;

    if (argc > 2 || (argc == 2 && !section))
        return error_set(err, ERR_USAGE, "usage: bench list [SECTION] [NAME]");
    if (argc == 0)
        list_all(out);
    else if (!section)
        return list_name(argv[0], out, err);
    else if (argc == 1)
        print_section(section, true, out);
    else if (!print_named(section, argv[1], out))
        return unknown(section, argv[1], err);
    return OK;
}

static enum status list(int argc, char **argv, int *exit_status, struct error *err)
{
    const struct flag table[] = {{.name = NULL}};

    return flags_read(table, argc, argv, &argc, err) == OK
               ? list_command(argc, argv, stdout, err)
               : err->status;
}

const struct command command_list = {
    .name = "list",
    .about = "what there is: learners, strategies, streams, datasets, nets, metrics",
    .usage =
        "usage: bench list [learners|strategies|streams|datasets|nets|metrics|plots|\n"
        "                   settings] [NAME]\n"
        "       bench list NAME\n"
        "\n"
        "Lists what a suite file can name. With NAME: its parameters, defaults, ranges,\n"
        "help and paper.\n",
    .run = list,
};
