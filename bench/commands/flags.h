/* Flags of a command: "--name", "--name VALUE" or "--name=VALUE", anywhere on the line
 * before a "--", which ends them: what follows may begin with a dash. */
#ifndef BENCH_COMMANDS_FLAGS_H
#define BENCH_COMMANDS_FLAGS_H

#include <stdbool.h>

#include "core/base/error.h"

struct flag {
    const char *name;   /* without the dashes; NULL ends the table */
    const char **value; /* takes a value, stored here (may repeat: see many) */
    bool *on;           /* or is a switch */
    int *many;          /* value is an array; counts up to FLAG_MANY */
};

enum { FLAG_MANY = 64 };

/* Moves the other arguments to the front of argv and returns their number in *n.
 * ERR_USAGE for an unknown flag (with the nearest one), a missing or an unwanted value.
 */
enum status flags_read(const struct flag *table, int argc, char **argv, int *n,
                       struct error *err);

#endif
