#include "bench/study/needs.h"

#include <stdlib.h>

#include "bench/plan/fingerprint.h"
#include "bench/run/run_open.h"
#include "bench/run/work.h"

enum { PROCESS = 8 << 20 }; /* bytes that a process takes besides */

/* What trying a cell told. */
struct told {
    int64_t parameters;
    struct run_work work;
    double learner, rest; /* bytes of the learner, of its stream and strategy */
};

/* Settings that were tried. */
struct tried {
    uint64_t settings; /* fingerprint_part */
    struct told told;
};

enum status needs_open(struct needs *needs, size_t n, struct error *err)
{
    needs->tried = calloc(2 * n + 1, sizeof *needs->tried);
    if (!needs->tried)
        return error_no_memory(err);
    return buckets_open(&needs->by_settings, 2 * n, err);
}

static void close_stream(struct open_stream *open)
{
    arena_close(&open->arena);
    *open = (struct open_stream){0};
}

void needs_close(struct needs *needs)
{
    close_stream(&needs->open);
    buckets_close(&needs->by_settings);
    free(needs->tried);
    needs->tried = NULL;
}

/* Cells of one stream of the suite share its options, and their setup. */
static bool same_stream(const struct cell *a, const struct cell *b)
{
    return a->stream_options == b->stream_options && a->stream_seed == b->stream_seed;
}

static enum status open_stream(struct needs *needs, const struct cell *cell,
                               const struct dataset *data, struct error *err)
{
    struct open_stream *open = &needs->open;

    if (open->cell && same_stream(open->cell, cell))
        return OK;
    close_stream(open);
    if (arena_open(&open->arena, 0, err) != OK ||
        scenario_open(&open->scenario, cell->stream, cell->stream_options, &cell->setup,
                      data, cell->stream_seed, &open->arena, err) != OK)
        return err->status;
    open->cell = cell;
    warnings_of_stream(needs->warnings, cell, &open->scenario);
    return OK;
}

static enum status told_by(struct run *run, const struct arena *scenario,
                           struct told *told, struct error *err)
{
    size_t before = run->model.used_before.total;

    *told = (struct told){
        .parameters = (int64_t)run->cell->learner->weights(run->model.learner).n,
        .learner = (double)(run->memory.now.total - before),
        .rest = (double)(before + run->data.now.total + scenario->now.total)};
    return run_estimate(run, &told->work, err);
}

static enum status try_cell(struct needs *needs, const struct cell *cell,
                            const struct dataset *data, struct told *told,
                            struct error *err)
{
    struct run run = {0};
    struct error why = {0};

    *told = (struct told){0};
    if (open_stream(needs, cell, data, &why) == OK &&
        run_open_on(&run, cell, &needs->open.scenario, &why) == OK &&
        told_by(&run, &needs->open.arena, told, &why) == OK)
        warnings_of_learner(needs->warnings, cell, told->parameters);
    run_close(&run);
    if (why.status == OK || why.status == ERR_MEMORY) /* that is a result */
        return OK;
    return error_set(err, why.status, "cell '%s': %s", cell->id, why.text);
}

static struct tried *find_tried(const struct needs *needs, uint64_t settings)
{
    int i = buckets_first(&needs->by_settings, settings);

    while (i >= 0 && needs->tried[i].settings != settings)
        i = buckets_next(&needs->by_settings, i);
    return i >= 0 ? &needs->tried[i] : NULL;
}

static void keep_tried(struct needs *needs, uint64_t settings, struct told told)
{
    if (find_tried(needs, settings))
        return;
    needs->tried[needs->n_tried] = (struct tried){settings, told};
    buckets_add(&needs->by_settings, settings, needs->n_tried++);
}

/* Tries the settings of a cell where that was not done before. A strategy that does not
 * look at the learner (`attach`) and takes no rows of its own through it (`count`) is tried
 * on a stream once and not with every learner, and so is a learner with such strategies. The
 * work is the same for all of these that train on the same rows. */
static enum status try_settings(struct needs *needs, const struct cell *cell,
                                const struct dataset *data, struct told *told,
                                struct error *err)
{
    uint64_t learner =
        fingerprint_part(cell, FINGERPRINT_LEARNER) + (uint64_t)cell->strategy->train_on;
    uint64_t strategy = fingerprint_part(cell, FINGERPRINT_STRATEGY);
    const struct tried *known = find_tried(needs, learner), *other;

    if (known && !cell->strategy->attach && !cell->strategy->count &&
        (other = find_tried(needs, strategy))) {
        *told = (struct told){known->told.parameters, known->told.work,
                              known->told.learner, other->told.rest};
        return OK;
    }
    if (try_cell(needs, cell, data, told, err) != OK)
        return err->status;
    keep_tried(needs, learner, *told);
    keep_tried(needs, strategy, *told);
    return OK;
}

enum status needs_find(struct needs *needs, const struct cell *cell,
                       const struct dataset *data, struct need *need, struct error *err)
{
    struct told told;

    if (try_settings(needs, cell, data, &told, err) == OK)
        *need = (struct need){.work = told.work.training + told.work.scoring,
                              .scoring = told.work.scoring,
                              .evaluation = told.work.evaluation,
                              .parameters = told.parameters,
                              .bytes = told.learner + told.rest + PROCESS};
    return err->status;
}
