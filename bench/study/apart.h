/* One cell trained by several ranks together.
 *
 * By pieces, where the learner has some that need nothing of each other (the blocks of
 * NoProp-DT): each rank draws the same batches and trains its share of the pieces. The only
 * messages are these pieces, sent to rank 0 before a test, which is at the end of each task
 * unless the suite asks for more. The outcome has the bits of one process.
 *
 * By rows, for every other learner that learns by gradients alone: each rank trains all of
 * the learner on its rows of each batch, and gradients are averaged over the ranks before
 * each step of an optimiser. Sums are rounded in another order, the draws of the rows are
 * others, and batch norms have the statistics of a rank's rows (those of rank 0 score). So
 * the outcome is not that of one process. */
#ifndef BENCH_STUDY_APART_H
#define BENCH_STUDY_APART_H

#include "bench/run/run.h"

struct apart {
    struct run_apart run; /* for run_open_apart */

    int64_t n_message, bytes; /* that this rank gave to others; an all-reduce counts once,
                                 with the bytes of its gradient */
    /* Seconds: gathering pieces; summing gradients, and of CPU in that; of CPU in the batches
     * up to the last test, without the sums. */
    double gather, sum, sum_cpu, cpu;
};

/* For a cell of that learner. The struct must stay where it is as long as the run. */
void apart_begin(struct apart *apart, const struct learner *learner);

#endif
