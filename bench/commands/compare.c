#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/commands/commands.h"
#include "bench/commands/compare_correction.h"
#include "bench/commands/compare_data.h"
#include "bench/commands/compare_equivalence.h"
#include "bench/commands/compare_matched.h"
#include "bench/commands/compare_pairs.h"
#include "bench/commands/compare_settings.h"
#include "bench/commands/flags.h"
#include "bench/plan/fingerprint.h"
#include "bench/study/open_folder.h"
#include "core/base/buckets.h"
#include "core/base/file.h"
#include "core/base/suggest.h"
#include "results/data/record.h"
#include "results/report/summary.h"

enum { N_SHOWN = 3, N_COLUMN = 10 };

/* The metric that --metric names, else the three that show what was learnt, kept and
 * lost. */
struct choice {
    enum metric metric[N_SHOWN];
    int n;
};

/* The result folders of A and B; [1] is unused where both are in one folder. */
struct sides {
    struct study study[2];
    struct grouping grouping[2];
};

/* The command line, read. */
struct request {
    const char *folder[2]; /* the second is NULL for pairs within the first */
    const char *family;    /* the file that names the pairs, else NULL */
    char **name;
    int n_name;
    struct choice choice;
    double margin; /* of equivalence; 0 = none */
    enum compare_form form;
};

/* ---------------------------------------------------------------- the table */

static const char *interval(const struct statistics *s, struct arena *arena)
{
    if (s->n < 2)
        return "n/a";
    return arena_text(arena, "%+.2f to %+.2f", 100 * (s->mean - s->margin),
                      100 * (s->mean + s->margin));
}

static void fill(struct table_cell *cell, const struct pair *row, double corrected,
                 struct arena *arena)
{
    const struct paired *p = &row->paired;

    cell[0].text = row->section->name;
    cell[1].text = row->name_a;
    cell[2].text = row->name_b;
    cell[3].text = metric_table[row->metric].name;
    cell[4].text = arena_text(arena, "%d", p->difference.n);
    cell[5].text = table_number("%+.2f", 100 * p->difference.mean, arena);
    cell[6].text = interval(&p->difference, arena);
    cell[7].text = table_number("%+.2f", p->effect, arena);
    cell[8].text = table_number("%.4f", p->p, arena);
    cell[9].text = table_number("%.4f", corrected, arena);
}

static void print_differences(const struct pairs *rows, const double *corrected)
{
    static const char *const head[N_COLUMN] = {
        "stream",        "A", "B", "metric",  "n", "A - B",
        "95 % interval", "d", "p", "p (Holm)"};
    struct table table = table_take(rows->arena, rows->n, N_COLUMN);

    if (!table.cell)
        return;
    memcpy(table.head, head, sizeof head);
    table.n_name = 4;
    for (int i = 0; i < rows->n; i++)
        fill(table_at(&table, i, 0), &rows->pair[i], corrected[i], rows->arena);
    table_terminal(&table, stdout);
    puts("A - B in points over n pairs of equal seeds, 95 % t-interval; d = mean / "
         "standard\n"
         "deviation of the differences, corrected for few pairs; p by the exact "
         "sign-flip\n"
         "test, then by Holm over the rows of a metric");
    correction_print_reach(rows, 2, "p");
}

static void print_rows(const struct pairs *rows, enum compare_form form)
{
    double *corrected =
        arena_take(rows->arena, TAG_STATE, (size_t)rows->n, sizeof *corrected);

    if (!corrected)
        return;
    for (int i = 0; i < rows->n; i++)
        corrected[i] = rows->pair[i].paired.p;
    correction_apply(rows, corrected);
    if (form != COMPARE_TABLE) {
        compare_print_data(rows, corrected, form, stdout);
        return;
    }
    print_differences(rows, corrected);
    matched_print(rows);
    if (rows->margin > 0)
        equivalence_print(rows, corrected);
    compare_print_differences(rows, stdout);
}

/* ---------------------------------------------------------------- the command */

static enum status choose_metric(const char *name, struct choice *choice,
                                 struct error *err)
{
    const char *words[N_METRIC];
    char hint[SUGGEST_TEXT];

