#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bench/augment.h"
#include "bench/run_parts.h"

enum { SCORE_ROWS = 128, SCORE_ROWS_MIN = 32, LOSS_POINTS = 500 };

static void *copy_options(struct arena *arena, const void *options, size_t size)
{
    void *self = arena_take(arena, TAG_FIXED, size, 1);

    if (self)
        memcpy(self, options, size);
    return self;
}

/* The most images of a task that have the same output. */
static int class_rows(const struct course *course, struct arena *arena)
{
    size_t mark = arena_mark(arena);
    int *count = arena_take(arena, TAG_SCRATCH, (size_t)course->n_out, sizeof *count);
    int most = 0;

    for (int t = 0; count && t < course->n_task; t++) {
        memset(count, 0, (size_t)course->n_out * sizeof *count);
        for (int i = 0; i < course->train[t].n; i++) {
            int n = ++count[course_output(course, t, course->train[t].label[i])];

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
    const struct course *course = &run->course;
    int rows =
        feed_rows(&cell->training, course->n_task, plug->feed, cell->setup.scenario);
    struct strategy_env env = {
        .arena = &run->memory,
        .n_task = course->n_task,
        .n_class = course->n_class,
        .n_out = course->n_out,
        .n_pixel = course->n_pixel,
        .batch = rows,
        .class_rows = class_rows(course, &run->data),
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
    run->door = (struct optim_door){run->strategy, around->before, around->after};
    run->env = (struct learner_env){
        .arena = &run->memory,
        .rng = rng_child(rng_seed(cell->learner_seed), "weights"),
        .image = run->course.data->shape,
        .n_out = run->course.n_out,
        .n_train = n_train,
        .n_score = run->n_score,
        .noise = cell->evaluating.draws > 0,
        .door = around->before || around->after ? &run->door : NULL,
        .threads = cell->training.threads,
        .pool = run->threads,
    };

    run->learner = copy_options(&run->memory, cell->learner_options, cell->learner->size);
    if (arena_check(&run->memory, err) != OK)
        return err->status;
    run->before = run->memory.now;
    run->pupil.first_piece = run->memory.n_piece;
    return cell->learner->init(run->learner, &run->env, err);
}

static void convert(void *harness, const uint8_t *pixel, struct mat x)
{
    const struct run *run = harness;

    course_convert(&run->course, pixel, x);
}

static void augment_rows(void *harness, uint8_t *pixel, int n, struct rng rng)
{
    const struct run *run = harness;

    augment(&run->cell->setup, run->course.data->shape, pixel, n, rng);
}

/* init once more over the learner's own pieces: it takes the same ones again. */
void run_renew(struct run *run, struct rng rng)
{
    const struct learner *plug = run->cell->learner;
    struct arena view = run->memory;
    struct learner_env env = run->env;
    struct error err = {0};

    for (size_t i = run->pupil.first_piece; i < run->pupil.last_piece; i++)
        memset(view.base + view.piece[i].offset, 0, view.piece[i].bytes);
    view.n_piece = run->pupil.first_piece;
    view.now = run->before;
    env.arena = &view;
    env.rng = rng;
    memcpy(run->learner, run->cell->learner_options, plug->size);
    plug->init(run->learner, &env, &err);
    assert(err.status == OK && view.n_piece == run->pupil.last_piece); /* as at first */
    run->at.renewed = true;
    run->at.renewal = rng;
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

    run->pupil.last_piece = run->memory.n_piece;
    run->pupil.plug = run->cell->learner;
    run->pupil.self = run->learner;
    run->pupil.w = run->cell->learner->weights(run->learner);
    run->pupil.n_in = run->course.n_pixel;
    run->pupil.n_out = run->course.n_out;
    run->pupil.n_train = n_train;
    run->pupil.n_score = run->n_score;
    run->pupil.among = run->course.among;
    run->pupil.rows = &run->at.samples;
    run->pupil.flops = &run->at.flops;
    run->pupil.arena = &run->memory;
    run->pupil.harness = run;
    run->pupil.convert = convert;
    run->pupil.augment = augment_rows;
    run->pupil.reset = reset;
    run->pupil.begin_again = begin_again;
    return around->attach ? around->attach(run->strategy, &run->pupil, err) : OK;
}

static enum status open_batch(struct run *run, int n_train, struct error *err)
{
    struct arena *arena = &run->memory;
    int rows = n_train > run->n_score ? n_train : run->n_score;
    size_t n = (size_t)rows;

    run->draft.n_max = rows;
    run->draft.pixel = arena_take(arena, TAG_SCRATCH, n, (size_t)run->course.n_pixel);
    run->draft.y = arena_take(arena, TAG_SCRATCH, n, sizeof *run->draft.y);
    run->draft.task = arena_take(arena, TAG_SCRATCH, n, sizeof *run->draft.task);
    run->draft.weight = arena_take(arena, TAG_SCRATCH, n, sizeof *run->draft.weight);
    run->x = mat_take(arena, TAG_SCRATCH, rows, run->course.n_pixel);
    run->scores = mat_take(arena, TAG_SCRATCH, run->n_score, run->course.n_out);
    return arena_check(arena, err);
}

static struct timetable timetable_of(const struct run *run)
{
    const struct training *training = &run->cell->training;
    int n_task = run_pooled(run) ? run->course.n_task : 1;
    struct timetable table = {.plug = run->cell->learner, .learner = run->learner};

    table.epochs = training->steps ? 1 : training->epochs;
    table.per_epoch =
        training->steps ? (int64_t)training->steps * n_task : run->feed.per_epoch;
    return table;
}

enum status run_open_stage(struct run *run, struct error *err)
{
    const struct cell *cell = run->cell;

    if (feed_open(&run->feed, &run->course, cell->strategy->feed, run->at.stage,
                  &cell->training, cell->stream_seed, &run->data, err) != OK)
        return err->status;
    run->timetable = timetable_of(run);
    run->stage_batches = timetable_batches(&run->timetable);
    return OK;
}

/* Steps of the whole run; every stage is opened once to count its batches. */
static enum status count_steps(struct run *run, struct error *err)
{
    size_t mark = arena_mark(&run->data);

    for (run->at.stage = 0; run->at.stage < run->n_stage; run->at.stage++) {
        if (run_open_stage(run, err) != OK)
            return err->status;
        run->n_step += run->stage_batches;
        arena_release(&run->data, mark);
    }
    run->at.stage = 0;
    return OK;
}

enum status run_open(struct run *run, const struct cell *cell, const struct dataset *data,
                     struct error *err)
{
    int n_train = 0;

    *run = (struct run){.cell = cell, .checkpoint_seconds = 60};
    if (arena_open(&run->data, 0, err) != OK ||
        arena_open(&run->memory, cell->limits.memory, err) != OK ||
        course_open(&run->course, cell->stream, cell->stream_options, &cell->setup, data,
                    cell->stream_seed, &run->data, err) != OK ||
        open_strategy(run, &n_train, err) != OK)
        return err->status;
    run->n_score = n_train < SCORE_ROWS ? n_train : SCORE_ROWS;
    if (run->n_score < SCORE_ROWS_MIN)
        run->n_score = SCORE_ROWS_MIN;
    run->n_stage = run_pooled(run) ? 1 : run->course.n_task;
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
