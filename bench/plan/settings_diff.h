/* Where two texts of settings (lines of "key: value", as in struct cell) differ. */
#ifndef BENCH_PLAN_SETTINGS_DIFF_H
#define BENCH_PLAN_SETTINGS_DIFF_H

#include <stddef.h>

/* The keys that differ, separated by commas: those of a's lines that b lacks or has with
 * another value, then those that only b has. Only keys that begin with `section` ("" =
 * all), and no more than fit; "" if there are none. */
void settings_diff(const char *a, const char *b, const char *section, char *out,
                   size_t n);

#endif
