/* Metrics of one cell, from the accuracy matrix R (continual-learning definitions).
 *
 * R[i][j] = accuracy on task j after training task i, summed over draws; row 0 = before
 * any training. What was not measured is missing, never 0; a metric that is undefined is
 * NAN and has a reason. `bench explain` prints the table of definitions.
 *
 * Rows of the matrix are counted as in the definitions and tasks from 0: row j + 1 is the
 * one taken when task j was finished. */
#ifndef RESULTS_DATA_METRICS_H
#define RESULTS_DATA_METRICS_H

#include "results/data/outcome.h"

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
    N_METRIC_OWN, /* these are the columns of results.csv */

    /* The same by the conventions of other suites (results/data/convention.c); a figure each
     * of summary.csv, so that any paper's number can be matched. */
    METRIC_ACCURACY_DIAZ = N_METRIC_OWN,
    METRIC_FORGETTING_AVALANCHE,
    METRIC_FORGETTING_FACIL,
    METRIC_FORGETTING_MAMMOTH,
    METRIC_FORGETTING_RAPTORMAI,
    METRIC_BWT_GEM_CODE,
    METRIC_BWT_DIAZ,
    METRIC_FWT_GEM_CODE,
    METRIC_FWT_CONTINUUM,

    /* Of the probe (evaluation.probe): figures of summary.csv, and columns of the tables
     * where there was one. */
    METRIC_PROBE_ACCURACY,
    METRIC_PROBE_FORGETTING,
    N_METRIC
};

struct metric_info {
    const char *name;       /* column of results.csv, figure of summary.csv */
    const char *title;      /* "average accuracy" */
    const char *definition; /* the formula in one line */
    const char *source;     /* paper */
    const char *elsewhere;  /* which suites compute it differently, and how */
    enum metric own;        /* of another suite's convention: what is meant here by it */
};

extern const struct metric_info metric_table[N_METRIC];

/* Whether the metric is `own` or another suite's convention of it. */
bool metric_is(enum metric metric, enum metric own);

struct metrics {
    double value[N_METRIC];       /* NAN = undefined */
    const char *reason[N_METRIC]; /* why undefined; NULL where there is a value */
};

/* (n_task + 1) x n_task accuracies, NAN = missing; from the rows with end set. */
double *accuracy_matrix(const struct outcome *outcome, struct arena *arena);

struct matrix {
    const double *data; /* (n_task + 1) x n_task */
    int n_task;
};

static inline double matrix_at(struct matrix R, int row, int task)
{
    return R.data[row * R.n_task + task];
}

/* The value of another suite's convention; NAN where an accuracy that it needs is
 * missing. */
double convention_value(enum metric metric, struct matrix R);

void metrics_compute(const struct outcome *outcome, struct arena *arena,
                     struct metrics *m);

#endif
