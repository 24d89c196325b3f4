#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bench/data/augment.h"
#include "bench/run/run_parts.h"

enum { SCORE_ROWS = 128, SCORE_ROWS_MIN = 32, LOSS_POINTS = 500 };

static void *copy_options(struct arena *arena, const void *options, size_t size)
{
    void *self = arena_take(arena, TAG_FIXED, size, 1);

    if (self)
        memcpy(self, options, size);
    return self;
}

/* The most images of a task that have the same output. */
static int class_rows(const struct scenario *scenario, struct arena *arena)
{
    size_t mark = arena_mark(arena);
    int *count = arena_take(arena, TAG_SCRATCH, (size_t)scenario->n_out, sizeof *count);
    int most = 0;

    for (int t = 0; count && t < scenario->n_task; t++) {
        memset(count, 0, (size_t)scenario->n_out * sizeof *count);
        for (int i = 0; i < scenario->train[t].n; i++) {
            int n = ++count[scenario_output(scenario, t, scenario->train[t].label[i])];

            most = n > most ? n : most;
        }
    }
    arena_release(arena, mark);
    return most;
}

/* Rows of a batch: those of the feed, and what the strategy adds. */
static enum status open_strategy(struct run *run, int *n_train, struct error *err)
{
    const struct cell *cell = run->cell;
    const struct strategy *plug = cell->strategy;
    const struct scenario *scenario = &run->scenario;
    int rows = sampler_rows(&cell->training, scenario->n_task, plug->train_on,
                            cell->setup.scenario);
    struct strategy_env env = {
        .arena = &run->memory,
        .n_task = scenario->n_task,
        .n_class = scenario->n_class,
        .n_out = scenario->n_out,
        .n_pixel = scenario->n_pixel,
        .batch = rows,
        .class_rows = class_rows(scenario, &run->data),
        .task_known = cell->setup.scenario == SCENARIO_TASK,
    };

    run->strategy = copy_options(&run->memory, cell->strategy_options, plug->size);
    if (arena_check(&run->memory, err) != OK ||
        (plug->init && plug->init(run->strategy, &env, err) != OK))
        return err->status;
    *n_train = rows + (plug->extra_rows ? plug->extra_rows(run->strategy) : 0);
    return OK;
}

static enum status open_learner(struct run *run, int n_train, struct error *err)
{
    const struct cell *cell = run->cell;
    const struct strategy *around = cell->strategy;

    if (cell->training.threads > 1 &&
        threads_open(&run->threads, cell->training.threads, err) != OK)
        return err->status;
    run->hook = (struct optim_hook){run->strategy, around->before, around->after};
    run->env = (struct learner_env){
        .arena = &run->memory,
        .rng = rng_child(rng_seed(cell->learner_seed), "weights"),
        .image = run->scenario.data->shape,
        .n_out = run->scenario.n_out,
        .n_train = n_train,
        .n_score = run->n_score,
        .noise = cell->evaluating.draws > 0,
        .hook = around->before || around->after ? &run->hook : NULL,
        .n_thread = cell->training.threads,
        .threads = run->threads,
    };

    run->learner = copy_options(&run->memory, cell->learner_options, cell->learner->size);
    if (arena_check(&run->memory, err) != OK)
        return err->status;
    run->before = run->memory.now;
    run->handle.first_piece = run->memory.n_piece;
    return cell->learner->init(run->learner, &run->env, err);
}

static void convert(void *harness, const uint8_t *pixel, struct mat x)
{
    const struct run *run = harness;

    scenario_convert(&run->scenario, pixel, x);
}

static void augment_rows(void *harness, uint8_t *pixel, int n, struct rng rng)
{
    const struct run *run = harness;

    augment(&run->cell->setup, run->scenario.data->shape, pixel, n, rng);
}

/* init once more over the learner's own pieces: it takes the same ones again. */
void run_renew(struct run *run, struct rng rng)
{
    const struct learner *plug = run->cell->learner;
    struct arena view = run->memory;
    struct learner_env env = run->env;
    struct error err = {0};

    for (size_t i = run->handle.first_piece; i < run->handle.last_piece; i++)
        memset(view.base + view.piece[i].offset, 0, view.piece[i].bytes);
    view.n_piece = run->handle.first_piece;
    view.now = run->before;
    env.arena = &view;
    env.rng = rng;
    memcpy(run->learner, run->cell->learner_options, plug->size);
    plug->init(run->learner, &env, &err);
    assert(err.status == OK && view.n_piece == run->handle.last_piece); /* as at first */
    run->position.renewed = true;
    run->position.renewal = rng;
}

static void reset(void *harness, struct rng rng)
{
    run_renew(harness, rng);
}

static void begin_again(void *harness)
{
    run_begin_tasks(harness, 0);
}

