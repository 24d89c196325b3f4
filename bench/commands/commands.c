#include "bench/commands/commands.h"

const struct command *const command_table[COMMANDS] = {
    &command_run,       &command_status,  &command_check,    &command_report,
    &command_list,      &command_explain, &command_perf,     &command_verify,
    &command_compare,   &command_fetch,   &command_parallel, &command_new,
    &command_completion};
