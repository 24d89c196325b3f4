/* Checkpoints: a run that was stopped, or killed, goes on to the same bits.
 *
 * A checkpoint holds the position, the evaluations, the loss curve, and every piece of
 * the run arena that is neither scratch nor activation (nor fixed: init makes it the
 * same, also for a learner that was made anew). It is written whole or not at all and
 * ends in a checksum. */
#ifndef BENCH_RUN_CHECKPOINT_H
#define BENCH_RUN_CHECKPOINT_H

#include "bench/run/run.h"

enum status checkpoint_save(const struct run *run, const char *path, struct error *err);

/* Into a run fresh from run_open. No file, or a file of another fingerprint, another
 * program or kernel set, another memory layout or a bad checksum, leaves the run at its
 * start: that is not an error. Of another program a line on stdout tells, which a worker
 * has in its log.txt. */
enum status checkpoint_load(struct run *run, const char *path, struct error *err);

/* Whether there is a checkpoint of that cell, and its twins, by this program. Memory
 * layout and checksum are looked at when it is loaded. */
bool checkpoint_found(const struct cell *cell, const char *path);

#endif
