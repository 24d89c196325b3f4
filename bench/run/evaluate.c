#include <math.h>
#include <stdlib.h>

#include "bench/run/run_parts.h"
#include "core/base/clock.h"

bool run_grow(void **list, int n, size_t size)
{
    bool full = n == 0 || (n >= 64 && (n & (n - 1)) == 0);
    void *more;

    if (!full)
        return true;
    more = realloc(*list, (n ? 2 * (size_t)n : 64) * size);
    if (more)
        *list = more;
    return more != NULL;
}

/* The competing output with the highest score, the first of equals; -1 if one is NAN. */
static int winner(const real *score, struct classes competing)
{
    int best = -1;

    for (int k = 0; k < competing.n; k++) {
        if (!competing.on[k])
            continue;
        if (isnan(score[k]))
            return -1;
        if (best < 0 || score[k] > score[best])
            best = k;
    }
    return best;
}

static void score(const struct run *run, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct cell *cell = run->cell;

    if (cell->strategy->score)
        cell->strategy->score(run->strategy, x, competing, rng, out);
    else
        cell->learner->score(run->learner, x, competing, rng, out);
}

/* Scores n rows of a task's test images from `first` on and counts the hits. */
static enum status test_rows(struct run *run, int task, int first, int n,
                             struct classes competing, struct rng rng, int *hits,
                             struct error *err)
{
    struct mat x = mat_rows(run->x, 0, n), scores = mat_rows(run->scores, 0, n);

    for (int i = 0; i < n; i++)
        scenario_read(&run->scenario, task, PART_TEST, first + i,
                      run->builder.pixel + (size_t)i * (size_t)run->scenario.n_pixel,
                      &run->builder.y[i]);
    scenario_convert(&run->scenario, run->builder.pixel, x);
    score(run, x, competing, rng, scores);
    for (int i = 0; i < n; i++) {
        int best = winner(scores.data + (size_t)i * (size_t)scores.ld, competing);

        if (best < 0)
            return error_set(err, ERR_DIVERGED, "a score was not a number at step %lld",
                             (long long)run->position.step);
        *hits += best == run->builder.y[i];
    }
    return OK;
}

/* Counts the hits of a test, as the mask of that cell has it. */
static enum status test_task(struct run *run, const struct cell *cell,
                             struct evaluation *test, struct rng rng, struct error *err)
{
    struct classes competing = scenario_tested(
        &run->scenario, cell->setup.outputs_test, test->task,
        run_is_joint(run) ? run->scenario.n_task - 1 : (int)run->position.experience);

    test->hits = 0;
    test->total = run->scenario.test[test->task].n;
    for (int first = 0; first < test->total; first += run->n_score) {
        int left = test->total - first, n = left < run->n_score ? left : run->n_score;

        if (test_rows(run, test->task, first, n, competing, rng_at(rng, (uint64_t)first),
                      &test->hits, err) != OK)
            return err->status;
    }
    return OK;
}

/* Every draw of every task, for one of the twins; `test` says when. */
static enum status test_tasks(struct run *run, const struct cell *cell, int twin,
                              struct evaluation test, struct error *err)
{
    const struct evaluating *how = &cell->evaluating;
    struct rng rng = rng_at(rng_child(rng_seed(cell->learner_seed), "score"),
                            (uint64_t)run->position.step);
    bool all = how->future || run_is_joint(run);
    int met = all ? run->scenario.n_task : run->position.experience + 1;
    int draws = how->draws > 0 ? how->draws : 1;
    struct evaluation **list = &run->eval[twin];
    int32_t *n = &run->position.judged[twin].n_eval;

    for (test.task = 0; test.task < met; test.task++)
        for (test.draw = 0; test.draw < draws; test.draw++) {
            struct rng own =
                rng_at(rng_at(rng, (uint64_t)test.task), (uint64_t)test.draw);

            if (test_task(run, cell, &test, own, err) != OK)
                return err->status;
            if (!run_grow((void **)list, *n, sizeof **list))
                return error_set(err, ERR_MEMORY, "the machine has no memory left");
            (*list)[(*n)++] = test;
        }
    return OK;
}

/* The first twin's accuracy on what has been tested since. */
static void show(const struct run *run, int since)
{
    int64_t hits = 0, total = 0;

    for (int i = since; i < run->position.judged[0].n_eval; i++) {
        hits += run->eval[0][i].hits;
        total += run->eval[0][i].total;
    }
    if (run->gauge)
        run->gauge->accuracy = (int)(10000 * hits / total);
}

enum status run_evaluate(struct run *run, int after_task, bool end, struct error *err)
{
    struct evaluation test = {
        .after_task = after_task, .step = run->position.step, .end = end};
    struct rng rng = rng_child(rng_seed(run->cell->learner_seed), "prepare");
    int twin = 0, before = run->position.judged[0].n_eval;

    if (run->cell->strategy->prepare)
        run->cell->strategy->prepare(run->strategy,
                                     rng_at(rng, (uint64_t)run->position.step));
    for (const struct cell *cell = run->cell; cell; cell = cell->twin, twin++) {
        double start = clock_seconds();

        if (test_tasks(run, cell, twin, test, err) != OK)
            return err->status;
        run->position.judged[twin].eval_seconds += clock_seconds() - start;
    }
    show(run, before);
    return OK;
}
