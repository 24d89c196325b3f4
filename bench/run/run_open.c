#include "bench/run/run_open.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bench/data/augment.h"
#include "bench/run/probe.h"
#include "bench/run/task_hooks.h"

enum { SCORE_ROWS = 128, SCORE_ROWS_MIN = 32, LOSS_POINTS = 500 };

static void *copy_options(struct arena *arena, const void *options, size_t size)
{
    void *self = arena_take(arena, TAG_FIXED, size, 1);

    if (self)
        memcpy(self, options, size);
    return self;
}

/* n_train: rows of a batch, those of the stream and what the strategy adds. */
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
        .class_rows = scenario->class_rows,
        .images = scenario->images,
        .n_drawn = run->batches.n_step * rows,
        .task_known = cell->setup.scenario == SCENARIO_TASK,
    };

    run->model.strategy = copy_options(&run->memory, cell->strategy_options, plug->size);
    if (arena_check(&run->memory, err) != OK ||
        (plug->init && plug->init(run->model.strategy, &env, err) != OK))
        return err->status;
    *n_train = rows + (plug->extra_rows ? plug->extra_rows(run->model.strategy) : 0);
    return OK;
}

static enum status open_learner(struct run *run, int n_train, struct error *err)
{
    const struct cell *cell = run->cell;
    const struct strategy *around = cell->strategy;

    if (cell->training.threads > 1 &&
        threads_open(&run->threads, cell->training.threads, err) != OK)
        return err->status;
    run->model.hook =
        run->apart.by_rows
            ? run->apart.hook
            : (struct optim_hook){run->model.strategy, around->before, around->after};
    run->model.env = (struct learner_env){
        .arena = &run->memory,
        .rng = rng_child(rng_seed(cell->learner_seed), "weights"),
        .image = run->scenario.data->shape,
        .n_out = run->scenario.n_out,
        .n_train = n_train,
        .n_score = run->testing.n_score,
        .noise = cell->evaluating.draws > 0,
        .hook = run->model.hook.before || run->model.hook.after ? &run->model.hook : NULL,
        .n_thread = cell->training.threads,
        .threads = run->threads,
        .share = run->apart.by_rows ? (struct share){0} : run->apart.share,
    };

    run->model.learner =
        copy_options(&run->memory, cell->learner_options, cell->learner->size);
    if (arena_check(&run->memory, err) != OK)
        return err->status;
    run->model.used_before = run->memory.now;
    run->model.handle.first_piece = run->memory.n_piece;
    return cell->learner->init(run->model.learner, &run->model.env, err);
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
    struct learner_env env = run->model.env;
    struct error err = {0};

    for (size_t i = run->model.handle.first_piece; i < run->model.handle.last_piece; i++)
        memset(view.base + view.piece[i].offset, 0, view.piece[i].bytes);
    view.n_piece = run->model.handle.first_piece;
    view.now = run->model.used_before;
    env.arena = &view;
    env.rng = rng;
    memcpy(run->model.learner, run->cell->learner_options, plug->size);
    plug->init(run->model.learner, &env, &err);
    assert(err.status == OK &&
           view.n_piece == run->model.handle.last_piece); /* as at first */
    run->position.renewed = 1;
    run->position.renewal = rng;
}

static void reset(void *harness, struct rng rng)
{
    run_renew(harness, rng);
}

static void begin_again(void *harness)
{
    task_hooks_begin_again(harness);
}

static enum status open_handle(struct run *run, int n_train, struct error *err)
{
    const struct strategy *around = run->cell->strategy;
    struct run_model *model = &run->model;

    model->handle = (struct learner_handle){
        .plug = run->cell->learner,
        .self = model->learner,
        .w = run->cell->learner->weights(model->learner),
        .n_in = run->scenario.n_pixel,
        .n_out = run->scenario.n_out,
        .n_train = n_train,
        .n_score = run->testing.n_score,
        .competing = run->scenario.competing,
        .rows = &run->position.samples,
        .flops = &run->position.flops,
        .score_flops = &run->position.score_flops,
        .arena = &run->memory,
        .first_piece = model->handle.first_piece,
        .last_piece = run->memory.n_piece,
        .harness = run,
        .convert = convert,
        .augment = augment_rows,
        .reset = reset,
        .begin_again = begin_again,
    };
    return around->attach ? around->attach(model->strategy, &model->handle, err) : OK;
}

static enum status open_batch(struct run *run, int n_train, struct error *err)
{
    struct arena *arena = &run->memory;
    struct batch_builder *builder = &run->batches.builder;
    int n_score = run->testing.n_score, rows = n_train > n_score ? n_train : n_score;
    size_t n = (size_t)rows;

    builder->n_max = rows;
    builder->pixel = arena_take(arena, TAG_SCRATCH, n, (size_t)run->scenario.n_pixel);
    builder->y = arena_take(arena, TAG_SCRATCH, n, sizeof *builder->y);
    builder->task = arena_take(arena, TAG_SCRATCH, n, sizeof *builder->task);
    builder->weight = arena_take(arena, TAG_SCRATCH, n, sizeof *builder->weight);
    run->batches.x = mat_take(arena, TAG_SCRATCH, rows, run->scenario.n_pixel);
    run->testing.scores = mat_take(arena, TAG_SCRATCH, n_score, run->scenario.n_out);
    return arena_check(arena, err);
}

