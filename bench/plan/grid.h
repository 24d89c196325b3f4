/* Choices: options of which each has several values, and every way to take one of each.
 */
#ifndef BENCH_PLAN_GRID_H
#define BENCH_PLAN_GRID_H

#include "bench/suite/suite.h"

enum { GRID_MOST = 96, COMBINATIONS_MOST = 100000 };

struct grid {
    const struct option *option[GRID_MOST];
    const char *value[GRID_MOST]; /* the one taken */
    int n;
};

/* Adds the option of that row, if it was written. */
void grid_add(struct grid *grid, const struct options *options, const struct param *row);

/* The value taken of that option; NULL = it is none of these. */
const char *grid_value(const struct grid *grid, const struct option *option);

/* Combinations; COMBINATIONS_MOST + 1 when there are more than COMBINATIONS_MOST. */
int grid_count(const struct grid *grid);

/* Takes the values of combination k; the option added last changes fastest. */
void grid_take(struct grid *grid, int k);

#endif
