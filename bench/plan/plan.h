/* The plan: a suite unfolded into cells, each with every setting resolved. */
#ifndef BENCH_PLAN_PLAN_H
#define BENCH_PLAN_PLAN_H

#include "bench/plan/cell.h"
#include "bench/suite/suite.h"

struct plan {
    /* the cells of a product follow each other, and so do those of a candidate */
    struct cell *cell;
    int n, n_product;
    int n_left_out; /* cells of incompatible pairs, which the suite skips */
};

/* Unfolds the suite. The order is streams with their grids (scenario innermost),
 * learners, strategies, grids of the whole suite, seeds. ERR_SUITE for ids that collide
 * and for parts that do not go together. winner[p]: the candidate whose values the tuned
 * options of product p take; NULL = the first ones, before tuning has chosen. */
enum status plan_make(struct plan *plan, const struct suite *suite, const int *winner,
                      struct arena *arena, struct error *err);

/* Unfolds what there is to tune: every candidate of every product, in the same order, on
 * the first tasks of its stream and judged by images held out of their training data
 * (bench/study/tuning.h). A cell's id is
 * "split-mnist.class/backprop/none/lr0.001/seed-1". */
enum status plan_make_tuning(struct plan *plan, const struct suite *suite,
                             struct arena *arena, struct error *err);

/* The first cell of a product; n where it has none. */
int plan_find_product(const struct plan *plan, int product);

/* "18 cells", "1 cell to tune it", "18 cells (6 left out: incompatible)"; what: the words
 * after "cells". */
void plan_print_size(const struct plan *plan, const char *what, FILE *out);

#endif
