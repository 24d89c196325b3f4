/* bench explain METRIC: formula, source, and which other suites compute it differently.
 */
#ifndef BENCH_EXPLAIN_H
#define BENCH_EXPLAIN_H

#include <stdio.h>

#include "core/error.h"

/* argv: the arguments behind the command's name; none = every metric. */
enum status explain_command(int argc, char **argv, FILE *out, struct error *err);

#endif
