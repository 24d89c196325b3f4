/* bench compare A curve:LEARNERS: what was matched, and how closely. */
#ifndef BENCH_COMMANDS_COMPARE_MATCHED_H
#define BENCH_COMMANDS_COMPARE_MATCHED_H

#include "bench/commands/compare_pairs.h"

/* A table of the rows whose B is a curve: how many seeds of A it reaches, of how many
 * learners it is, A - B and its bounds; then the seeds that it does not reach, with how far
 * A is outside. Nothing if there is no such row. */
void matched_print(const struct pairs *rows);

#endif
