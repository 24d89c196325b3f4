/* The hooks of learner and strategy where a task begins or ends, for every task of the
 * experience in turn. Without boundaries nothing is called. */
#ifndef BENCH_RUN_TASK_HOOKS_H
#define BENCH_RUN_TASK_HOOKS_H

#include "bench/run/run_state.h"

void task_hooks_begin(struct run *run);
void task_hooks_end(struct run *run);

/* For a learner that was made anew: every task so far begins once more, with the draws of
 * the first time. */
void task_hooks_begin_again(struct run *run);

#endif
