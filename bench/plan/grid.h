/* A grid: options that each have several values, and every combination of them. */
#ifndef BENCH_PLAN_GRID_H
#define BENCH_PLAN_GRID_H

#include "bench/suite/suite.h"

enum { GRID_MOST = 96, COMBINATIONS_MOST = 1000000 };

struct grid {
    const struct option *option[GRID_MOST];
    const char *value[GRID_MOST]; /* of the current combination */
    int n;
};

/* Adds the option of that row, if it was written. */
void grid_add(struct grid *grid, const struct options *options, const struct param *row);

/* The current value of that option; NULL if it is not in the grid. */
const char *grid_value(const struct grid *grid, const struct option *option);

/* Combinations; COMBINATIONS_MOST + 1 when there are more than COMBINATIONS_MOST. */
int grid_count(const struct grid *grid);

/* Takes the values of combination k; the option added last changes fastest. */
void grid_take(struct grid *grid, int k);

#endif
