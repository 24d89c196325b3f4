/* The manual page bench(1), made of the usage texts. */
#ifndef BENCH_COMMANDS_MAN_H
#define BENCH_COMMANDS_MAN_H

#include <stdio.h>

#include "bench/commands/commands.h"

/* Writes the page in man(7) form; version: "0.2.0". */
void man_print(const struct command *const *command, size_t n, const char *version,
               FILE *out);

#endif
