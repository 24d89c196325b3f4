/* Holm's correction over the rows of a metric, and the smallest p that few pairs allow.
 */
#ifndef BENCH_COMMANDS_COMPARE_CORRECTION_H
#define BENCH_COMMANDS_COMPARE_CORRECTION_H

#include "bench/commands/compare_pairs.h"

#define CORRECTION_LEVEL 0.05 /* at which a p decides */

/* Replaces the p of each row by Holm's over all rows of its metric. */
void correction_apply(const struct pairs *rows, double *p);

/* Prints, where a test with that many sides (1 or 2) cannot reach CORRECTION_LEVEL, how
 * many seeds it would need. what: "p". */
void correction_print_reach(const struct pairs *rows, int sides, const char *what);

#endif
