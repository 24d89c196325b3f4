/* The diagnostics of a learner that has some (core/plug/trace.h), at the end of a run or
 * with each evaluation, on all test images of the tasks learnt: evaluation.trace in a
 * suite. */
#ifndef BENCH_RUN_TRACE_H
#define BENCH_RUN_TRACE_H

#include "bench/run/run_state.h"

/* Writes task,what,at,loss,hits,total,calibration,step of a cell of the run; loss is the
 * mean over the rows, calibration the error of trace_calibration_error, step the batches
 * trained. With TRACE_EACH the rows of earlier evaluations stay. */
enum status trace_save(struct run *run, const struct cell *cell, const char *path,
                       struct error *err);

#endif
