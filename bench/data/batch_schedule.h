/* The order of the batches of an experience: epoch after epoch, the batches of each epoch
 * as many times in a row as the learner asks for (`passes` in core/plug/learner.h). */
#ifndef BENCH_DATA_BATCH_SCHEDULE_H
#define BENCH_DATA_BATCH_SCHEDULE_H

#include "core/plug/learner.h"

struct batch_schedule {
    int64_t per_epoch; /* batches in one pass */
    int epochs;        /* 1 if the suite counts steps: the experience is one epoch */
    const struct learner *plug;
    const void *learner; /* its state */
};

/* Batches of the experience, passes included. */
int64_t batch_schedule_batches(const struct batch_schedule *schedule);

/* Batch i of the experience (i < batch_schedule_batches): sets its epoch and pass, and
 * returns its number for the sampler, which counts each epoch once. */
int64_t batch_schedule_find(const struct batch_schedule *schedule, int64_t i,
                            struct progress *progress);

#endif
