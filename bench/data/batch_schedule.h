/* The order in which the batches of a stage are fed: epoch after epoch, each epoch's
 * batches as often in a row as the learner asks for (`passes` in core/plug/learner.h). */
#ifndef BENCH_DATA_BATCH_SCHEDULE_H
#define BENCH_DATA_BATCH_SCHEDULE_H

#include "core/plug/learner.h"

struct batch_schedule {
    int64_t per_epoch; /* batches in one pass */
    int epochs;        /* 1 in a regime of steps: the whole stage is one epoch */
    const struct learner *plug;
    const void *learner; /* its state */
};

/* Batches of the stage, passes included. */
int64_t batch_schedule_batches(const struct batch_schedule *table);

/* Batch i of the stage (i < batch_schedule_batches): sets its epoch and pass, and returns its
 * number among the batches of the feed, which counts each epoch once. */
int64_t batch_schedule_find(const struct batch_schedule *table, int64_t i,
                            struct progress *progress);

#endif
