/* The order in which the batches of a stage are fed: epoch after epoch, each epoch's
 * batches as often in a row as the learner asks for (`passes` in core/learner.h). */
#ifndef BENCH_TIMETABLE_H
#define BENCH_TIMETABLE_H

#include "core/learner.h"

struct timetable {
    int64_t per_epoch; /* batches in one pass */
    int epochs;        /* 1 in a regime of steps: the whole stage is one epoch */
    const struct learner *plug;
    const void *learner; /* its state */
};

/* Batches of the stage, passes included. */
int64_t timetable_batches(const struct timetable *table);

/* Batch i of the stage (i < timetable_batches): sets its epoch and pass, and returns its
 * number among the batches of the feed, which counts each epoch once. */
int64_t timetable_find(const struct timetable *table, int64_t i,
                       struct progress *progress);

#endif
