#include "results/data/metrics.h"

#include <math.h>
#include <string.h>

struct share {
    int64_t hits, total;
};

static double share_value(struct share s)
{
    return s.total > 0 ? (double)s.hits / (double)s.total : NAN;
}

static void share_add(struct share *s, const struct evaluation *e)
{
    s->hits += e->hits;
    s->total += e->total;
}

double *accuracy_matrix(const struct outcome *outcome, struct arena *arena)
{
    size_t n = ((size_t)outcome->tests.n_task + 1) * (size_t)outcome->tests.n_task;
    double *R = arena_take(arena, TAG_SCRATCH, n, sizeof *R);
    size_t mark = arena_mark(arena);
    struct share *sum = arena_take(arena, TAG_SCRATCH, n, sizeof *sum);

    if (!R || !sum)
        return NULL;
    for (int k = 0; k < outcome->tests.eval.n; k++) {
        const struct evaluation *e = &outcome->tests.eval.data[k];

        if (e->end)
            share_add(&sum[e->after_task * outcome->tests.n_task + e->task], e);
    }
    for (size_t k = 0; k < n; k++)
        R[k] = share_value(sum[k]);
    arena_release(arena, mark);
    return R;
}

static double accuracy(struct matrix R, int row, int n_task)
{
    double sum = 0;

    for (int j = 0; j < n_task; j++)
        sum += matrix_at(R, row, j);
    return sum / n_task;
}

static double accuracy_sample(const struct outcome *o)
{
    struct share sum = {0, 0};

    for (int k = 0; k < o->tests.eval.n; k++)
        if (o->tests.eval.data[k].end &&
            o->tests.eval.data[k].after_task == o->tests.n_task)
            share_add(&sum, &o->tests.eval.data[k]);
    return share_value(sum);
}

static double incremental_accuracy(struct matrix R)
{
    double sum = 0;

    for (int i = 1; i <= R.n_task; i++)
        sum += accuracy(R, i, i);
    return sum / R.n_task;
}

static double learning_accuracy(struct matrix R)
{
    double sum = 0;

    for (int j = 0; j < R.n_task; j++)
        sum += matrix_at(R, j + 1, j);
    return sum / R.n_task;
}

/* NAN where any row from just learnt on is missing. */
static double best_before_end(struct matrix R, int task)
{
    double best = matrix_at(R, task + 1, task);

    for (int i = task + 2; i < R.n_task; i++) {
        double a = matrix_at(R, i, task);

        if (isnan(a))
            return NAN;
        if (a > best)
            best = a;
    }
    return best;
}

static double forgetting(struct matrix R)
{
    double sum = 0;

    for (int j = 0; j < R.n_task - 1; j++)
        sum += best_before_end(R, j) - matrix_at(R, R.n_task, j);
    return sum / (R.n_task - 1);
}

static double backward_transfer(struct matrix R)
{
    double sum = 0;

    for (int j = 0; j < R.n_task - 1; j++)
        sum += matrix_at(R, R.n_task, j) - matrix_at(R, j + 1, j);
    return sum / (R.n_task - 1);
}

static double forward_transfer(struct matrix R)
{
    double sum = 0;

    for (int j = 1; j < R.n_task; j++)
        sum += matrix_at(R, j, j) - matrix_at(R, 0, j);
    return sum / (R.n_task - 1);
}

/* The step at which the task was finished; INT64_MAX where no row says so. */
static int64_t finished_at(const struct outcome *o, int task)
{
    for (int k = 0; k < o->tests.eval.n; k++)
        if (o->tests.eval.data[k].end && o->tests.eval.data[k].after_task == task + 1)
            return o->tests.eval.data[k].step;
    return INT64_MAX;
}

/* Draws of one step follow each other: evaluations stand in the order of time. */
static double lowest_after(const struct outcome *o, int task, int64_t finished)
{
    int64_t step = finished;
    double lowest = NAN;
    struct share now = {0, 0};

    for (int k = 0; k < o->tests.eval.n; k++) {
        const struct evaluation *e = &o->tests.eval.data[k];

        if (e->task != task || e->step <= finished)
            continue;
        if (e->step != step) {
            lowest = fmin(lowest, share_value(now));
            now = (struct share){0, 0};
            step = e->step;
        }
        share_add(&now, e);
    }
    return fmin(lowest, share_value(now));
}

