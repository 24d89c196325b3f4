/* In which order the tasks of a stream come, and come again: the options `visits` and
 * `rounds`. A visit trains one task, as long as `training` says; the accuracy matrix has
 * a row after each visit and a column for each task. */
#ifndef BENCH_DATA_VISITS_H
#define BENCH_DATA_VISITS_H

#include "bench/suite/settings.h"
#include "core/base/arena.h"

enum { N_VISIT_MAX = 4096 };

struct visits {
    int n;
    int32_t *task; /* n: from 0 */
    int32_t
        *last; /* n: the last task met so far; tasks are met in the order of numbers */
};

/* Of a stream of n_task tasks, which is set to those that are visited. ERR_SUITE where
 * the options name no task of it, or leave one out that comes before another. */
enum status visits_make(struct visits *visits, const struct stream_setup *setup,
                        int *n_task, struct arena *arena, struct error *err);

/* Does the setup let a task come more than once? */
bool visits_return(const struct stream_setup *setup);

#endif
