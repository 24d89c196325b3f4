/* What an entry or section says of one row of a param table. */
#ifndef BENCH_SUITE_OPTIONS_H
#define BENCH_SUITE_OPTIONS_H

#include "bench/suite/suite.h"

/* The option of the row with that name, or NULL. */
const struct option *option_find(const struct options *options, const char *name);

/* The first value given for the row, or its default; as param_print writes it. */
const char *option_text(const struct options *options, const struct param *row,
                        struct arena *arena);

#endif
