/* Choices: options of which each has several values, and every way to take one of each.
 */
#ifndef BENCH_CHOICES_H
#define BENCH_CHOICES_H

#include "bench/suite.h"

enum { CHOICES_MOST = 96, COMBINATIONS_MOST = 100000 };

struct choices {
    const struct option *option[CHOICES_MOST];
    const char *value[CHOICES_MOST]; /* the one taken */
    int n;
};

/* Adds the option of that row, if it was written. */
void choices_add(struct choices *choices, const struct options *options,
                 const struct param *row);

/* The value taken of that option; NULL = it is none of these. */
const char *choices_value(const struct choices *choices, const struct option *option);

/* Combinations; COMBINATIONS_MOST + 1 when there are more than COMBINATIONS_MOST. */
int choices_count(const struct choices *choices);

/* Takes the values of combination k; the option added last changes fastest. */
void choices_take(struct choices *choices, int k);

#endif
