/* bench compare --margin: whether pairs are equivalent, by two one-sided tests. */
#ifndef BENCH_COMMANDS_COMPARE_EQUIVALENCE_H
#define BENCH_COMMANDS_COMPARE_EQUIVALENCE_H

#include "bench/commands/compare_pairs.h"

/* Reads M, a number of points: "5" is a margin of 0.05. ERR_USAGE unless it is a number
 * above 0 and at most 100. */
enum status equivalence_margin(const char *text, double *margin, struct error *err);

/* A table of the rows: 90 % interval, p of equivalence within rows->margin, that p by
 * Holm, and the verdict; different: the p of a difference by Holm, one a row. */
void equivalence_print(const struct pairs *rows, const double *different);

#endif
