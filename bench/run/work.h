/* How much work a run will be, before it begins: the rows that go through the learner, as
 * the batches, the strategy (`count` in core/plug/strategy.h) and the evaluations bring
 * them, times what the learner says of a row. */
#ifndef BENCH_RUN_WORK_H
#define BENCH_RUN_WORK_H

#include "bench/run/run_state.h"

/* FLOPs, as a run counts them (struct position). */
struct run_work {
    double training;
    double scoring;    /* evaluations, and what the strategy scores while it trains */
    double evaluation; /* of it: the tests of one cell alone, as each of those that share
                          the training needs them */
};

/* Of a run that was opened and has not begun. ERR_MEMORY. */
enum status run_estimate(struct run *run, struct run_work *work, struct error *err);

#endif
