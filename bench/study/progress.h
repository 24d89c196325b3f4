/* What the scheduler prints while it runs: on a terminal a line for each running cell and
 * one for the whole, which are redrawn; elsewhere only a line for each finished cell. */
#ifndef BENCH_STUDY_PROGRESS_H
#define BENCH_STUDY_PROGRESS_H

#include <stdio.h>

#include "bench/study/worker.h"

struct progress_view {
    FILE *out;    /* NULL = quiet */
    bool redraws; /* out is a terminal */
    int lines;    /* on the screen now, to be redrawn */
    int n_cell, n_done;
    double work, work_done; /* FLOPs of all cells, of those that ended */
    double start;           /* monotonic seconds */
};

void progress_open(struct progress_view *view, FILE *out, int n_cell, double work);

/* Prints the line of a cell that ended. */
void progress_ended(struct progress_view *view, const struct outcome *outcome,
                    double work);

/* Redraws the lines of the running cells. */
void progress_draw(struct progress_view *view, const struct worker *worker, int n_worker);

/* Erases them. */
void progress_clear(struct progress_view *view);

#endif
