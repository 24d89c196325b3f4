#include "bench/study/tuning.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/file.h"
#include "results/data/csv.h"
#include "results/data/metrics.h"

enum status tuning_open(struct study *tuning, const struct study *study,
                        const struct globs *forget, struct error *err)
{
    char path[FOLDER_PATH];

    folder_path(&study->folder, "tuning", path);
    *tuning = (struct study){.folder.lock = -1,
                             .suite = study->suite,
                             .plan = study->candidates,
                             .environment = study->environment,
                             .main = study};
    if (arena_open_required(&tuning->arena, err) != OK ||
        study_take_outcomes(tuning, err) != OK ||
        folder_name(&tuning->folder, path, err) != OK)
        return err->status;
    return study_read(tuning, forget, err);
}

/* ---------------------------------------------------------------- the score */

/* The cells of one candidate, which follow each other in the plan. */
struct group {
    int first, n;
};

static bool same_candidate(const struct cell *a, const struct cell *b)
{
    return a->product == b->product && a->candidate == b->candidate;
}

/* The group that begins at a cell. */
static struct group group_at(const struct plan *plan, int first)
{
    struct group group = {first, 1};

    while (first + group.n < plan->n &&
           same_candidate(&plan->cell[first], &plan->cell[first + group.n]))
        group.n++;
    return group;
}

static bool ended_ok(const struct study *tuning, struct group group)
{
    for (int i = group.first; i < group.first + group.n; i++)
        if (!tuning->there[i] || tuning->outcome[i].ending != END_OK)
            return false;
    return true;
}

/* Mean validation accuracy over the seeds; NAN where not all ended ok. */
static double score_of(const struct study *tuning, struct group group,
                       struct arena *arena)
{
    double sum = 0;

    if (!ended_ok(tuning, group))
        return NAN;
    for (int i = group.first; i < group.first + group.n; i++) {
        size_t mark = arena_mark(arena);
        struct metrics metrics;

        metrics_compute(&tuning->outcome[i], arena, &metrics);
        sum += metrics.value[METRIC_ACCURACY];
        arena_release(arena, mark);
    }
    return sum / group.n;
}

/* By product, the candidate with the best score; 0 where there is none. */
static void find_winners(const struct study *tuning, int *winner, double *best,
                         struct arena *arena)
{
    const struct plan *plan = &tuning->plan;
    struct group group;

    for (int p = 0; p < plan->n_product; p++) {
        winner[p] = 0;
        best[p] = -INFINITY;
    }
    for (int i = 0; i < plan->n; i += group.n) {
        const struct cell *cell = &plan->cell[i];
        double score;

        group = group_at(plan, i);
        score = score_of(tuning, group, arena);
        if (score > best[cell->product]) {
            best[cell->product] = score;
            winner[cell->product] = cell->candidate;
        }
    }
}

/* ---------------------------------------------------------------- the choice */

/* Candidates of every product; 1 where there is nothing to tune. */
static void count_candidates(const struct plan *tuning, int *count)
{
    for (int p = 0; p < tuning->n_product; p++)
        count[p] = 1;
    for (int i = 0; i < tuning->n; i++)
        count[tuning->cell[i].product] = tuning->cell[i].candidate + 1;
}

static bool is_listed(const struct plan *plan, int before, const int *count)
{
    const struct cell *cell = &plan->cell[before];

    for (int i = 0; i < before; i++)
        if (strcmp(plan->cell[i].learner_id, cell->learner_id) == 0 &&
            strcmp(plan->cell[i].strategy_id, cell->strategy_id) == 0 &&
            count[plan->cell[i].product] == count[cell->product])
            return true;
    return false;
}

/* "backprop none 4, noprop-dt none 6 (the budgets differ)" */
static const char *tried(const struct plan *plan, const int *count, struct arena *arena)
{
    const char *text = "";
    bool equal = true;

    for (int i = 0; i < plan->n; i++) {
        const struct cell *cell = &plan->cell[i];

        equal = equal && count[cell->product] == count[plan->cell[0].product];
        if (i > 0 && cell->product == cell[-1].product)
            continue;
        if (!is_listed(plan, i, count))
            text = arena_text(arena, "%s%s%s %s %d", text, *text ? ", " : "",
                              cell->learner_id, cell->strategy_id, count[cell->product]);
    }
    return arena_text(arena, "%s%s", text,
                      equal ? "" : "; not an equal budget for all of them");
}

enum status tuning_choose(struct study *study, const struct study *tuning,
                          struct error *err)
{
    struct arena *arena = &study->arena;
    size_t n = (size_t)tuning->plan.n_product;
    int *winner = arena_take(arena, TAG_FIXED, n, sizeof *winner);
    int *count = arena_take(arena, TAG_FIXED, n, sizeof *count);
    double *best = arena_take(arena, TAG_FIXED, n, sizeof *best);

    if (arena_check(arena, err) != OK)
        return err->status;
    find_winners(tuning, winner, best, arena);
    count_candidates(&tuning->plan, count);
    study->tuned = arena_text(arena,
                              "Options were chosen on held-out training images of the "
                              "first tasks (tuning.csv); "
                              "configurations tried: %s.",
                              tried(&study->plan, count, arena));
    return plan_make(&study->plan, &study->suite, winner, arena, err);
}

/* ---------------------------------------------------------------- tuning.csv */

static void write_candidate(struct csv *csv, const struct study *tuning,
                            struct group group, bool chosen, struct arena *arena)
{
    const struct cell *cell = &tuning->plan.cell[group.first];

    csv_text(csv, cell->stream_id);
    csv_text(csv, scenario_name(cell->setup.scenario));
    csv_text(csv, cell->learner_id);
    csv_text(csv, cell->strategy_id);
    csv_text(csv, cell->tuned);
    csv_integer(csv, cell->setup.first_tasks);
    csv_integer(csv, group.n);
    csv_number(csv, score_of(tuning, group, arena));
    csv_text(csv, chosen ? "yes" : "no");
    csv_end(csv);
}

static void write_rows(struct csv *csv, const struct study *tuning, const int *winner,
                       struct arena *arena)
{
    static const char *const head[] = {
        "stream",        "scenario", "learner", "strategy",
        "configuration", "tasks",    "seeds",   "validation_accuracy",
        "chosen"};
    struct group group;

    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++)
        csv_text(csv, head[i]);
    csv_end(csv);
    for (int i = 0; i < tuning->plan.n; i += group.n) {
        const struct cell *cell = &tuning->plan.cell[i];

        group = group_at(&tuning->plan, i);
        write_candidate(csv, tuning, group, winner[cell->product] == cell->candidate,
                        arena);
    }
}

enum status tuning_write(const struct study *study, const struct study *tuning,
                         struct error *err)
{
    size_t n = (size_t)tuning->plan.n_product;
    struct arena arena = {0};
    char path[FOLDER_PATH];
    struct file file;
    int *winner;
    double *best;

    folder_path(&study->folder, "tuning.csv", path);
    if (arena_open_required(&arena, err) != OK)
        return err->status;
    winner = arena_take(&arena, TAG_FIXED, n, sizeof *winner);
    best = arena_take(&arena, TAG_FIXED, n, sizeof *best);
    if (arena_check(&arena, err) == OK && file_begin(&file, path, err) == OK) {
        find_winners(tuning, winner, best, &arena);
        write_rows(&(struct csv){.out = file.out}, tuning, winner, &arena);
        file_commit(&file, err);
    }
    arena_close(&arena);
    return err->status;
}
