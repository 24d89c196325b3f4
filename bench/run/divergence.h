/* What is said of a run whose loss or scores are no longer finite. */
#ifndef BENCH_RUN_DIVERGENCE_H
#define BENCH_RUN_DIVERGENCE_H

#include "bench/run/run_state.h"

/* ERR_DIVERGED: "the loss was not finite at step 110", with the likely cause, as far as the
 * options tell, and the remedy: a lower rate, or a lower weight of what the strategy adds to
 * the loss. */
enum status divergence_set(const struct run *run, const char *what, struct error *err);

#endif
