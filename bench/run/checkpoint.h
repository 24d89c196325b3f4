/* Checkpoints: a run that was stopped or killed goes on and ends with the same bits.
 *
 * A checkpoint holds the position, the evaluations, the loss curve, and every piece of
 * the run arena but scratch, activations, and what is fixed: init makes that the same,
 * also for a learner that was made anew. It is written whole or not at all and ends in a
 * checksum. */
#ifndef BENCH_RUN_CHECKPOINT_H
#define BENCH_RUN_CHECKPOINT_H

#include <stdio.h>

#include "bench/run/run_state.h"

enum status checkpoint_save(const struct run *run, const char *path, struct error *err);

/* Into a run fresh from run_open. Without a file, or with one of another fingerprint,
 * program, kernel set or memory layout, or with a bad checksum, or that says what no run
 * can be, the run stays at its start: that is not an error. A line on stdout says what is
 * wrong with it (a worker's stdout is its log.txt). */
enum status checkpoint_load(struct run *run, const char *path, struct error *err);

/* The same from an open file that can seek. */
enum status checkpoint_read(struct run *run, FILE *file, struct error *err);

/* Whether there is a checkpoint of the cell, and of those that share its training, by
 * this program. Memory layout and checksum are checked when it is loaded. */
bool checkpoint_found(const struct cell *cell, const char *path);

#endif
