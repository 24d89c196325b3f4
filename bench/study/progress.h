/* What a run shows while it goes: on a terminal one moving line per running cell and one
 * for the whole, elsewhere only a line per finished cell. */
#ifndef BENCH_STUDY_PROGRESS_H
#define BENCH_STUDY_PROGRESS_H

#include <stdio.h>

#include "bench/study/worker.h"

struct progress_view {
    FILE *out;  /* NULL = quiet */
    bool moves; /* a terminal */
    int lines;  /* moving lines on the screen now */
    int n_cell, n_done;
    double work, work_done; /* FLOPs of all cells, of those that ended */
    double start;           /* monotonic seconds */
};

void progress_open(struct progress_view *view, FILE *out, int n_cell, double work);

/* A cell ended: a line that stays. */
void progress_ended(struct progress_view *view, const struct outcome *outcome,
                    double work);

/* Redraws the moving lines. */
void progress_draw(struct progress_view *view, const struct worker *worker, int n_worker);

/* Takes the moving lines away. */
void progress_clear(struct progress_view *view);

#endif