    *choice = (struct choice){
        {METRIC_ACCURACY, METRIC_FORGETTING, METRIC_LEARNING_ACCURACY}, N_SHOWN};
    if (!name)
        return OK;
    for (int i = 0; i < N_METRIC; i++) {
        words[i] = metric_table[i].name;
        if (strcmp(words[i], name) == 0) {
            *choice = (struct choice){{(enum metric)i}, 1};
            return OK;
        }
    }
    return error_set(err, ERR_USAGE, "there is no metric '%s'%s", name,
                     suggest_text(suggest(name, words, N_METRIC), "", hint));
}

static enum status read_cells(struct study *study, const char *path,
                              const struct outcome **cells, int *n, struct error *err)
{
    if (study_open_folder(study, path, err) != OK)
        return err->status;
    *cells = study_gather(study, n);
    return OK;
}

/* The settings of the suite's cells that are in the table. */
static enum status take_settings(const struct study *study, struct outcome *cells, int n,
                                 struct error *err)
{
    const struct cell *planned = study->plan.cell;
    struct buckets by_fingerprint;

    if (buckets_open(&by_fingerprint, (size_t)study->plan.n, err) == OK) {
        for (int i = 0; i < study->plan.n; i++)
            buckets_add(&by_fingerprint, fingerprint_hash(planned[i].fingerprint), i);
        for (int i = 0; i < n; i++) {
            const char *own = cells[i].id.fingerprint;
            int k = buckets_first(&by_fingerprint, fingerprint_hash(own));

            while (k >= 0 && strcmp(planned[k].fingerprint, own) != 0)
                k = buckets_next(&by_fingerprint, k);
            if (k >= 0)
                cells[i].context.settings = planned[k].settings;
        }
    }
    buckets_close(&by_fingerprint);
    return err->status;
}

/* Of a folder with results.csv and no cells: the rows of the table, with the settings of
 * the suite beside it if there is one. */
static enum status read_kept(struct study *study, const char *suite, const char *table,
                             struct arena *arena, const struct outcome **cells, int *n,
                             struct error *err)
{
    struct outcome *rows;

    if (record_read(table, arena, &rows, n, err) != OK)
        return err->status;
    *cells = rows;
    if (!file_exists(suite) || study_open(study, suite, NULL, err) != OK)
        return err->status;
    return take_settings(study, rows, *n, err);
}

/* Reads a folder that a run left, or one where only its results.csv was kept. */
static enum status open_side(struct sides *sides, int i, const char *path,
                             struct arena *arena, struct error *err)
{
    const char *suite = arena_text(arena, "%s/suite.resolved.yaml", path);
    const char *table = arena_text(arena, "%s/results.csv", path);
    const char *made = arena_text(arena, "%s/cells", path);
    struct study *study = &sides->study[i];
    const struct outcome *cells = NULL;
    int n = 0;

    if (arena_check(arena, err) != OK)
        return err->status;
    if ((!file_exists(suite) || !file_exists(made)) && file_exists(table))
        read_kept(study, suite, table, arena, &cells, &n, err);
    else
        read_cells(study, path, &cells, &n, err);
    if (err->status == OK)
        group_cells(&sides->grouping[i], cells, n, arena, err);
    return err->status;
}

static enum status collect(struct pairs *rows, const struct sides *sides,
                           const struct request *request, struct error *err)
{
    if (request->family)
        return pairs_from_file(rows, sides->grouping, request->family, err);
    if (request->folder[1])
        return pairs_of_folders(rows, sides->grouping, request->folder, err);
    return pairs_by_name(rows, sides->grouping, request->name, request->n_name, err);
}

static enum status nothing_to_compare(const struct sides *sides,
                                      const struct request *request, struct arena *arena,
                                      struct error *err)
{
    const char *const *folder = request->folder;

    if (folder[1])
        return error_set(err, ERR_RESULT,
                         "%s and %s share no stream, learner and strategy with finished "
                         "cells of equal seeds",
                         folder[0], folder[1]);
    for (int i = 0; i < request->n_name; i++)
        if (pairs_missing(sides->grouping, request->name[i], arena, err) != OK)
            return err->status;
    return error_set(err, ERR_RESULT,
                     "%s holds no two finished cells of equal seeds to compare under "
                     "these names",
                     folder[0]);
}

static enum status compare_sides(struct sides *sides, const struct request *request,
                                 struct arena *arena, struct error *err)
{
    struct pairs rows = {.metric = request->choice.metric,
                         .n_metric = request->choice.n,
                         .margin = request->margin,
                         .arena = arena};

