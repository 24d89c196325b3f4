#include "bench/boundaries.h"

const char *boundaries_missed(const struct cell *cell, struct arena *arena)
{
    const struct learner *learner = cell->learner;
    const struct strategy *strategy = cell->strategy;

    if (cell->setup.boundaries == BOUNDARIES_ANNOUNCED)
        return NULL;
    if (learner->task_begin || learner->task_end)
        return arena_text(arena,
                          "learner '%s' acts where a task begins or ends; leave it out",
                          learner->name);
    if (strategy->task_begin || strategy->task_end || strategy->feed == FEED_SEEN)
        return arena_text(arena,
                          "strategy '%s' acts where a task begins or ends; leave it out",
                          strategy->name);
    if (strategy->feed == FEED_ALL)
        return NULL;
    if (cell->training.epochs != 1)
        return "the stream is passed once; write epochs: 1 instead of more, or of steps";
    if (cell->training.optimizer_state == OPTIMIZER_RESET)
        return "optimizer_state: reset needs to know where a task begins; use keep";
    return NULL;
}
