#include "results/data/metrics.h"

#include <math.h>

#include "results/data/metric_value.h"

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
    size_t n = ((size_t)outcome_rows(outcome) + 1) * (size_t)outcome->tests.n_task;
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

double evaluations_accuracy(const struct evaluation_list *list, int *k)
{
    const struct evaluation *first = &list->data[*k];
    struct share sum = {0, 0};

    for (; *k < list->n; ++*k) {
        const struct evaluation *e = &list->data[*k];

        if (e->step != first->step || e->task != first->task)
            break;
        share_add(&sum, e);
    }
    return share_value(sum);
}

int matrix_newest_row(struct matrix R, int task, int last)
{
    while (last > 0 && outcome_trained(R.of, last) != task)
        last--;
    return last;
}

int matrix_first_row(struct matrix R, int task)
{
    int row = 1;

    while (row <= R.n_row && outcome_trained(R.of, row) != task)
        row++;
    return row <= R.n_row ? row : 0;
}

/* Mean over the first n tasks. */
static double mean_of_row(struct matrix R, int row, int n)
{
    double sum = 0;

    for (int j = 0; j < n; j++)
        sum += matrix_at(R, row, j);
    return sum / n;
}

double metric_accuracy(const struct metric_input *in)
{
    return mean_of_row(in->R, in->R.n_row, in->R.n_task);
}

double metric_accuracy_sample(const struct metric_input *in)
{
    const struct outcome *o = in->outcome;
    struct share sum = {0, 0};

    if (isnan(metric_accuracy(in)))
        return NAN;
    for (int k = 0; k < o->tests.eval.n; k++)
        if (o->tests.eval.data[k].end && o->tests.eval.data[k].after_task == in->R.n_row)
            share_add(&sum, &o->tests.eval.data[k]);
    return share_value(sum);
}

double metric_incremental_accuracy(const struct metric_input *in)
{
    struct matrix R = in->R;
    double sum = 0;

    for (int i = 1; i <= R.n_row; i++)
        sum += mean_of_row(R, i, outcome_met(R.of, i));
    return sum / R.n_row;
}

double metric_learning_accuracy(const struct metric_input *in)
{
    struct matrix R = in->R;
    double sum = 0;

    for (int i = 1; i <= R.n_row; i++)
        sum += matrix_at(R, i, outcome_trained(R.of, i));
    return sum / R.n_row;
}

/* NAN where any row from first learnt on is missing. */
static double best_before_end(struct matrix R, int task)
{
    int first = matrix_first_row(R, task);
    double best = matrix_at(R, first, task);

    for (int i = first + 1; i < R.n_row; i++) {
        double a = matrix_at(R, i, task);

        if (isnan(a))
            return NAN;
        if (a > best)
            best = a;
    }
    return best;
}

double metric_forgetting(const struct metric_input *in)
{
    struct matrix R = in->R;
    double sum = 0;

    for (int j = 0; j < R.n_task; j++)
        if (j != matrix_newest(R))
            sum += best_before_end(R, j) - matrix_at(R, R.n_row, j);
    return sum / (R.n_task - 1);
}

double metric_bwt(const struct metric_input *in)
{
    struct matrix R = in->R;
    double sum = 0;

    for (int j = 0; j < R.n_task; j++)
        if (j != matrix_newest(R))
            sum += matrix_at(R, R.n_row, j) -
                   matrix_at(R, matrix_newest_row(R, j, R.n_row), j);
    return sum / (R.n_task - 1);
}

double metric_fwt(const struct metric_input *in)
{
    struct matrix R = in->R;
    double sum = 0;

    for (int j = 1; j < R.n_task; j++)
        sum += matrix_at(R, matrix_first_row(R, j) - 1, j) - matrix_at(R, 0, j);
    return sum / (R.n_task - 1);
}

/* The step at which the row was taken; INT64_MAX where there is none. */
static int64_t step_of_row(const struct outcome *o, int row)
{
    for (int k = 0; k < o->tests.eval.n; k++)
        if (o->tests.eval.data[k].end && o->tests.eval.data[k].after_task == row)
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

double metric_min_accuracy(const struct metric_input *in)
{
    const struct outcome *o = in->outcome;
    double sum = 0;

    for (int j = 0; j < in->R.n_task; j++)
        if (j != matrix_newest(in->R))
            sum += lowest_after(o, j, step_of_row(o, matrix_first_row(in->R, j)));
    return sum / (in->R.n_task - 1);
}

double metric_wc_accuracy(const struct metric_input *in)
{
    int n = in->R.n_task;
    double share = 1.0 / n;

    return share * matrix_at(in->R, in->R.n_row, matrix_newest(in->R)) +
           (1 - share) * metric_min_accuracy(in);
}

/* Was the task trained before the evaluation, or is it being trained? */
static bool met(struct matrix R, const struct evaluation *e)
{
    int first = matrix_first_row(R, e->task);

    return first > 0 && first <= e->after_task + !e->end;
}

/* The mean over the tasks met of the evaluations of one step, from number k on; k moves
 * behind them. NAN before the first step. */
static double mean_of_step(const struct metric_input *in, int *k)
{
    const struct evaluation_list *list = &in->outcome->tests.eval;
    int64_t step = list->data[*k].step;
    double sum = 0;
    int n = 0;

    while (*k < list->n && list->data[*k].step == step) {
        bool counts = met(in->R, &list->data[*k]);
        double accuracy = evaluations_accuracy(list, k);

        sum += counts ? accuracy : 0;
        n += counts;
    }
    return n > 0 ? sum / n : NAN;
}

double metric_anytime_accuracy(const struct metric_input *in)
{
    double sum = 0;
    int n = 0;

    for (int k = 0; k < in->outcome->tests.eval.n;) {
        double mean = mean_of_step(in, &k);

        sum += isnan(mean) ? 0 : mean;
        n += !isnan(mean);
    }
    return sum / n;
}

static void compute(const struct outcome *outcome, enum metric metric,
                    const struct metric_input *in, struct metrics *m)
{
    m->value[metric] = NAN;
    m->reason[metric] = metric_undefined(metric, outcome);
    if (!m->reason[metric] && in->R.data)
        m->value[metric] = metric_table[metric].value(in);
    if (!m->reason[metric] && isnan(m->value[metric]))
        m->reason[metric] = "an accuracy that it needs was not measured";
}

static struct matrix matrix_of(const struct outcome *outcome, struct arena *arena)
{
    return (struct matrix){accuracy_matrix(outcome, arena), outcome->tests.n_task,
                           outcome_rows(outcome), outcome};
}

void metrics_compute(const struct outcome *outcome, struct arena *arena,
                     struct metrics *m)
{
    size_t mark = arena_mark(arena);
    struct outcome probed = *outcome;
    struct metric_input in = {.outcome = outcome}, of_probe = {.outcome = &probed};

    if (outcome->context.stored) {
        *m = *outcome->context.stored;
        return;
    }
    probed.tests.eval = outcome->tests.probe;
    in.R = matrix_of(outcome, arena);
    of_probe.R = matrix_of(&probed, arena);
    for (int k = 0; k < N_METRIC; k++)
        compute(outcome, (enum metric)k,
                metric_table[k].needs & NEEDS_PROBE ? &of_probe : &in, m);
    arena_release(arena, mark);
}
