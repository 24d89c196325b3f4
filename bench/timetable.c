#include "bench/timetable.h"

static int64_t batches_of(const struct timetable *table, int epoch)
{
    const struct learner *plug = table->plug;

    return table->per_epoch * (plug->passes ? plug->passes(table->learner, epoch) : 1);
}

int64_t timetable_batches(const struct timetable *table)
{
    int64_t n = 0;

    for (int epoch = 0; epoch < table->epochs; epoch++)
        n += batches_of(table, epoch);
    return n;
}

int64_t timetable_find(const struct timetable *table, int64_t i,
                       struct progress *progress)
{
    int epoch = 0;

    for (; i >= batches_of(table, epoch); epoch++)
        i -= batches_of(table, epoch);
    progress->epoch = epoch;
    progress->pass = (int)(i / table->per_epoch);
    return epoch * table->per_epoch + i % table->per_epoch;
}
