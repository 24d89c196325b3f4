/* Evaluations of a run: the test images of the tasks met so far (or of all), as often as
 * evaluation.draws says, for each of the cells that share the training. */
#ifndef BENCH_RUN_EVALUATE_H
#define BENCH_RUN_EVALUATE_H

#include "bench/run/run_state.h"

/* Appends to results.eval. after_task: tasks finished. end: a task ends here. */
enum status run_evaluate(struct run *run, int after_task, bool end, struct error *err);

#endif
