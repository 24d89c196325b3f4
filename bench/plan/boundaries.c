#include "bench/plan/boundaries.h"

static const char *at_boundaries = "it acts where a task begins or ends; leave it out";

static const char *learner_misses(const struct cell *cell)
{
    const struct learner *learner = cell->learner;

    if (learner->needs_tasks)
        return learner->needs_tasks(cell->learner_options);
    if (learner->passes)
        return "it is fed batches several times, and the stream is passed once; leave it "
               "out";
    return learner->task_begin || learner->task_end ? at_boundaries : NULL;
}

static const char *strategy_misses(const struct cell *cell)
{
    const struct strategy *strategy = cell->strategy;

    if (strategy->needs_tasks)
        return strategy->needs_tasks(cell->strategy_options,
                                     cell->setup.scenario == SCENARIO_DOMAIN);
    if (strategy->task_begin || strategy->task_end || strategy->train_on == TRAIN_ON_SEEN)
        return at_boundaries;
    return NULL;
}

static const char *training_misses(const struct cell *cell)
{
    if (cell->strategy->train_on == TRAIN_ON_ALL)
        return NULL;
    if (cell->training.epochs != 1)
        return "the stream is passed once; write epochs: 1 instead of more, or of steps";
    if (cell->training.optimizer_state == OPTIMIZER_RESET)
        return "optimizer_state: reset needs to know where a task begins; use keep";
    return NULL;
}

struct missed boundaries_missed(const struct cell *cell, struct arena *arena)
{
    const char *why;

    if (cell->setup.boundaries == BOUNDARIES_ANNOUNCED)
        return (struct missed){MISSED_BY_STREAM, NULL};
    if ((why = learner_misses(cell)))
        return (struct missed){
            MISSED_BY_LEARNER,
            arena_text(arena, "not with learner '%s': %s", cell->learner->name, why)};
    if ((why = strategy_misses(cell)))
        return (struct missed){
            MISSED_BY_STRATEGY,
            arena_text(arena, "not with strategy '%s': %s", cell->strategy->name, why)};
    return (struct missed){MISSED_BY_STREAM, training_misses(cell)};
}
