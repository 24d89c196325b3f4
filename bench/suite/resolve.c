/* suite_write_resolved: the suite as YAML with every default filled in. */
#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "bench/suite/options.h"
#include "bench/suite/report_section.h"
#include "bench/suite/settings.h"
#include "results/report/report.h"

/* ---------------------------------------------------------------- values */

/* Whether YAML would read the text as anything but itself. */
static bool needs_quotes(const char *text)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789._+/- ";
    size_t n = strlen(text);
    bool dash = text[0] == '-' && !isdigit((unsigned char)text[1]);

    return n == 0 || strspn(text, good) < n || dash || text[0] == ' ' ||
           text[n - 1] == ' ' || strcmp(text, "null") == 0;
}

static void write_text(FILE *out, const char *text)
{
    if (!needs_quotes(text)) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void write_key(FILE *out, int indent, const char *key)
{
    fprintf(out, "%*s%s: ", indent, "", key);
}

static void write_member(FILE *out, int indent, const char *key, const char *text)
{
    write_key(out, indent, key);
    write_text(out, text);
    fputc('\n', out);
}

static void write_option(FILE *out, int indent, const struct option *option)
{
    if (option->n == 1 && !option->tuned) {
        write_member(out, indent, option->row->name, option->value[0]);
        return;
    }
    write_key(out, indent, option->row->name);
    fputs(option->tuned ? "{tune: [" : "{grid: [", out);
    for (int i = 0; i < option->n; i++) {
        fputs(i ? ", " : "", out);
        write_text(out, option->value[i]);
    }
    fputs("]}\n", out);
}

static void write_default(FILE *out, int indent, const struct param *row)
{
    char value[PARAM_PRINT_MAX];
    struct error local = {0};

    param_canonical(row, row->default_text, value, sizeof value, &local);
    assert(local.status == OK);
    write_member(out, indent, row->name, value);
}

/* The row as it is in the struct. */
static void write_value(FILE *out, int indent, const struct param *row, const void *from)
{
    char value[PARAM_PRINT_MAX];

    param_print(row, from, value, sizeof value);
    write_member(out, indent, row->name, value);
}

/* ---------------------------------------------------------------- sections */

enum { SEEDS_LISTED = 99 }; /* more that count up from 1 are written as their number */

static uint64_t seed_of(const struct seed *seed, bool learner)
{
    return learner ? seed->learner : seed->stream;
}

/* Of each step-th of n pairs, the seed of the stream or the learner. */
static void write_seed_list(const struct seed *seed, int n, int step, bool learner,
                            FILE *out)
{
    bool counts = n / step > SEEDS_LISTED;

    for (int i = 0; i < n && counts; i += step)
        counts = seed_of(&seed[i], learner) == (uint64_t)(i / step) + 1;
    if (counts) {
        fprintf(out, "%d", n / step);
        return;
    }
    for (int i = 0; i < n; i += step)
        fprintf(out, "%s%" PRIu64, i ? ", " : "[", seed_of(&seed[i], learner));
    fputc(']', out);
}

static void write_seeds(const struct seed *seed, int n, FILE *out)
{
    bool apart = false;
    int n_learner = 0;

    for (int i = 0; i < n; i++) {
        apart = apart || seed[i].stream != seed[i].learner;
        n_learner += seed[i].stream == seed[0].stream;
    }
    /* apart: the list is a product, the learner's seeds running fastest */
    fputs(apart ? "seeds: {stream: " : "seeds: ", out);
    write_seed_list(seed, n, n_learner, false, out);
    if (apart) {
        fputs(", learner: ", out);
        write_seed_list(seed, n_learner, 1, true, out);
    }
    fputs(apart ? "}\n" : "\n", out);
}

/* Every row, as written or at its default. */
static void write_rows(FILE *out, int indent, const struct param *table,
                       const struct options *options)
{
    for (const struct param *row = table; row && row->name; row++) {
        const struct option *option = option_find(options, row->name);

        if (option)
            write_option(out, indent, option);
        else
            write_default(out, indent, row);
    }
}

/* Steps and epochs replace each other: the default of one is written only without the
 * other. */
static void write_training(const struct options *training, FILE *out)
{
    bool steps = option_find(training, "steps") != NULL;

    fputs("training:\n", out);
    for (const struct param *row = training_table; row->name; row++) {
        const struct option *option = option_find(training, row->name);

        if (option)
            write_option(out, 2, option);
        else if (strcmp(row->name, steps ? "epochs" : "steps") != 0)
            write_default(out, 2, row);
    }
}

static void write_entry(const struct entry *entry, const char *kind, FILE *out)
{
    fprintf(out, "  - %s: %s\n", kind, entry->name);
    if (entry->named)
        write_member(out, 4, "id", entry->id);
    if (entry->shown)
        write_member(out, 4, "title", entry->shown);
    write_rows(out, 4, entry->params, &entry->own);
    if (strcmp(kind, "stream") == 0)
        write_rows(out, 4, stream_setup_table, &entry->setup);
    if (entry->training.n > 0)
        fputs("    training:\n", out);
    for (int i = 0; i < entry->training.n; i++)
        write_option(out, 6, &entry->training.option[i]);
}

static void write_entries(const struct entry *entry, int n, const char *list,
                          const char *kind, FILE *out)
{
    fprintf(out, "%s:\n", list);
    for (int i = 0; i < n; i++)
        write_entry(&entry[i], kind, out);
}

/* ---------------------------------------------------------------- report */

static void write_where(const struct target *target, FILE *out)
{
    const char *const key[] = {"stream", "scenario", "learner", "strategy"};
    const char *const text[] = {target->stream, target->scenario, target->learner,
                                target->strategy};
    bool any = false;

    for (size_t i = 0; i < sizeof key / sizeof key[0]; i++) {
        if (!text[i][0])
            continue;
        if (!any)
            fputs("      where:\n", out);
        write_member(out, 8, key[i], text[i]);
        any = true;
    }
}

static void write_report(const struct suite *suite, FILE *out)
{
    bool first = true;

    fputs("report:\n  plots: ", out);
    for (const struct plot_name *p = plot_names; p->name && suite->plots; p++) {
        if ((suite->plots & p->plots) != p->plots || p->plots == PLOT_ALL || !p->plots)
            continue;
        fprintf(out, "%s%s", first ? "[" : ", ", p->name);
        first = false;
    }
    fputs(suite->plots ? "]\n" : "none\n", out);
    for (const struct param *row = style_params; row->name; row++)
        write_value(out, 2, row, &suite->style);
    if (suite->n_target > 0)
        fputs("  targets:\n", out);
    for (int i = 0; i < suite->n_target; i++) {
        const struct target *target = &suite->target[i];

        fprintf(out, "    - metric: %s\n", metric_table[target->metric].name);
        for (const struct param *row = target_params; row->name; row++)
            write_value(out, 6, row, target);
        write_where(target, out);
    }
}

enum status suite_write_resolved(const struct suite *suite, FILE *out)
{
    write_member(out, 0, "suite", suite->name);
    write_member(out, 0, "about", suite->about);
    write_seeds(suite->seed, suite->n_seed, out);
    write_training(&suite->training, out);
    fputs("evaluation:\n", out);
    write_rows(out, 2, evaluating_table, &suite->evaluating);
    if (suite_tunes(suite)) {
        fputs("tuning:\n", out);
        write_rows(out, 2, tuning_table, &suite->tuning);
        fputs("  ", out);
        write_seeds(suite->tuning_seed, suite->n_tuning_seed, out);
    }
    fputs("limits:\n", out);
    write_rows(out, 2, limits_table, &suite->limits);
    write_value(out, 0, checkpoint_table, &suite->checkpoint);
    write_value(out, 0, incompatible_table, &suite->incompatible);
    write_entries(suite->stream, suite->n_stream, "streams", "stream", out);
    write_entries(suite->learner, suite->n_learner, "learners", "learner", out);
    write_entries(suite->strategy, suite->n_strategy, "strategies", "strategy", out);
    write_report(suite, out);
    return fflush(out) == 0 && !ferror(out) ? OK : ERR_IO;
}
