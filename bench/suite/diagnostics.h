/* Errors in a suite file, the way a compiler shows them. */
#ifndef BENCH_SUITE_DIAGNOSTICS_H
#define BENCH_SUITE_DIAGNOSTICS_H

#include <stdio.h>

#include "core/base/error.h"

struct place {
    const char *file; /* a path, or the command-line flag that brought the text */
    int line, column; /* in characters, from 1; line 0 = the whole file */
};

/* Fills the error with status ERR_SUITE (which it returns) and the place. */
enum status diagnostic_at(struct error *err, struct place at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints
 *
 *     suite.yaml:14:5: learner 'backprop' has no parameter 'optimiser'; did you mean ...
 *         optimiser: adam
 *         ^
 *
 * or as much of it as is known. */
void diagnostic_print(const struct error *err, FILE *out);

#endif
