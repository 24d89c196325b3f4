/* Evaluations of a run: the test images of the tasks met so far (or of all), as often as
 * evaluation.draws says, for each of the cells that share the training. */
#ifndef BENCH_RUN_EVALUATE_H
#define BENCH_RUN_EVALUATE_H

#include "bench/run/run_state.h"

enum { ONLINE_SECONDS = 2 };
#define ONLINE_KEPT 0.8

/* Appends to results.eval. after_task: tasks finished. end: a task ends here. */
enum status run_evaluate(struct run *run, int after_task, bool end, struct error *err);

/* Scores the new rows of a batch that is about to be trained on, every ONLINE_SECONDS, or so
 * rarely that it takes a hundredth of the time, for whoever watches (run_control.live): an
 * average that weighs what was before ONLINE_KEPT. It counts nowhere, and no bit of the
 * results depends on it. */
void run_score_online(struct run *run, const struct batch *batch);

#endif
