#include "bench/commands/explain.h"

#include <string.h>

#include "bench/commands/commands.h"
#include "bench/commands/flags.h"
#include "core/base/suggest.h"
#include "results/data/cost.h"

static void print_metric(const struct metric_info *metric, FILE *out)
{
    fprintf(out, "%s: %s\n", metric->name, metric->title);
    fprintf(out, "  definition  %s\n", metric->definition);
    if (metric->source)
        fprintf(out, "  source      %s\n", metric->source);
    if (metric->elsewhere)
        fprintf(out, "  elsewhere   %s\n", metric->elsewhere);
}

/* Those of other suites, which summary.csv has under these names. */
static void print_conventions(enum metric own, FILE *out)
{
    for (int i = N_METRIC_OWN; i < N_METRIC; i++) {
        if (metric_table[i].own != own || (int)own == i)
            continue;
        fprintf(out, "  %-20s %s (%s)\n", metric_table[i].name,
                metric_table[i].definition, metric_table[i].source);
    }
}

/* What every definition speaks of. */
static void print_matrix(FILE *out)
{
    fputs("R[i][j] = accuracy on task j after training task i of T; row 0 = before any "
          "training;\nwhat was not measured is missing, never 0\n",
          out);
}

static void print_all(FILE *out)
{
    print_matrix(out);
    for (int i = 0; i < N_METRIC; i++) {
        fputc('\n', out);
        print_metric(&metric_table[i], out);
    }
    for (const struct metric_info *cost = cost_table; cost->name; cost++) {
        fputc('\n', out);
        print_metric(cost, out);
    }
}

enum { N_NAME = N_METRIC + 16 };

/* The names of metrics and costs; how many there are. */
static size_t all_names(const char *words[N_NAME])
{
    size_t n = 0;

    while (n < N_METRIC) {
        words[n] = metric_table[n].name;
        n++;
    }
    for (const struct metric_info *cost = cost_table; cost->name && n < N_NAME; cost++)
        words[n++] = cost->name;
    return n;
}

static bool explain(const char *name, FILE *out)
{
    if (strcmp(name, "R") == 0 || strcmp(name, "T") == 0) {
        print_matrix(out);
        return true;
    }
    for (int i = 0; i < N_METRIC; i++) {
        if (strcmp(metric_table[i].name, name) != 0)
            continue;
        print_metric(&metric_table[i], out);
        print_conventions((enum metric)i, out);
        return true;
    }
    for (const struct metric_info *cost = cost_table; cost->name; cost++) {
        if (strcmp(cost->name, name) != 0)
            continue;
        print_metric(cost, out);
        return true;
    }
    return false;
}

enum status explain_command(int argc, char **argv, FILE *out, struct error *err)
{
    const char *words[N_NAME];
    char hint[SUGGEST_TEXT];

    if (argc > 1)
        return error_set(err, ERR_USAGE, "usage: bench explain [METRIC]");
    if (argc == 0) {
        print_all(out);
        return OK;
    }
    if (explain(argv[0], out))
        return OK;
    return error_set(err, ERR_USAGE, "there is no metric '%s'%s", argv[0],
                     suggest_text(suggest(argv[0], words, all_names(words)),
                                  "; 'bench list metrics' shows what there is", hint));
}

static enum status run(int argc, char **argv, int *exit_status, struct error *err)
{
    const struct flag table[] = {{.name = NULL}};

    return flags_read(table, argc, argv, &argc, err) == OK
               ? explain_command(argc, argv, stdout, err)
               : err->status;
}

const struct command command_explain = {
    .name = "explain",
    .about = "a metric's formula and source, and who computes it differently",
    .usage =
        "usage: bench explain [METRIC]\n"
        "\n"
        "Prints the formula and source of a metric (without METRIC: of all), and which\n"
        "other suites compute it differently.\n",
    .run = run,
};
