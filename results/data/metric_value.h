/* Inside the metrics: the value of each, and why it is undefined. */
#ifndef RESULTS_DATA_METRIC_VALUE_H
#define RESULTS_DATA_METRIC_VALUE_H

#include "results/data/metrics.h"

struct matrix {
    const double *data; /* (n_row + 1) x n_task */
    int n_task, n_row;
    const struct outcome *of; /* which task was trained before a row */
};

struct metric_input {
    const struct outcome
        *outcome; /* with the probe's evaluations as `eval` for NEEDS_PROBE */
    struct matrix R;
};

static inline double matrix_at(struct matrix R, int row, int task)
{
    return R.data[row * R.n_task + task];
}

/* The task that was trained last is left out of what is forgotten. */
static inline int matrix_newest(struct matrix R)
{
    return outcome_trained(R.of, R.n_row);
}

/* The row after the first visit of a task, and after the newest one up to row `last`; 0 =
 * there is none. */
int matrix_first_row(struct matrix R, int task);
int matrix_newest_row(struct matrix R, int task, int last);

/* The accuracy by the evaluations from number k on that are of one step and task, which
 * are the draws of a noisy inference; k moves behind them. */
double evaluations_accuracy(const struct evaluation_list *list, int *k);

/* NAN where an accuracy that it needs is missing. */
#define METRIC(id, value, ...) double value(const struct metric_input *in);
#include "results/data/metrics.def"

/* The reason; NULL where it is defined. */
const char *metric_undefined(enum metric metric, const struct outcome *outcome);

#endif
