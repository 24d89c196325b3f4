#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/commands/commands.h"
#include "bench/commands/flags.h"
#include "bench/study/open_folder.h"
#include "results/report/report.h"

/* The outcomes of several folders, each experiment once. */
struct merged {
    struct outcome *cell;
    int n;
};

/* Whether two cells are in the same row of the report: their ids differ only in the
 * seed. */
static bool same_row(const struct cell *a, const struct cell *b)
{
    size_t n = (size_t)(strrchr(a->id, '/') - a->id) + 1;

    return strncmp(a->id, b->id, n) == 0 && !strchr(b->id + n, '/');
}

/* The seeds are the last lines of the settings. */
static bool same_but_seed(const struct cell *a, const struct cell *b)
{
    size_t n = (size_t)(strstr(a->settings, "\nseed.") - a->settings) + strlen("\nseed.");

    return strncmp(a->settings, b->settings, n) == 0;
}

/* A mean over different experiments would mean nothing. */
static enum status check_rows(const struct study *a, const struct study *b,
                              struct error *err)
{
    for (int i = 0; i < a->plan.n; i++)
        for (int k = 0; a->there[i] && k < b->plan.n; k++) {
            const struct cell *one = &a->plan.cell[i], *other = &b->plan.cell[k];

            if (b->there[k] && same_row(one, other) && !same_but_seed(one, other))
                return error_set(err, ERR_RESULT,
                                 "cell '%s' of %s and '%s' of %s differ in more than the "
                                 "seed; give the learner an `id:` in one suite",
                                 one->id, a->folder.path, other->id, b->folder.path);
        }
    return OK;
}

/* One that ended ok takes the place of the same experiment that did not. */
static void add(struct merged *merged, const struct outcome *outcome)
{
    for (int i = 0; i < merged->n; i++) {
        struct outcome *cell = &merged->cell[i];

        if (strcmp(cell->id.fingerprint, outcome->id.fingerprint) != 0)
            continue;
        if (cell->ending != END_OK && outcome->ending == END_OK)
            *cell = *outcome;
        return;
    }
    merged->cell[merged->n++] = *outcome;
}

static enum status merge(struct merged *merged, const struct study *study,
                         struct error *err)
{
    struct outcome *more =
        realloc(merged->cell, (size_t)(merged->n + study->plan.n) * sizeof *more);

    if (!more)
        return error_set(err, ERR_MEMORY, "the machine has no memory left");
    merged->cell = more;
    for (int i = 0; i < study->plan.n; i++)
        if (study->there[i])
            add(merged, &study->outcome[i]);
    return OK;
}

static bool is_damaged(const struct study *study, int n)
{
    for (int i = 0; i < n; i++)
        if (study[i].n_damaged > 0)
            return true;
    return false;
}

static enum status report_folders(struct study *study, int n, char **path,
                                  const char *out, struct error *err)
{
    struct merged merged = {0};
    bool no_gnuplot = false;

    for (int i = 0; i < n && err->status == OK; i++) {
        study_open_folder(&study[i], path[i], err);
        for (int k = 0; k < i && err->status == OK; k++)
            check_rows(&study[k], &study[i], err);
        if (err->status == OK)
            merge(&merged, &study[i], err);
    }
    if (err->status == OK)
        study_read_environment(&study[0], err);
    if (err->status == OK && merged.n == 0)
        error_set(err, ERR_RESULT, "%s holds no finished cell", path[0]);
    if (err->status == OK) {
        report_print(merged.cell, merged.n, stdout);
        if (study_report(&study[0], merged.cell, merged.n, out, &no_gnuplot, err) == OK)
            printf("report: %s/index.html\n", out);
    }
    if (no_gnuplot)
        fprintf(stderr, "gnuplot is not installed: the report has no pictures (Debian: "
                        "apt-get install gnuplot-nox)\n");
    free(merged.cell);
    return err->status;
}

static enum status report(int argc, char **argv, int *exit_status, struct error *err)
{
    const char *out = NULL;
    const struct flag table[] = {{.name = "out", .value = &out}, {.name = NULL}};
    char folder[FOLDER_PATH];
    struct study *study;
    int n;

    if (flags_read(table, argc, argv, &n, err) != OK)
        return err->status;
    if (n == 0)
        return error_set(err, ERR_USAGE,
                         "bench report needs a result folder; see bench report --help");
    study = calloc((size_t)n, sizeof *study);
    if (!study)
        return error_set(err, ERR_MEMORY, "the machine has no memory left");
    for (int i = 0; i < n; i++)
        study[i].folder.lock = -1;
    snprintf(folder, sizeof folder, "%s/report", argv[0]);
    report_folders(study, n, argv, out ? out : folder, err);
    if (is_damaged(study, n))
        *exit_status = 1;
    for (int i = 0; i < n; i++)
        study_close(&study[i]);
    free(study);
    return err->status;
}

const struct command command_report = {
    .name = "report",
    .about = "(re)write tables and plots from result folders, without training",
    .usage =
        "usage: bench report DIR... [--out DIR]\n"
        "\n"
        "Writes the report of one or several result folders, merged by fingerprint,\n"
        "into the first one's report/ (or --out). Trains nothing. Where two folders "
        "hold\n"
        "the same experiment, the one that ended ok is taken; different experiments "
        "under\n"
        "the same name are refused.\n"
        "Exit status: 0 written; 1 written without the cells whose files are damaged,\n"
        "which stderr names; 2 a folder holds no results, or contradicts another one.\n",
    .run = report,
};
