#include "bench/run/probe.h"

#include <math.h>
#include <string.h>

#include "core/base/clock.h"

static bool by_task(const struct run *run)
{
    return run->cell->setup.scenario == SCENARIO_DOMAIN;
}

/* A mean for each class: outputs are classes, but in the domain scenario, where tasks
 * share them. Mean p stands for output p % n_out. */
static int mean_of(const struct run *run, int task, int32_t y)
{
    return by_task(run) ? task * run->scenario.n_out + y : y;
}

enum status run_open_probe(struct run *run, struct error *err)
{
    const struct learner *plug = run->cell->learner;
    struct probe *probe = &run->testing.probe;
    int n_mean = (by_task(run) ? run->scenario.n_task : 1) * run->scenario.n_out, n;

    if (run->cell->evaluating.probe == PROBE_NONE || !plug->features)
        return OK;
    n = plug->n_feature(run->model.learner);
    probe->features = mat_take(&run->data, TAG_SCRATCH, run->testing.n_score, n);
    probe->mean = mat_take(&run->data, TAG_SCRATCH, n_mean, n);
    probe->sum = arena_take(&run->data, TAG_SCRATCH, (size_t)n_mean * (size_t)n,
                            sizeof *probe->sum);
    probe->count = arena_take(&run->data, TAG_SCRATCH, (size_t)n_mean, sizeof(int64_t));
    return arena_check(&run->data, err);
}

/* The features of n rows of a part, from `first` on; their outputs are in the builder. */
static struct mat features_of(struct run *run, int task, enum part part, int first, int n,
                              struct rng rng)
{
    struct mat h = mat_rows(run->testing.probe.features, 0, n);

    handle_features(&run->model.handle, run_read_images(run, task, part, first, n),
                    rng_at(rng, (uint64_t)first), h);
    return h;
}

static int rows_from(const struct run *run, int first, int total)
{
    return total - first < run->testing.n_score ? total - first : run->testing.n_score;
}

static void add_task(struct run *run, int task, struct rng rng)
{
    struct probe *probe = &run->testing.probe;
    int total = run->scenario.train[task].n, cols = probe->mean.cols;

    for (int first = 0, n; first < total; first += n) {
        struct mat h;

        n = rows_from(run, first, total);
        h = features_of(run, task, PART_TRAIN, first, n, rng);
        for (int i = 0; i < n; i++) {
            int p = mean_of(run, task, run->batches.builder.y[i]);
            double *sum = probe->sum + (size_t)p * (size_t)cols;

            for (int j = 0; j < cols; j++)
                sum[j] += (double)mat_row(h, i)[j];
            probe->count[p]++;
        }
    }
}

static void find_means(struct run *run, int met, struct rng rng)
{
    struct probe *probe = &run->testing.probe;
    int cols = probe->mean.cols;

    memset(probe->sum, 0, (size_t)probe->mean.rows * (size_t)cols * sizeof *probe->sum);
    memset(probe->count, 0, (size_t)probe->mean.rows * sizeof *probe->count);
    for (int t = 0; t < met; t++)
        add_task(run, t, rng_at(rng, (uint64_t)t));
    for (int p = 0; p < probe->mean.rows; p++)
        for (int j = 0; j < cols && probe->count[p] > 0; j++)
            mat_row(probe->mean, p)[j] =
                (real)(probe->sum[(size_t)p * (size_t)cols + (size_t)j] /
                       (double)probe->count[p]);
}

/* The output of the nearest mean among those that compete, the first of equals; -1 where
 * a feature is not a number. */
static int nearest(const struct run *run, const real *h, struct classes competing)
{
    const struct probe *probe = &run->testing.probe;
    double best = INFINITY;
    int output = -1;

    for (int p = 0; p < probe->mean.rows; p++) {
        const real *mean = mat_row(probe->mean, p);
        double distance = 0;

        if (probe->count[p] == 0 || !competing.on[p % competing.n])
            continue;
        for (int j = 0; j < probe->mean.cols; j++)
            distance += (double)((h[j] - mean[j]) * (h[j] - mean[j]));
        if (distance < best) {
            best = distance;
            output = p % competing.n;
        }
    }
    return output;
}

static struct evaluation test_task(struct run *run, const struct cell *cell, int task,
                                   struct rng rng)
{
    struct classes competing = scenario_tested(&run->scenario, cell->setup.outputs_test,
                                               task, run_last_task(run));
    struct evaluation result = {.step = run->position.step,
                                .end = true,
                                .task = task,
                                .total = run->scenario.test[task].n};

    for (int first = 0, n; first < result.total; first += n) {
        struct mat h;

        n = rows_from(run, first, result.total);
        h = features_of(run, task, PART_TEST, first, n, rng);
        for (int i = 0; i < n; i++)
            result.hits +=
                nearest(run, mat_row(h, i), competing) == run->batches.builder.y[i];
    }
    return result;
}

/* For cell k of those that share the training. */
static enum status test_tasks(struct run *run, const struct cell *cell, int k, int met,
                              int after_task, struct rng rng, struct error *err)
{
    struct evaluation **list = &run->results.probed[k];
    int32_t *n = &run->position.tested[k].n_probed;

    for (int t = 0; t < met; t++) {
        struct evaluation result = test_task(run, cell, t, rng_at(rng, (uint64_t)t));

        result.after_task = after_task;
        if (run_grow((void **)list, *n, sizeof **list, err) != OK)
            return err->status;
        (*list)[(*n)++] = result;
    }
    return OK;
}

enum status run_probe(struct run *run, int after_task, struct error *err)
{
    struct rng rng = rng_at(rng_child(rng_seed(run->cell->learner_seed), "probe"),
                            (uint64_t)run->position.step);
    int met = run_last_task(run) + 1, k = 0;
    double start = clock_seconds(), means;

    if (!run->testing.probe.mean.data)
        return OK;
    find_means(run, met, rng_child(rng, "train"));
    means = clock_seconds() - start; /* each of the cells would need */
    for (const struct cell *cell = run->cell; cell; cell = cell->next_sharing, k++) {
        start = clock_seconds();
        if (test_tasks(run, cell, k, met, after_task, rng_child(rng, "test"), err) != OK)
            return err->status;
        run->position.tested[k].eval_seconds += means + clock_seconds() - start;
    }
    return OK;
}
