/* What cannot be had in a stream without boundaries (boundaries: none). */
#ifndef BENCH_BOUNDARIES_H
#define BENCH_BOUNDARIES_H

#include "bench/plan.h"

/* Why the cell needs boundaries that its stream does not announce, with the remedy;
 * NULL = it does not. */
const char *boundaries_missed(const struct cell *cell, struct arena *arena);

#endif
