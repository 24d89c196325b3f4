/* Whether a stream and a learner fit the images: as far as shape and classes tell, which
 * are known of every published data set before its files are. */
#ifndef BENCH_PLAN_FITTING_H
#define BENCH_PLAN_FITTING_H

#include "bench/plan/plan.h"

struct misfit {
    enum { MISFIT_OF_STREAM, MISFIT_OF_LEARNER } of;
    const char *why; /* NULL = all fits, or it is the user's own data */
};

struct misfit fitting_find(const struct cell *cell, struct arena *arena);

#endif
