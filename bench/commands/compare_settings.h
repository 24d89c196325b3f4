/* bench compare: in which settings the two sides of each pair differ, and in what they
 * cost. */
#ifndef BENCH_COMMANDS_COMPARE_SETTINGS_H
#define BENCH_COMMANDS_COMPARE_SETTINGS_H

#include <stdio.h>

#include "bench/commands/compare_pairs.h"

/* Once for each A and B, over all streams where that is the same: options that both have
 * with different values, those that only one side's rule or strategy has (of more than
 * six those that are not at their default), and parameters or training FLOPs that are
 * more than 10 % apart.
 * An option that the settings leave out counts with its default, which may differ from
 * rule to rule. Where settings are not known (a kept results.csv), it says so once. */
void compare_print_differences(const struct pairs *rows, FILE *out);

/* The same of one pair, as lines: "differ in the rule, and in: lr (0.1 | 0.01)\nonly A:
 * gamma 0.2", or "differ in nothing but the rule". The settings are lines as in
 * settings.txt; NULL = no memory. */
const char *compare_settings(const char *settings_a, const char *settings_b,
                             struct arena *arena);

#endif
