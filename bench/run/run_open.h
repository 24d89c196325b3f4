/* The start of a run: its stream, its learner, its strategy and their memory. */
#ifndef BENCH_RUN_RUN_OPEN_H
#define BENCH_RUN_RUN_OPEN_H

#include "bench/run/run_state.h"

/* Opens the stream, makes the learner and its strategy, counts the batches. ERR_SUITE or
 * ERR_USAGE when the settings do not fit together, ERR_MEMORY when the limit is too
 * small. run_close is due in any case. */
enum status run_open(struct run *run, const struct cell *cell, const struct dataset *data,
                     struct error *err);

/* The same on an open scenario, of the cell's stream and stream seed, which has to stay
 * open as long as the run. Runs that are trained cannot share one. */
enum status run_open_on(struct run *run, const struct cell *cell,
                        const struct scenario *scenario, struct error *err);

/* run_open for one of several processes that train the cell together; NULL = alone. */
enum status run_open_apart(struct run *run, const struct cell *cell,
                           const struct dataset *data, const struct run_apart *apart,
                           struct error *err);

void run_close(struct run *run);

/* Sampler and schedule of the experience that run->position stands in; their memory is
 * from the data arena. */
enum status run_open_experience(struct run *run, struct error *err);

/* Makes the learner anew, with initial weights drawn from rng. */
void run_renew(struct run *run, struct rng rng);

#endif
