#include "results/metrics.h"

#include <math.h>
#include <string.h>

const struct metric_info metric_table[N_METRIC] = {
    [METRIC_ACCURACY] =
        {
            .name = "accuracy",
            .title = "average accuracy",
            .definition = "mean over j of R[T][j]: every task counts the same",
            .source = "Lopez-Paz & Ranzato 2017, arXiv:1706.08840",
            .elsewhere = "Avalanche's stream accuracy weighs tasks by their test sets "
                         "(accuracy_sample here); FACIL prints that as wavg, by classes; "
                         "PyCIL and PILOT print incremental_accuracy as average accuracy",
        },
    [METRIC_ACCURACY_SAMPLE] =
        {
            .name = "accuracy_sample",
            .title = "accuracy over all test images",
            .definition = "sum over j of the hits of R[T][j], divided by all test images",
            .source = "-",
            .elsewhere =
                "the average accuracy of Avalanche, PyCIL, PILOT and iCaRL; the same "
                "as accuracy where all test sets are equally large",
        },
    [METRIC_INCREMENTAL_ACCURACY] =
        {
            .name = "incremental_accuracy",
            .title = "average incremental accuracy",
            .definition = "mean over i of the mean over j <= i of R[i][j]",
            .source = "Rebuffi et al. 2017, arXiv:1611.07725",
            .elsewhere =
                "some iCaRL-style tables leave out the first step; Diaz-Rodriguez "
                "et al. 2018 average all R[i][j] with j <= i at once, which gives "
                "later rows more weight",
        },
    [METRIC_FORGETTING] =
        {
            .name = "forgetting",
            .title = "forgetting",
            .definition =
                "mean over j < T of (max over l in {j..T-1} of R[l][j]) - R[T][j]; "
                "may be negative; the last task is left out",
            .source = "Chaudhry et al. 2018, arXiv:1801.10112",
            .elsewhere =
                "Avalanche takes R[j][j] instead of the maximum (= -bwt); FACIL also "
                "takes rows from before the task was learnt; Mammoth and PyCIL "
                "include the last row, so theirs is never negative; RaptorMai "
                "includes it and divides by T",
        },
    [METRIC_BWT] =
        {
            .name = "bwt",
            .title = "backward transfer",
            .definition = "mean over j < T of R[T][j] - R[j][j]",
            .source = "Lopez-Paz & Ranzato 2017, arXiv:1706.08840",
            .elsewhere =
                "the code of GEM divides by T instead of T - 1; Continuum follows "
                "Diaz-Rodriguez et al. 2018 and averages over all i > j, which is "
                "smaller in magnitude",
        },
    [METRIC_FWT] =
        {
            .name = "fwt",
            .title = "forward transfer",
            .definition =
                "mean over j >= 2 of R[j-1][j] - R[0][j]; needs evaluation.future: "
                "yes; undefined in the class scenario",
            .source = "Lopez-Paz & Ranzato 2017, arXiv:1706.08840",
            .elsewhere =
                "the code of GEM divides by T instead of T - 1; Continuum and "
                "RaptorMai leave out R[0][j]; Mammoth measures it anew just before "
                "each task",
        },
    [METRIC_LEARNING_ACCURACY] =
        {
            .name = "learning_accuracy",
            .title = "learning accuracy",
            .definition = "mean over i of R[i][i]",
            .source = "Riemer et al. 2019, arXiv:1810.11910",
            .elsewhere = "-",
        },
    [METRIC_MIN_ACCURACY] =
        {
            .name = "min_accuracy",
            .title = "minimum accuracy",
            .definition =
                "mean over j < T of the lowest accuracy on j at any evaluation after "
                "j was finished; needs evaluation.every: N steps",
            .source = "De Lange et al. 2023, arXiv:2205.13452",
            .elsewhere = "depends on how often is evaluated: compare only equal periods",
        },
    [METRIC_WC_ACCURACY] =
        {
            .name = "wc_accuracy",
            .title = "worst-case accuracy",
            .definition = "R[T][T] / T + (1 - 1/T) min_accuracy",
            .source = "De Lange et al. 2023, arXiv:2205.13452",
            .elsewhere = "depends on how often is evaluated: compare only equal periods",
        },
};

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
    size_t n = ((size_t)outcome->n_task + 1) * (size_t)outcome->n_task;
    double *R = arena_take(arena, TAG_SCRATCH, n, sizeof *R);
    size_t mark = arena_mark(arena);
    struct share *sum = arena_take(arena, TAG_SCRATCH, n, sizeof *sum);

    if (!R || !sum)
        return NULL;
    for (int k = 0; k < outcome->n_eval; k++) {
        const struct evaluation *e = &outcome->eval[k];

        if (e->end)
            share_add(&sum[e->after_task * outcome->n_task + e->task], e);
    }
    for (size_t k = 0; k < n; k++)
        R[k] = share_value(sum[k]);
    arena_release(arena, mark);
    return R;
}

