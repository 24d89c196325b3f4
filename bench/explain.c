#include "bench/explain.h"

#include <string.h>

#include "core/suggest.h"
#include "results/metrics.h"

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

static void print_all(FILE *out)
{
    fputs("R[i][j] = accuracy on task j after training task i of T; row 0 = before any "
          "training;\nwhat was not measured is missing, never 0\n",
          out);
    for (int i = 0; i < N_METRIC; i++) {
        fputc('\n', out);
        print_metric(&metric_table[i], out);
    }
}

enum status explain_command(int argc, char **argv, FILE *out, struct error *err)
{
    const char *words[N_METRIC], *near;

    if (argc > 1)
        return error_set(err, ERR_USAGE, "usage: bench explain [METRIC]");
    if (argc == 0) {
        print_all(out);
        return OK;
    }
    for (int i = 0; i < N_METRIC; i++) {
        words[i] = metric_table[i].name;
        if (strcmp(words[i], argv[0]) == 0) {
            print_metric(&metric_table[i], out);
            print_conventions((enum metric)i, out);
            return OK;
        }
    }
    near = suggest(argv[0], words, N_METRIC);
    if (near)
        return error_set(err, ERR_USAGE, "there is no metric '%s'; did you mean '%s'?",
                         argv[0], near);
    return error_set(err, ERR_USAGE,
                     "there is no metric '%s'; 'bench list metrics' shows what there is",
                     argv[0]);
}
