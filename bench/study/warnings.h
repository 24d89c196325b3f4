/* What can be run but is probably not meant, told before a run begins. */
#ifndef BENCH_STUDY_WARNINGS_H
#define BENCH_STUDY_WARNINGS_H

#include "bench/data/scenario.h"
#include "bench/plan/cell.h"

enum { WARNINGS_MOST = 16 };

struct warnings {
    const char *text[WARNINGS_MOST]; /* each once; in the arena */
    int n;
    struct arena *arena;
};

/* Of the data of the cell's stream (bench/data/doubts.h). */
void warnings_of_stream(struct warnings *warnings, const struct cell *cell,
                        const struct scenario *scenario);

/* An MLP that was made narrow while `width`, which is apart from it and makes most of the
 * model's weights, is left at a default that is wider. */
void warnings_of_learner(struct warnings *warnings, const struct cell *cell,
                         int64_t parameters);

#endif
