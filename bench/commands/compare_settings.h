/* bench compare: in which settings and costs the two sides of each pair differ. */
#ifndef BENCH_COMMANDS_COMPARE_SETTINGS_H
#define BENCH_COMMANDS_COMPARE_SETTINGS_H

#include <stdio.h>

#include "bench/commands/compare_pairs.h"

/* Prints for each A and B, once for the streams where it is the same: options that both
 * have with different values, options that only one of them has (if more than six, those
 * that are not at their default), and parameters or training FLOPs that differ by more
 * than 10 %. An option that the settings leave out counts with its default, which may
 * differ from rule to rule. Unknown settings (of a results.csv alone) are mentioned once.
 */
void compare_print_differences(const struct pairs *rows, FILE *out);

/* The differences of one pair of settings, as lines: "differ in the rule, and in: lr (0.1
 * | 0.01)\nonly A: gamma 0.2", or "differ in nothing but the rule". The settings are
 * lines as in settings.txt; NULL = no memory. */
const char *compare_settings(const char *settings_a, const char *settings_b,
                             struct arena *arena);

#endif
