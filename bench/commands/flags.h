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

/* The flags of a table, without what they point to. */
struct flag_names {
    struct {
        const char *name;
        bool is_switch;
    } flag[32];
    int n;
};

/* From here on flags_read copies the names of its table to `names` and fails, so that a
 * command that is run tells its flags and does nothing else. NULL = as ever again. */
void flags_ask(struct flag_names *names);

#endif
