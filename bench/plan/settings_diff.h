/* Where two texts of settings differ: lines of "key: value", as a cell has them. */
#ifndef BENCH_PLAN_SETTINGS_DIFF_H
#define BENCH_PLAN_SETTINGS_DIFF_H

#include <stddef.h>

/* The keys, separated by commas: lines of the one text that the other has not or has
 * otherwise, then those that only the other has. Of those that begin with `section`
 * ("" = all). No more than fit; "" where there are none. */
void settings_diff(const char *a, const char *b, const char *section, char *out,
                   size_t n);

#endif