static enum status open_pupil(struct run *run, int n_train, struct error *err)
{
    const struct strategy *around = run->cell->strategy;

    run->handle.last_piece = run->memory.n_piece;
    run->handle.plug = run->cell->learner;
    run->handle.self = run->learner;
    run->handle.w = run->cell->learner->weights(run->learner);
    run->handle.n_in = run->scenario.n_pixel;
    run->handle.n_out = run->scenario.n_out;
    run->handle.n_train = n_train;
    run->handle.n_score = run->n_score;
    run->handle.competing = run->scenario.competing;
    run->handle.rows = &run->position.samples;
    run->handle.flops = &run->position.flops;
    run->handle.arena = &run->memory;
    run->handle.harness = run;
    run->handle.convert = convert;
    run->handle.augment = augment_rows;
    run->handle.reset = reset;
    run->handle.begin_again = begin_again;
    return around->attach ? around->attach(run->strategy, &run->handle, err) : OK;
}

static enum status open_batch(struct run *run, int n_train, struct error *err)
{
    struct arena *arena = &run->memory;
    int rows = n_train > run->n_score ? n_train : run->n_score;
    size_t n = (size_t)rows;

    run->builder.n_max = rows;
    run->builder.pixel = arena_take(arena, TAG_SCRATCH, n, (size_t)run->scenario.n_pixel);
    run->builder.y = arena_take(arena, TAG_SCRATCH, n, sizeof *run->builder.y);
    run->builder.task = arena_take(arena, TAG_SCRATCH, n, sizeof *run->builder.task);
    run->builder.weight = arena_take(arena, TAG_SCRATCH, n, sizeof *run->builder.weight);
    run->x = mat_take(arena, TAG_SCRATCH, rows, run->scenario.n_pixel);
    run->scores = mat_take(arena, TAG_SCRATCH, run->n_score, run->scenario.n_out);
    return arena_check(arena, err);
}

static struct batch_schedule batch_schedule_of(const struct run *run)
{
    const struct training *training = &run->cell->training;
    int n_task = run_is_joint(run) ? run->scenario.n_task : 1;
    struct batch_schedule table = {.plug = run->cell->learner, .learner = run->learner};

    table.epochs = training->steps ? 1 : training->epochs;
    table.per_epoch =
        training->steps ? (int64_t)training->steps * n_task : run->sampler.per_epoch;
    return table;
}

enum status run_open_experience(struct run *run, struct error *err)
{
    const struct cell *cell = run->cell;

    if (sampler_open(&run->sampler, &run->scenario, cell->strategy->train_on,
                     run->position.experience, &cell->training, cell->stream_seed,
                     &run->data, err) != OK)
        return err->status;
    run->batch_schedule = batch_schedule_of(run);
    run->experience_batches = batch_schedule_batches(&run->batch_schedule);
    return OK;
}

/* Steps of the whole run; every stage is opened once to count its batches. */
static enum status count_steps(struct run *run, struct error *err)
{
    size_t mark = arena_mark(&run->data);

    for (run->position.experience = 0; run->position.experience < run->n_experience;
         run->position.experience++) {
        if (run_open_experience(run, err) != OK)
            return err->status;
        run->n_step += run->experience_batches;
        arena_release(&run->data, mark);
    }
    run->position.experience = 0;
    return OK;
}

enum status run_open(struct run *run, const struct cell *cell, const struct dataset *data,
                     struct error *err)
{
    int n_train = 0;

    *run = (struct run){.cell = cell, .checkpoint_seconds = 60};
    if (arena_open(&run->data, 0, err) != OK ||
        arena_open(&run->memory, cell->limits.memory, err) != OK ||
        scenario_open(&run->scenario, cell->stream, cell->stream_options, &cell->setup,
                      data, cell->stream_seed, &run->data, err) != OK ||
        open_strategy(run, &n_train, err) != OK)
        return err->status;
    run->n_score = n_train < SCORE_ROWS ? n_train : SCORE_ROWS;
    if (run->n_score < SCORE_ROWS_MIN)
        run->n_score = SCORE_ROWS_MIN;
    run->n_experience = run_is_joint(run) ? 1 : run->scenario.n_task;
    if (open_learner(run, n_train, err) != OK || open_pupil(run, n_train, err) != OK ||
        open_batch(run, n_train, err) != OK || run_open_probe(run, err) != OK ||
        count_steps(run, err) != OK)
        return err->status;
    run->loss_every = (int)(run->n_step / LOSS_POINTS) + 1;
    return OK;
}

void run_close(struct run *run)
{
    threads_close(run->threads);
    arena_close(&run->data);
    arena_close(&run->memory);
    for (int k = 0; k < TWINS_MOST; k++) {
        free(run->eval[k]);
        free(run->probed[k]);
    }
    free(run->loss);
    *run = (struct run){0};
}
