#include "bench/run/evaluate.h"

#include <math.h>

#include "bench/run/divergence.h"
#include "core/base/clock.h"

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

    if (cell->strategy->score) {
        cell->strategy->score(run->model.strategy, x, competing, rng, out);
        return;
    }
    handle_count_scored(&run->model.handle, x.rows);
    cell->learner->score(run->model.learner, x, competing, rng, out);
}

/* Scores n rows of a task's test images from `first` on and counts the hits. */
static enum status test_rows(struct run *run, int task, int first, int n,
                             struct classes competing, struct rng rng, int *hits,
                             struct error *err)
{
    struct mat x = run_read_images(run, task, PART_TEST, first, n);
    struct mat scores = mat_rows(run->testing.scores, 0, n);

    score(run, x, competing, rng, scores);
    for (int i = 0; i < n; i++) {
        int best = winner(scores.data + (size_t)i * (size_t)scores.ld, competing);

        if (best < 0)
            return divergence_set(run, "a score was not a number", err);
        *hits += best == run->batches.builder.y[i];
    }
    return OK;
}

/* Counts the hits of a test, with the outputs that compete in this cell. */
static enum status test_task(struct run *run, const struct cell *cell,
                             struct evaluation *test, struct rng rng, struct error *err)
{
    int most = run->testing.n_score;
    struct classes competing = scenario_tested(&run->scenario, cell->setup.outputs_test,
                                               test->task, run_last_task(run));

    test->hits = 0;
    test->total = run->scenario.test[test->task].n;
    for (int first = 0; first < test->total; first += most) {
        int left = test->total - first, n = left < most ? left : most;

        if (test_rows(run, test->task, first, n, competing, rng_at(rng, (uint64_t)first),
                      &test->hits, err) != OK)
            return err->status;
    }
    return OK;
}

/* Every draw of every task, for cell k of those that share the training; `test` says
 * when. */
static enum status test_tasks(struct run *run, const struct cell *cell, int k,
                              struct evaluation test, struct error *err)
{
    const struct evaluating *how = &cell->evaluating;
    struct rng rng = rng_at(rng_child(rng_seed(cell->learner_seed), "score"),
                            (uint64_t)run->position.step);
    int met = how->future ? run->scenario.n_task : run_last_task(run) + 1;
    int draws = how->draws > 0 ? how->draws : 1;
    struct evaluation **list = &run->results.eval[k];
    int32_t *n = &run->position.tested[k].n_eval;

    for (test.task = 0; test.task < met; test.task++)
        for (test.draw = 0; test.draw < draws; test.draw++) {
            struct rng own =
                rng_at(rng_at(rng, (uint64_t)test.task), (uint64_t)test.draw);

            if (test_task(run, cell, &test, own, err) != OK ||
                run_grow((void **)list, *n, sizeof **list, err) != OK)
                return err->status;
            (*list)[(*n)++] = test;
        }
    return OK;
}

/* The first cell's accuracy in the tests from number `first` on. */
static void show_accuracy(const struct run *run, int first)
{
    int64_t hits = 0, total = 0;

    for (int i = first; i < run->position.tested[0].n_eval; i++) {
        hits += run->results.eval[0][i].hits;
        total += run->results.eval[0][i].total;
    }
    if (run->control.live)
        run->control.live->accuracy = (int)(10000 * hits / total);
}

static int hits_online(struct run *run, const struct batch *batch)
{
    int n = run->batches.n_new, most = run->testing.n_score, hits = 0;
    struct mat scores = mat_rows(run->testing.scores, 0, n < most ? n : most);
    struct mat x = mat_rows(batch->x, 0, scores.rows);
    struct classes competing =
        scenario_tested(&run->scenario, run->cell->setup.outputs_test, batch->task[0],
                        run_last_task(run));
    struct rng rng = rng_child(rng_seed(run->cell->learner_seed), "online");

    run->cell->learner->score(run->model.learner, x, competing,
                              rng_at(rng, (uint64_t)run->position.step), scores);
    for (int i = 0; i < scores.rows; i++)
        hits +=
            winner(scores.data + (size_t)i * (size_t)scores.ld, competing) == batch->y[i];
    return 10000 * hits / scores.rows;
}

void run_score_online(struct run *run, const struct batch *batch)
{
    struct live_progress *live = run->control.live;
    double now = clock_seconds();
    int share;

    if (!live || now < run->testing.online_due)
        return;
    share = hits_online(run, batch);
    run->testing.online_due = now + fmax(ONLINE_SECONDS, 100 * (clock_seconds() - now));
    live->online = live->online < 0
                       ? share
                       : (int)(ONLINE_KEPT * live->online + (1 - ONLINE_KEPT) * share);
}

enum status run_evaluate(struct run *run, int after_task, bool end, struct error *err)
{
    struct evaluation test = {
        .after_task = after_task, .step = run->position.step, .end = end};
    struct rng rng = rng_child(rng_seed(run->cell->learner_seed), "prepare");
    int k = 0, before = run->position.tested[0].n_eval;

    if (run->cell->strategy->prepare)
        run->cell->strategy->prepare(run->model.strategy,
                                     rng_at(rng, (uint64_t)run->position.step));
    for (const struct cell *cell = run->cell; cell; cell = cell->next_sharing, k++) {
        double start = clock_seconds();

        if (test_tasks(run, cell, k, test, err) != OK)
            return err->status;
        run->position.tested[k].eval_seconds += clock_seconds() - start;
    }
    show_accuracy(run, before);
    return OK;
}
