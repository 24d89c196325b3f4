/* bench explain METRIC: formula, source, and which other suites compute it differently.
 */
#ifndef BENCH_COMMANDS_EXPLAIN_H
#define BENCH_COMMANDS_EXPLAIN_H

#include <stdio.h>

#include "core/base/error.h"

/* argv: the arguments behind the command's name; none = every metric. */
enum status explain_command(int argc, char **argv, FILE *out, struct error *err);

#endif
