/* One cell from its settings to its outcome, with the cells that share its training
 * (bench/plan/plan.h): the training loop, the evaluations, the checkpoints. It is run in
 * a process of its own (bench/study/worker.h) but does not depend on that. */
#ifndef BENCH_RUN_RUN_H
#define BENCH_RUN_RUN_H

#include "bench/run/run_open.h"

/* Trains and evaluates to the end, from the checkpoint if there is one. With
 * ERR_INTERRUPTED and ERR_TIME it leaves a checkpoint. */
enum status run_train(struct run *run, struct error *err);

/* The outcome so far of cell k of those that share the training: its names are left
 * alone, eval points into the run. How it ended and what the process used are the
 * caller's. */
void run_outcome(const struct run *run, int k, struct outcome *outcome);

#endif