static double min_accuracy(const struct outcome *o)
{
    double sum = 0;

    for (int j = 0; j < o->tests.n_task - 1; j++)
        sum += lowest_after(o, j, finished_at(o, j));
    return sum / (o->tests.n_task - 1);
}

static const char *why_undefined(const struct outcome *o, enum metric metric)
{
    bool whole = metric == METRIC_ACCURACY || metric == METRIC_ACCURACY_SAMPLE ||
                 metric == METRIC_PROBE_ACCURACY;
    bool dense = metric == METRIC_MIN_ACCURACY || metric == METRIC_WC_ACCURACY;
    bool probe = metric >= METRIC_PROBE_ACCURACY;
    bool forward = metric_is(metric, METRIC_FWT);
    bool averages_rows = metric_is(metric, METRIC_INCREMENTAL_ACCURACY) ||
                         metric == METRIC_LEARNING_ACCURACY;

    if (o->ending != END_OK || o->tests.n_task < 1)
        return "the cell did not end ok";
    if (probe && o->tests.probe.n == 0)
        return "needs evaluation.probe: ncm, and a rule with hidden features";
    if (!whole && o->tests.pooled)
        return "pooled training has only the last row of the matrix";
    if (!whole && !averages_rows && o->tests.n_task == 1)
        return "one task";
    if (forward && strcmp(o->id.scenario, "class") == 0)
        return "class scenario: it would be minus the accuracy before training";
    if (forward && !o->tests.future)
        return "needs evaluation.future: yes";
    if (dense && !o->tests.dense)
        return "needs evaluation.every: N steps";
    return NULL;
}

static void compute(const struct outcome *o, struct matrix R, double value[N_METRIC])
{
    double share = 1.0 / R.n_task;

    value[METRIC_ACCURACY] = accuracy(R, R.n_task, R.n_task);
    value[METRIC_ACCURACY_SAMPLE] =
        isnan(value[METRIC_ACCURACY]) ? NAN : accuracy_sample(o);
    value[METRIC_INCREMENTAL_ACCURACY] = incremental_accuracy(R);
    value[METRIC_FORGETTING] = forgetting(R);
    value[METRIC_BWT] = backward_transfer(R);
    value[METRIC_FWT] = forward_transfer(R);
    value[METRIC_LEARNING_ACCURACY] = learning_accuracy(R);
    value[METRIC_MIN_ACCURACY] = min_accuracy(o);
    value[METRIC_WC_ACCURACY] = share * matrix_at(R, R.n_task, R.n_task - 1) +
                                (1 - share) * value[METRIC_MIN_ACCURACY];
    for (int k = N_METRIC_OWN; k < METRIC_PROBE_ACCURACY; k++)
        value[k] = convention_value((enum metric)k, R);
}

/* The probe's evaluations in the place of the ordinary ones. */
static void compute_probe(const struct outcome *o, struct arena *arena,
                          double value[N_METRIC])
{
    struct outcome probed = *o;
    struct matrix R = {NULL, o->tests.n_task};

    probed.tests.eval = o->tests.probe;
    R.data = accuracy_matrix(&probed, arena);
    if (!R.data)
        return;
    value[METRIC_PROBE_ACCURACY] = accuracy(R, R.n_task, R.n_task);
    value[METRIC_PROBE_FORGETTING] = forgetting(R);
}

void metrics_compute(const struct outcome *outcome, struct arena *arena,
                     struct metrics *m)
{
    size_t mark = arena_mark(arena);
    struct matrix R = {NULL, outcome->tests.n_task};

    if (outcome->context.stored) {
        *m = *outcome->context.stored;
        return;
    }
    R.data = accuracy_matrix(outcome, arena);
    for (int k = 0; k < N_METRIC; k++)
        m->value[k] = NAN;
    if (R.data && outcome->ending == END_OK)
        compute(outcome, R, m->value);
    if (outcome->tests.probe.n > 0 && outcome->ending == END_OK)
        compute_probe(outcome, arena, m->value);
    arena_release(arena, mark);
    for (int k = 0; k < N_METRIC; k++) {
        m->reason[k] = why_undefined(outcome, (enum metric)k);
        if (m->reason[k])
            m->value[k] = NAN;
        else if (isnan(m->value[k]))
            m->reason[k] = "an accuracy that it needs was not measured";
    }
}
