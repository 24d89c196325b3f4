#include "bench/data/batch_schedule.h"

static int64_t batches_of(const struct batch_schedule *table, int epoch)
{
    const struct learner *plug = table->plug;

    return table->per_epoch * (plug->passes ? plug->passes(table->learner, epoch) : 1);
}

int64_t batch_schedule_batches(const struct batch_schedule *table)
{
    int64_t n = 0;

    for (int epoch = 0; epoch < table->epochs; epoch++)
        n += batches_of(table, epoch);
    return n;
}

int64_t batch_schedule_find(const struct batch_schedule *table, int64_t i,
                            struct progress *progress)
{
    int epoch = 0;

    for (; i >= batches_of(table, epoch); epoch++)
        i -= batches_of(table, epoch);
    progress->epoch = epoch;
    progress->pass = (int)(i / table->per_epoch);
    return epoch * table->per_epoch + i % table->per_epoch;
}
