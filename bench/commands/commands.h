/* The commands of the program, one file each, such as bench/commands/run.c. argv is what
 * follows the name of the command; results go to stdout. */
#ifndef BENCH_COMMANDS_COMMANDS_H
#define BENCH_COMMANDS_COMMANDS_H

#include "bench/suite/diagnostics.h"
#include "core/base/error.h"

struct command {
    const char *name;
    const char *about; /* one line */
    const char *usage; /* the page that --help prints */
    enum status (*run)(int argc, char **argv, int *exit_status, struct error *err);
};

extern const struct command command_run, command_check, command_report, command_list,
    command_explain, command_perf, command_verify, command_compare, command_fetch,
    command_status, command_parallel, command_new, command_completion;

/* All of them, in the order in which they are listed. */
enum { COMMANDS = 13 };
extern const struct command *const command_table[COMMANDS];

#endif
