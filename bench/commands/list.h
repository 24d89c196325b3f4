/* bench list [learners|strategies|streams|datasets|nets|metrics|plots|settings] [NAME]:
 * what there is, and with NAME everything about it. */
#ifndef BENCH_COMMANDS_LIST_H
#define BENCH_COMMANDS_LIST_H

#include <stdio.h>

#include "core/base/error.h"

/* argv: the arguments behind the command's name. ERR_USAGE for names that do not exist.
 */
enum status list_command(int argc, char **argv, FILE *out, struct error *err);

#endif