    for (int i = 0; i < 2 && request->folder[i]; i++)
        if (open_side(sides, i, request->folder[i], arena, err) != OK)
            return err->status;
    if (collect(&rows, sides, request, err) != OK)
        return err->status;
    if (rows.n == 0)
        return nothing_to_compare(sides, request, arena, err);
    rows.pair = arena_take(arena, TAG_STATE, (size_t)rows.n, sizeof *rows.pair);
    if (arena_check(arena, err) != OK || collect(&rows, sides, request, err) != OK)
        return err->status;
    print_rows(&rows, request->form);
    return arena_check(arena, err);
}

static enum status read_request(struct request *request, int argc, char **argv,
                                struct error *err)
{
    const char *metric = NULL, *margin = NULL;
    bool csv = false, json = false;
    const struct flag table[] = {{.name = "metric", .value = &metric},
                                 {.name = "margin", .value = &margin},
                                 {.name = "pairs", .value = &request->family},
                                 {.name = "csv", .on = &csv},
                                 {.name = "json", .on = &json},
                                 {.name = NULL}};
    int n;

    if (flags_read(table, argc, argv, &n, err) != OK ||
        choose_metric(metric, &request->choice, err) != OK ||
        (margin && equivalence_margin(margin, &request->margin, err) != OK))
        return err->status;
    if (request->family ? n != 1 : n < 2)
        return error_set(err, ERR_USAGE,
                         "bench compare needs a folder and two names, a folder and "
                         "--pairs, or two folders; see bench compare --help");
    if (n == 2 && curve_is(argv[1]))
        return error_set(err, ERR_USAGE,
                         "name what '%s' is compared with before it: bench compare %s A "
                         "'%s'",
                         argv[1], argv[0], argv[1]);
    if (csv && json)
        return error_set(err, ERR_USAGE, "--csv and --json exclude each other");
    request->form = csv ? COMPARE_CSV : json ? COMPARE_JSON : COMPARE_TABLE;
    request->folder[0] = argv[0];
    request->folder[1] = n == 2 ? argv[1] : NULL;
    request->name = argv + 1;
    request->n_name = n - 1;
    return OK;
}

static enum status compare(int argc, char **argv, int *exit_status, struct error *err)
{
    struct sides sides = {.study = {{.folder.lock = -1}, {.folder.lock = -1}}};
    struct request request = {0};
    struct arena arena = {0};

    if (read_request(&request, argc, argv, err) != OK)
        return err->status;
    if (arena_open_required(&arena, err) == OK)
        compare_sides(&sides, &request, &arena, err);
    if (sides.study[0].n_damaged + sides.study[1].n_damaged > 0)
        *exit_status = 1;
    arena_close(&arena);
    study_close(&sides.study[0]);
    study_close(&sides.study[1]);
    return err->status;
}

const struct command command_compare = {
    .name = "compare",
    .about =
        "two learners (or two folders) side by side: difference, interval, exact test",
    .usage =
        "usage: bench compare DIR A B [C...] [--metric NAME] [--margin M]\n"
        "       bench compare DIR --pairs FILE [--metric NAME] [--margin M]\n"
        "       bench compare DIR1 DIR2 [--metric NAME] [--margin M]\n"
        "\n"
        "Compares learners, strategies, or learner/strategy of one result folder, "
        "or the\n"
        "groups of the same name in two, over the seeds that both sides have: "
        "difference,\n"
        "95 % interval, effect size, exact paired sign-flip test, Holm's correction "
        "over\n"
        "all rows of a metric; then in which settings, parameters and training FLOPs "
        "the\n"
        "sides of each pair differ. Of a folder without cells results.csv is read, and\n"
        "suite.resolved.yaml beside it for the settings.\n"
        "\n"
        "The last name may be a curve, 'curve:GLOB,GLOB...' or 'curve:GLOB.../STRATEGY': "
        "the\n"
        "learners with such ids differ only in their updates, and the others are "
        "compared\n"
        "with what lies between them at equal learning accuracy, seed by seed.\n"
        "\n"
        "  --pairs FILE   only these: each line of FILE is a pair, STREAM A B; # begins "
        "a\n"
        "                 comment. All are corrected together, as one family\n"
        "  --metric NAME  only this one; default: accuracy, forgetting and "
        "learning_accuracy\n"
        "  --margin M     also tests whether A and B are equivalent: less than M points "
        "apart,\n"
        "                 by two one-sided tests. State M before you see the results\n"
        "  --csv, --json  the rows for another program: differences and intervals as "
        "shares,\n"
        "                 what is undefined empty or null\n",
    .run = compare,
};
