/* What the scheduler prints while it runs: on a terminal a line for each running cell and
 * one for the whole, which are redrawn; elsewhere only a line for each finished cell. Where
 * stderr is no terminal, as in the log of a cluster, it gets a line a minute of each cell
 * that runs longer than that. */
#ifndef BENCH_STUDY_PROGRESS_H
#define BENCH_STUDY_PROGRESS_H

#include <stdio.h>

#include "bench/study/worker.h"

struct progress_view {
    FILE *out;    /* NULL = quiet */
    bool redraws; /* out is a terminal */
    bool reports; /* stderr is none */
    int lines;    /* on the screen now, to be redrawn */
    int n_cell, n_done;
    double work, work_done; /* FLOPs of all cells, of those that ended */
    double start;           /* monotonic seconds */
    double told;            /* when live_write last wrote; 0 = never */
};

void progress_open(struct progress_view *view, FILE *out, int n_cell, double work);

/* Prints the line of a cell that ended. */
void progress_ended(struct progress_view *view, const struct outcome *outcome,
                    double work);

/* Redraws the lines of the running cells, or reports those that run long. */
void progress_draw(struct progress_view *view, struct worker *worker, int n_worker);

/* Estimates of the seconds until a cell ends, and all of them; NAN = unknown. */
double progress_cell_left(const struct worker *worker);
double progress_left(const struct progress_view *view, const struct worker *worker,
                     int n_worker);

/* Erases them. */
void progress_clear(struct progress_view *view);

#endif
