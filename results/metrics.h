/* Metrics of one cell, from the accuracy matrix R (continual-learning definitions).
 *
 * R[i][j] = accuracy on task j after training task i, summed over draws; row 0 = before
 * any training. What was not measured is missing, never 0; a metric that is undefined is
 * NAN and has a reason. `bench explain` prints the table of definitions. */
#ifndef RESULTS_METRICS_H
#define RESULTS_METRICS_H

#include "results/outcome.h"

enum metric {
    METRIC_ACCURACY,
    METRIC_ACCURACY_SAMPLE,
    METRIC_INCREMENTAL_ACCURACY,
    METRIC_FORGETTING,
    METRIC_BWT,
    METRIC_FWT,
    METRIC_LEARNING_ACCURACY,
    METRIC_MIN_ACCURACY,
    METRIC_WC_ACCURACY,
    N_METRIC
};

struct metric_info {
    const char *name;       /* column of results.csv */
    const char *title;      /* "average accuracy" */
    const char *definition; /* the formula in one line */
    const char *source;     /* paper */
    const char *elsewhere;  /* which suites compute it differently, and how */
};

extern const struct metric_info metric_table[N_METRIC];

struct metrics {
    double value[N_METRIC];       /* NAN = undefined */
    const char *reason[N_METRIC]; /* why undefined; NULL where there is a value */
};

/* (n_task + 1) x n_task accuracies, NAN = missing; from the rows with end set. */
double *accuracy_matrix(const struct outcome *outcome, struct arena *arena);

void metrics_compute(const struct outcome *outcome, struct arena *arena,
                     struct metrics *m);

#endif
