#include "bench/data/batch_schedule.h"

static int64_t batches_of(const struct batch_schedule *schedule, int epoch)
{
    const struct learner *plug = schedule->plug;

    return schedule->per_epoch *
           (plug->passes ? plug->passes(schedule->learner, epoch) : 1);
}

int64_t batch_schedule_batches(const struct batch_schedule *schedule)
{
    int64_t n = 0;

    for (int epoch = 0; epoch < schedule->epochs; epoch++)
        n += batches_of(schedule, epoch);
    return n;
}

int64_t batch_schedule_find(const struct batch_schedule *schedule, int64_t i,
                            struct progress *progress)
{
    int epoch = 0;

    for (; i >= batches_of(schedule, epoch); epoch++)
        i -= batches_of(schedule, epoch);
    progress->epoch = epoch;
    progress->pass = (int)(i / schedule->per_epoch);
    return epoch * schedule->per_epoch + i % schedule->per_epoch;
}
