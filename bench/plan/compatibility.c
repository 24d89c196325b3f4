#include "bench/plan/compatibility.h"

#include <string.h>

#include "bench/data/scenario.h"
#include "bench/plan/supports.h"
#include "tasks/formats/load.h"

/* ---------------------------------------------------------------- a pair */

static const char *unfit(const struct strategy *strategy,
                         const struct stream_setup *setup)
{
    int scenario = setup->scenario;
    struct competition competition = {
        .own_in_training =
            scenario_outputs(setup->outputs_train, scenario) == OUTPUTS_TASK,
        .own_in_test = scenario_outputs(setup->outputs_test, scenario) == OUTPUTS_TASK,
        .shared = scenario == SCENARIO_DOMAIN};

    return strategy->unfit ? strategy->unfit(competition) : NULL;
}

struct conflict compatibility_pair(const struct stream_setup *setup,
                                   const struct learner *learner,
                                   const struct strategy *strategy, struct arena *arena)
{
    struct conflict conflict = {CONFLICT_STRATEGY, NULL};
    const char *why = unfit(strategy, setup);

    if (strategy->needs & ~learner_can(learner))
        conflict.why =
            arena_text(arena, "strategy '%s' does not go with learner '%s': %s",
                       strategy->name, learner->name, strategy->why);
    else if (why)
        conflict.why =
            arena_text(arena, "strategy '%s' does not go with this scenario: %s",
                       strategy->name, why);
    return conflict;
}

/* ---------------------------------------------------------------- boundaries: none */

static const char *at_boundaries = "it acts where a task begins or ends; leave it out";

static const char *learner_needs_tasks(const struct cell *cell)
{
    const struct learner *learner = cell->learner;

    if (learner->needs_tasks)
        return learner->needs_tasks(cell->learner_options);
    if (learner->passes)
        return "it trains on each batch several times, and the stream is passed once; "
               "leave it "
               "out";
    return learner->task_begin || learner->task_end ? at_boundaries : NULL;
}

static const char *strategy_needs_tasks(const struct cell *cell)
{
    const struct strategy *strategy = cell->strategy;

    if (strategy->needs_tasks)
        return strategy->needs_tasks(cell->strategy_options,
                                     cell->setup.scenario == SCENARIO_DOMAIN);
    if (strategy->task_begin || strategy->task_end || strategy->train_on == TRAIN_ON_SEEN)
        return at_boundaries;
    return NULL;
}

static const char *training_needs_tasks(const struct cell *cell)
{
    if (cell->strategy->train_on == TRAIN_ON_ALL)
        return NULL;
    if (cell->training.epochs != 1)
        return "the stream is passed once; write epochs: 1 instead of more, or of steps";
    if (cell->training.optimizer_state == OPTIMIZER_RESET)
        return "optimizer_state: reset needs to know where a task begins; use keep";
    return NULL;
}

struct conflict compatibility_boundaries(const struct cell *cell, struct arena *arena)
{
    const char *why;

    if (cell->setup.boundaries == BOUNDARIES_ANNOUNCED)
        return (struct conflict){CONFLICT_STREAM, NULL};
    if ((why = learner_needs_tasks(cell)))
        return (struct conflict){CONFLICT_LEARNER,
                                 arena_text(arena,
                                            "boundaries: none: not with learner '%s': %s",
                                            cell->learner->name, why)};
    if ((why = strategy_needs_tasks(cell)))
        return (struct conflict){
            CONFLICT_STRATEGY,
            arena_text(arena, "boundaries: none: not with strategy '%s': %s",
                       cell->strategy->name, why)};
    if ((why = training_needs_tasks(cell)))
        why = arena_text(arena, "boundaries: none: %s", why);
    return (struct conflict){CONFLICT_STREAM, why};
}

/* ---------------------------------------------------------------- visits, rounds */

struct conflict compatibility_visits(const struct cell *cell, struct arena *arena)
{
    const struct strategy *strategy = cell->strategy;
    struct conflict conflict = {CONFLICT_STREAM, NULL};

    if (!visits_return(&cell->setup))
        return conflict;
    if (cell->setup.boundaries == BOUNDARIES_NONE) {
        conflict.why = arena_text(arena, "boundaries: none: not with visits or rounds: "
                                         "each image of the stream comes once");
    } else if (strategy->train_on != TRAIN_ON_TASK ||
               (strategy_needs_tasks(cell) && !strategy->returns)) {
        conflict.entry = CONFLICT_STRATEGY;
        conflict.why =
            arena_text(arena,
                       "visits, rounds: not with strategy '%s': it is made for "
                       "tasks that come once; leave it out",
                       strategy->name);
    }
    return conflict;
}

/* ---------------------------------------------------------------- images */

struct conflict compatibility_augment(const struct cell *cell, struct arena *arena)
{
    bool augments = cell->setup.augment_crop > 0 || cell->setup.augment_flip;
    struct conflict conflict = {CONFLICT_STREAM, NULL};

    if (augments && cell->stream->scatters)
        conflict.why =
            arena_text(arena,
                       "augment: moving and mirroring mean nothing where stream '%s' has "
                       "torn the pixels apart; remove it",
                       cell->stream->name);
    return conflict;
}

/* The settings without numbers of images: a data set known by its shape and classes has
 * none. */
static struct stream_setup without_numbers(const struct stream_setup *setup)
{
    struct stream_setup kept;

    param_defaults(stream_setup_table, &kept);
    kept.scenario = setup->scenario;
    kept.normalise = setup->normalise;
    kept.first_tasks = setup->first_tasks;
    strcpy(kept.visits, setup->visits);
    kept.rounds = setup->rounds;
    kept.augment_crop = setup->augment_crop;
    return kept;
}

static enum status fit_stream(const struct cell *cell, const struct dataset *data,
                              int *n_out, struct error *err)
{
    struct stream_setup setup = without_numbers(&cell->setup);
    struct scenario scenario;
    struct arena arena;

    if (arena_open_required(&arena, err) != OK)
        return err->status;
    if (scenario_open(&scenario, cell->stream, cell->stream_options, &setup, data,
                      cell->stream_seed, &arena, err) == OK)
        *n_out = scenario.n_out;
    arena_close(&arena);
    return err->status;
}

struct conflict compatibility_images(const struct cell *cell, struct arena *arena)
{
    struct conflict conflict = {CONFLICT_STREAM, NULL};
    struct dataset data = {0};
    struct error err = {0};
    int n_out = 0;

    if (!dataset_published(cell->setup.dataset))
        return conflict;
    if (dataset_placeholder(&data, cell->setup.dataset, cell->setup.form, &err) == OK &&
        fit_stream(cell, &data, &n_out, &err) == OK &&
        supports_options(cell->learner, cell->learner_options, data.shape, n_out, &err) !=
            OK)
        conflict.entry = CONFLICT_LEARNER;
    if (err.status != OK)
        conflict.why = arena_text(arena, "%s", err.text);
    dataset_close(&data);
    return conflict;
}