static struct batch_schedule batch_schedule_of(const struct run *run)
{
    const struct training *training = &run->cell->training;
    int n_task = run_is_joint(run) ? run->scenario.n_task : 1;
    struct batch_schedule schedule = {.plug = run->cell->learner,
                                      .learner = run->model.learner};

    if (!schedule.learner) /* not made yet */
        schedule.learner = run->cell->learner_options;

    schedule.epochs = training->steps ? 1 : training->epochs;
    schedule.per_epoch = training->steps ? (int64_t)training->steps * n_task
                                         : run->batches.sampler.per_epoch;
    return schedule;
}

enum status run_open_experience(struct run *run, struct error *err)
{
    const struct cell *cell = run->cell;

    if (sampler_open(&run->batches.sampler, &run->scenario, cell->strategy->train_on,
                     run->position.experience, &cell->training, cell->stream_seed,
                     &run->data, err) != OK)
        return err->status;
    run->batches.schedule = batch_schedule_of(run);
    run->batches.n = batch_schedule_batches(&run->batches.schedule);
    return OK;
}

/* Steps of the whole run; every experience is opened once to count its batches. Before
 * there is a learner it may be more. */
static enum status count_steps(struct run *run, struct error *err)
{
    size_t mark = arena_mark(&run->data);

    run->batches.n_step = 0;
    for (run->position.experience = 0;
         run->position.experience < run->batches.n_experience;
         run->position.experience++) {
        if (run_open_experience(run, err) != OK)
            return err->status;
        run->batches.n_step += run->batches.n;
        arena_release(&run->data, mark);
    }
    run->position.experience = 0;
    return OK;
}

/* Everything but the scenario. */
static enum status open_rest(struct run *run, struct error *err)
{
    struct run_batches *batches = &run->batches;
    int n_train = 0;

    batches->n_experience = run_is_joint(run) ? 1 : run->scenario.visits.n;
    if (arena_open(&run->memory, run->cell->limits.memory, err) != OK ||
        count_steps(run, err) != OK || open_strategy(run, &n_train, err) != OK)
        return err->status;
    run->testing.n_score = n_train < SCORE_ROWS ? n_train : SCORE_ROWS;
    if (run->testing.n_score < SCORE_ROWS_MIN)
        run->testing.n_score = SCORE_ROWS_MIN;
    if (open_learner(run, n_train, err) != OK || open_handle(run, n_train, err) != OK ||
        open_batch(run, n_train, err) != OK || run_open_probe(run, err) != OK ||
        count_steps(run, err) != OK)
        return err->status;
    run->results.loss_every = (int)(batches->n_step / LOSS_POINTS) + 1;
    return OK;
}

static enum status begin(struct run *run, const struct cell *cell, struct error *err)
{
    *run = (struct run){.cell = cell, .control.checkpoint_seconds = 60};
    return arena_open(&run->data, 0, err);
}

/* A strategy sees one process's batches, weights or gradients. */
static enum status check_apart(const struct run *run, struct error *err)
{
    const struct cell *cell = run->cell;
    const struct strategy *plug = cell->strategy;

    if (run->apart.share.n == 0)
        return OK;
    if (plug->mix || plug->teach || plug->train || plug->before || plug->after ||
        plug->attach)
        return error_set(err, ERR_USAGE,
                         "strategy '%s' does not work in several processes; 'none' does",
                         plug->name);
    if (!run->apart.by_rows)
        return OK;
    if (!(learner_can(cell->learner) & CAN_HOOK))
        return error_set(err, ERR_USAGE,
                         "learner '%s' can be trained neither in pieces nor by rows",
                         cell->learner->name);
    if (cell->training.batch % run->apart.share.n != 0 ||
        cell->training.last_partial_batch != PARTIAL_DROP)
        return error_set(
            err, ERR_USAGE,
            "batches of %d rows cannot be shared out evenly over %d processes",
            cell->training.batch, run->apart.share.n);
    return OK;
}

enum status run_open(struct run *run, const struct cell *cell, const struct dataset *data,
                     struct error *err)
{
    return run_open_apart(run, cell, data, NULL, err);
}

enum status run_open_apart(struct run *run, const struct cell *cell,
                           const struct dataset *data, const struct run_apart *apart,
                           struct error *err)
{
    if (begin(run, cell, err) != OK)
        return err->status;
    if (apart)
        run->apart = *apart;
    if (check_apart(run, err) != OK ||
        scenario_open(&run->scenario, cell->stream, cell->stream_options, &cell->setup,
                      data, cell->stream_seed, &run->data, err) != OK)
        return err->status;
    return open_rest(run, err);
}

enum status run_open_on(struct run *run, const struct cell *cell,
                        const struct scenario *scenario, struct error *err)
{
    if (begin(run, cell, err) != OK)
        return err->status;
    run->scenario = *scenario;
    return open_rest(run, err);
}

void run_close(struct run *run)
{
    threads_close(run->threads);
    arena_close(&run->data);
    arena_close(&run->memory);
    for (int k = 0; k < SHARING_MOST; k++) {
        free(run->results.eval[k]);
        free(run->results.probed[k]);
    }
    free(run->results.loss);
    *run = (struct run){0};
}
