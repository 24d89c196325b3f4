/* Inside the metrics: the value of each, and why it is undefined. */
#ifndef RESULTS_DATA_METRIC_VALUE_H
#define RESULTS_DATA_METRIC_VALUE_H

#include "results/data/metrics.h"

struct matrix {
    const double *data; /* (n_task + 1) x n_task */
    int n_task;
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

/* NAN where an accuracy that it needs is missing. */
#define METRIC(id, value, ...) double value(const struct metric_input *in);
#include "results/data/metrics.def"

/* The reason; NULL where it is defined. */
const char *metric_undefined(enum metric metric, const struct outcome *outcome);

#endif
