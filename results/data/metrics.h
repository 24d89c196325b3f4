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

/* One for each row of results/data/metrics.def. */
enum metric {
#define METRIC(id, ...) METRIC_##id,
#include "results/data/metrics.def"
    N_METRIC
};

/* Those before it are columns of results.csv, the others figures of summary.csv alone. */
enum { N_METRIC_OWN = METRIC_ACCURACY_DIAZ };

/* Bits: where one is not met, the metric is undefined. */
enum metric_needs {
    NEEDS_ROWS = 1 << 0, /* all rows of the matrix: not after joint training */
    NEEDS_TWO_TASKS = 1 << 1,
    NEEDS_FUTURE = 1 << 2,  /* evaluation.future; undefined in the class scenario */
    NEEDS_EVERY = 1 << 3,   /* evaluation.every: N steps */
    NEEDS_ONCE = 1 << 5,    /* each task comes once */
    NEEDS_RETURNS = 1 << 6, /* a task comes again: `visits` or `rounds` of a stream */
    NEEDS_PROBE = 1 << 4,   /* evaluation.probe, whose evaluations it is computed from */
};

struct metric_input; /* results/data/metric_value.h */

struct metric_info {
    const char *name;       /* column of results.csv, figure of summary.csv */
    const char *title;      /* "average accuracy" */
    const char *definition; /* the formula in one line */
    const char *source;     /* paper */
    const char *elsewhere;  /* which suites compute it differently, and how */
    enum metric own;        /* of another suite's convention: what is meant here by it */
    double (*value)(const struct metric_input *in); /* NULL in the table of costs */
    unsigned needs;                                 /* enum metric_needs */
};

extern const struct metric_info metric_table[N_METRIC];

struct metrics {
    double value[N_METRIC];       /* NAN = undefined */
    const char *reason[N_METRIC]; /* why undefined; NULL where there is a value */
};

/* (outcome_rows + 1) x n_task accuracies, NAN = missing; from the rows with end set. */
double *accuracy_matrix(const struct outcome *outcome, struct arena *arena);

void metrics_compute(const struct outcome *outcome, struct arena *arena,
                     struct metrics *m);

#endif
