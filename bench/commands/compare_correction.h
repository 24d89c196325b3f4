/* Many rows and few pairs: Holm's correction, and the p that so few pairs cannot reach.
 */
#ifndef BENCH_COMMANDS_COMPARE_CORRECTION_H
#define BENCH_COMMANDS_COMPARE_CORRECTION_H

#include "bench/commands/compare_pairs.h"

#define CORRECTION_LEVEL 0.05 /* at which a p decides */

/* Replaces the p of each row by Holm's over all rows of its metric. */
void correction_apply(const struct pairs *rows, double *p);

/* Says so where a test with so many sides (1 or 2) cannot reach CORRECTION_LEVEL, and
 * with how many seeds it could. what: "p". */
void correction_print_reach(const struct pairs *rows, int sides, const char *what);

#endif
