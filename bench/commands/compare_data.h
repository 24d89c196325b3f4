/* The rows of `bench compare` for other programs. */
#ifndef BENCH_COMMANDS_COMPARE_DATA_H
#define BENCH_COMMANDS_COMPARE_DATA_H

#include <stdio.h>

#include "bench/commands/compare_pairs.h"

enum compare_form { COMPARE_TABLE, COMPARE_CSV, COMPARE_JSON };

/* One row per pair and metric, in the metric's own unit (0.05: 5 points); corrected: the
 * p-values after Holm. What is undefined is an empty field in CSV, null in JSON, which is
 * a list of objects with the same names. */
void compare_print_data(const struct pairs *rows, const double *corrected,
                        enum compare_form form, FILE *out);

#endif
