#include <math.h>
#include <stdlib.h>

#include "bench/clock.h"
#include "bench/run_parts.h"

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
static int winner(const real *score, struct classes among)
{
    int best = -1;

    for (int k = 0; k < among.n; k++) {
        if (!among.on[k])
            continue;
        if (isnan(score[k]))
            return -1;
        if (best < 0 || score[k] > score[best])
            best = k;
    }
    return best;
}

/* Scores n rows of a task's test images from `first` on and counts the hits. */
static enum status test_rows(struct run *run, int task, int first, int n,
                             struct classes among, struct rng rng, int *hits,
                             struct error *err)
{
    struct mat x = mat_rows(run->x, 0, n), scores = mat_rows(run->scores, 0, n);

    for (int i = 0; i < n; i++)
        course_read(&run->course, task, PART_TEST, first + i,
                    run->draft.pixel + (size_t)i * (size_t)run->course.n_pixel,
                    &run->draft.y[i]);
    course_convert(&run->course, run->draft.pixel, x);
    run->cell->learner->score(run->learner, x, among, rng, scores);
    for (int i = 0; i < n; i++) {
        int best = winner(scores.at + (size_t)i * (size_t)scores.ld, among);

        if (best < 0)
            return error_set(err, ERR_DIVERGED, "a score was not a number at step %lld",
                             (long long)run->at.step);
        *hits += best == run->draft.y[i];
    }
    return OK;
}

static enum status test_task(struct run *run, struct evaluation result, struct rng rng,
                             struct error *err)
{
    struct classes among =
        course_tested(&run->course, result.task,
                      run_pooled(run) ? run->course.n_task - 1 : (int)run->at.stage);
    int total = run->course.test[result.task].n, hits = 0;

    for (int first = 0; first < total; first += run->n_score) {
        int n = total - first < run->n_score ? total - first : run->n_score;

        if (test_rows(run, result.task, first, n, among, rng_at(rng, (uint64_t)first),
                      &hits, err) != OK)
            return err->status;
    }
    result.hits = hits;
    result.total = total;
    if (!run_grow((void **)&run->eval, run->at.n_eval, sizeof *run->eval))
        return error_set(err, ERR_MEMORY, "the machine has no memory left");
    run->eval[run->at.n_eval++] = result;
    return OK;
}

enum status run_evaluate(struct run *run, int after_task, bool end, struct error *err)
{
    const struct evaluating *how = &run->cell->evaluating;
    struct rng rng = rng_at(rng_child(rng_seed(run->cell->learner_seed), "score"),
                            (uint64_t)run->at.step);
    bool all = how->future || run_pooled(run);
    int met = all ? run->course.n_task : run->at.stage + 1;
    int draws = how->draws > 0 ? how->draws : 1;
    double start = clock_seconds();
    int64_t hits = 0, total = 0;

    for (int t = 0; t < met; t++)
        for (int draw = 0; draw < draws; draw++) {
            struct evaluation e = {.after_task = after_task,
                                   .step = run->at.step,
                                   .end = end,
                                   .task = t,
                                   .draw = draw};
            struct rng own = rng_at(rng_at(rng, (uint64_t)t), (uint64_t)draw);

            if (test_task(run, e, own, err) != OK)
                return err->status;
            hits += run->eval[run->at.n_eval - 1].hits;
            total += run->eval[run->at.n_eval - 1].total;
        }
    run->at.eval_seconds += clock_seconds() - start;
    if (run->gauge)
        run->gauge->accuracy = (int)(10000 * hits / total);
    return OK;
}