/* R with rows counted as in the definitions and columns from 0: row j + 1 is the one
 * taken when task j was finished. */
struct matrix {
    const double *at;
    int n_task;
};

static double cell(struct matrix R, int row, int task)
{
    return R.at[row * R.n_task + task];
}

static double accuracy(struct matrix R, int row, int n_task)
{
    double sum = 0;

    for (int j = 0; j < n_task; j++)
        sum += cell(R, row, j);
    return sum / n_task;
}

static double accuracy_sample(const struct outcome *o)
{
    struct share sum = {0, 0};

    for (int k = 0; k < o->n_eval; k++)
        if (o->eval[k].end && o->eval[k].after_task == o->n_task)
            share_add(&sum, &o->eval[k]);
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
        sum += cell(R, j + 1, j);
    return sum / R.n_task;
}

/* NAN where any row from just learnt on is missing. */
static double best_before_end(struct matrix R, int task)
{
    double best = cell(R, task + 1, task);

    for (int i = task + 2; i < R.n_task; i++) {
        double a = cell(R, i, task);

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
        sum += best_before_end(R, j) - cell(R, R.n_task, j);
    return sum / (R.n_task - 1);
}

static double backward_transfer(struct matrix R)
{
    double sum = 0;

    for (int j = 0; j < R.n_task - 1; j++)
        sum += cell(R, R.n_task, j) - cell(R, j + 1, j);
    return sum / (R.n_task - 1);
}

static double forward_transfer(struct matrix R)
{
    double sum = 0;

    for (int j = 1; j < R.n_task; j++)
        sum += cell(R, j, j) - cell(R, 0, j);
    return sum / (R.n_task - 1);
}

/* The step at which the task was finished; INT64_MAX where no row says so. */
static int64_t finished_at(const struct outcome *o, int task)
{
    for (int k = 0; k < o->n_eval; k++)
        if (o->eval[k].end && o->eval[k].after_task == task + 1)
            return o->eval[k].step;
    return INT64_MAX;
}

/* Draws of one step follow each other: evaluations stand in the order of time. */
static double lowest_after(const struct outcome *o, int task, int64_t finished)
{
    int64_t step = finished;
    double lowest = NAN;
    struct share now = {0, 0};

    for (int k = 0; k < o->n_eval; k++) {
        const struct evaluation *e = &o->eval[k];

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

    for (int j = 0; j < o->n_task - 1; j++)
        sum += lowest_after(o, j, finished_at(o, j));
    return sum / (o->n_task - 1);
}

static const char *why_undefined(const struct outcome *o, enum metric metric)
{
    bool whole = metric == METRIC_ACCURACY || metric == METRIC_ACCURACY_SAMPLE;
    bool dense = metric == METRIC_MIN_ACCURACY || metric == METRIC_WC_ACCURACY;
    bool averages_rows =
        metric == METRIC_INCREMENTAL_ACCURACY || metric == METRIC_LEARNING_ACCURACY;

    if (o->ending != END_OK || o->n_task < 1)
        return "the cell did not end ok";
    if (!whole && o->pooled)
        return "pooled training has only the last row of the matrix";
    if (!whole && !averages_rows && o->n_task == 1)
        return "one task";
    if (metric == METRIC_FWT && strcmp(o->scenario, "class") == 0)
        return "class scenario: it would be minus the accuracy before training";
    if (metric == METRIC_FWT && !o->future)
        return "needs evaluation.future: yes";
    if (dense && !o->dense)
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
    value[METRIC_WC_ACCURACY] = share * cell(R, R.n_task, R.n_task - 1) +
                                (1 - share) * value[METRIC_MIN_ACCURACY];
}

void metrics_compute(const struct outcome *outcome, struct arena *arena,
                     struct metrics *m)
{
    size_t mark = arena_mark(arena);
    struct matrix R = {accuracy_matrix(outcome, arena), outcome->n_task};

    for (int k = 0; k < N_METRIC; k++)
        m->value[k] = NAN;
    if (R.at && outcome->ending == END_OK)
        compute(outcome, R, m->value);
    arena_release(arena, mark);
    for (int k = 0; k < N_METRIC; k++) {
        m->reason[k] = why_undefined(outcome, (enum metric)k);
        if (m->reason[k])
            m->value[k] = NAN;
        else if (isnan(m->value[k]))
            m->reason[k] = "an accuracy that it needs was not measured";
    }
}
