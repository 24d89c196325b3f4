/* What cannot be had in a stream without boundaries (boundaries: none). */
#ifndef BENCH_PLAN_BOUNDARIES_H
#define BENCH_PLAN_BOUNDARIES_H

#include "bench/plan/plan.h"

struct missed {
    enum missing { MISSED_BY_STREAM, MISSED_BY_LEARNER, MISSED_BY_STRATEGY } by;
    const char *why; /* NULL = nothing is missed */
};

/* Which entry of the cell needs boundaries that its stream does not announce, and why,
 * with the remedy. */
struct missed boundaries_missed(const struct cell *cell, struct arena *arena);

#endif
