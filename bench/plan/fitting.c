#include "bench/plan/fitting.h"

#include "bench/data/scenario.h"
#include "bench/plan/supports.h"
#include "tasks/formats/load.h"

/* What the settings ask for but for numbers of images, which a sketch does not have. */
static struct stream_setup without_numbers(const struct stream_setup *setup)
{
    struct stream_setup some;

    param_defaults(stream_setup_table, &some);
    some.scenario = setup->scenario;
    some.normalise = setup->normalise;
    some.first_tasks = setup->first_tasks;
    some.augment_crop = setup->augment_crop;
    return some;
}

static enum status fit_stream(const struct cell *cell, const struct dataset *data,
                              int *n_out, struct error *err)
{
    struct stream_setup setup = without_numbers(&cell->setup);
    struct scenario scenario;
    struct arena arena;

    if (arena_open(&arena, 0, err) != OK)
        return err->status;
    if (scenario_open(&scenario, cell->stream, cell->stream_options, &setup, data,
                      cell->stream_seed, &arena, err) == OK)
        *n_out = scenario.n_out;
    arena_close(&arena);
    return err->status;
}

struct misfit fitting_find(const struct cell *cell, struct arena *arena)
{
    struct misfit misfit = {MISFIT_OF_STREAM, NULL};
    struct dataset data = {0};
    struct error err = {0};
    int n_out = 0;

    if (!dataset_published(cell->setup.dataset))
        return misfit;
    if (dataset_placeholder(&data, cell->setup.dataset, cell->setup.pad, &err) == OK &&
        fit_stream(cell, &data, &n_out, &err) == OK &&
        supports_options(cell->learner, cell->learner_options, data.shape, n_out, &err) !=
            OK)
        misfit.of = MISFIT_OF_LEARNER;
    if (err.status != OK)
        misfit.why = arena_text(arena, "%s", err.text);
    dataset_close(&data);
    return misfit;
}
