#include <assert.h>
#include <math.h>
#include <sys/resource.h>

#include "bench/data/augment.h"
#include "bench/run/checkpoint.h"
#include "bench/run/run_parts.h"
#include "core/base/clock.h"
#include "core/base/fnv.h"

static double cpu_now(void)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

static enum status note_loss(struct run *run, double loss, struct error *err)
{
    struct position *at = &run->position;

    at->loss_sum += loss;
    at->n_loss_sum++;
    if (!isfinite(loss))
        return error_set(err, ERR_DIVERGED, "the loss was not finite at step %lld",
                         (long long)at->step);
    if (at->step % run->loss_every != 0)
        return OK;
    if (!run_grow((void **)&run->loss, at->n_loss, sizeof *run->loss))
        return error_set(err, ERR_MEMORY, "the machine has no memory left");
    run->loss[at->n_loss++] =
        (struct loss_point){at->step, at->experience, at->loss_sum / at->n_loss_sum};
    at->loss_sum = 0;
    at->n_loss_sum = 0;
    return OK;
}

static real train(struct run *run, const struct batch *batch, struct rng rng)
{
    const struct strategy *plug = run->cell->strategy;

    if (plug->train)
        return plug->train(run->strategy, batch, rng);
    return handle_train(&run->handle, batch, rng);
}

/* Without boundaries the whole stream is one task to the learner. */
static struct progress progress_of(const struct run *run)
{
    struct progress at = {.task = run->position.experience,
                          .step = run->position.step,
                          .n_step = run->n_step,
                          .task_step = run->position.batch,
                          .n_task_step = run->experience_batches};

    if (run->scenario.order) {
        at.task = 0;
        at.task_step = at.step;
        at.n_task_step = at.n_step;
    }
    return at;
}

/* One batch: drawn, mixed, converted, trained on. */
static enum status train_batch(struct run *run, struct error *err)
{
    const struct cell *cell = run->cell;
    struct rng seed = rng_seed(cell->learner_seed);
    struct progress progress = progress_of(run);
    struct batch_builder *builder = &run->builder;
    double start = clock_seconds(), loss;
    struct batch batch;

    builder->n = 0;
    sampler_batch(
        &run->sampler,
        batch_schedule_find(&run->batch_schedule, run->position.batch, &progress),
        builder);
    if (cell->strategy->mix)
        cell->strategy->mix(
            run->strategy, builder, progress.task,
            rng_at(rng_child(seed, "strategy"), (uint64_t)run->position.step));
    assert(builder->n <= builder->n_max);
    augment(&cell->setup, run->scenario.data->shape, builder->pixel, builder->n,
            rng_at(rng_child(rng_seed(cell->stream_seed), "augment"),
                   (uint64_t)run->position.step));
    batch = (struct batch){.x = mat_rows(run->x, 0, builder->n),
                           .y = builder->y,
                           .task = builder->task,
                           .competing = run->scenario.competing,
                           .weight = builder->weight,
                           .progress = progress};
    scenario_convert(&run->scenario, builder->pixel, batch.x);
    if (cell->strategy->teach)
        cell->strategy->teach(
            run->strategy, &batch,
            rng_at(rng_child(seed, "teach"), (uint64_t)run->position.step));
    loss = (double)train(run, &batch,
                         rng_at(rng_child(seed, "train"), (uint64_t)run->position.step));
    run->position.step++;
    run->position.batch++;
    run->position.train_seconds += clock_seconds() - start;
    return note_loss(run, loss, err);
}

static void show(const struct run *run)
{
    if (!run->gauge)
        return;
    run->gauge->task = run->position.experience;
    run->gauge->step = run->position.step;
    run->gauge->samples = (int64_t)(run->position.samples - run->samples_before);
}

/* The rows of a task, as the plugs may read them. */
struct task_rows {
    const struct scenario *scenario;
    int task;
};

static void read_row(const void *from, int i, uint8_t *pixel, int32_t *y)
{
    const struct task_rows *rows = from;

    scenario_read(rows->scenario, rows->task, PART_TRAIN, i, pixel, y);
}

typedef void task_hook(void *self, const struct task_view *task, struct rng rng);

/* The tasks of a stage: its own, or in pooled training all of them. */
static int first_task(const struct run *run)
{
    return run_is_joint(run) ? 0 : run->position.experience;
}

static int last_task(const struct run *run)
{
    return run_is_joint(run) ? run->scenario.n_task - 1 : run->position.experience;
}

/* Shows the tasks from `first` on to a plug. Without boundaries there are none for it. */
static void show_tasks(const struct run *run, int first, task_hook *hook, void *self,
                       const char *purpose)
{
    struct rng rng = rng_child(rng_seed(run->cell->learner_seed), purpose);

    for (int t = first; hook && !run->scenario.order && t <= last_task(run); t++) {
        struct task_rows rows = {&run->scenario, t};
        struct task_view view = {t, run->scenario.train[t].n, &rows, read_row};

        hook(self, &view, rng_at(rng, (uint64_t)t));
    }
}

void run_begin_tasks(struct run *run, int first)
{
    show_tasks(run, first, run->cell->learner->task_begin, run->learner,
               "learner task begin");
}

/* The strategy comes first: it may make the learner anew. */
static void begin_experience(struct run *run)
{
    show_tasks(run, first_task(run), run->cell->strategy->task_begin, run->strategy,
               "task begin");
    run_begin_tasks(run, first_task(run));
}

static enum status end_experience(struct run *run, struct error *err)
{
    const struct cell *cell = run->cell;
    int first = first_task(run), after = last_task(run) + 1;
    double start = clock_seconds();

    show_tasks(run, first, cell->learner->task_end, run->learner, "learner task end");
    show_tasks(run, first, cell->strategy->task_end, run->strategy, "task end");
    run->position.train_seconds += clock_seconds() - start;
    if (run_evaluate(run, after, true, err) != OK || run_probe(run, after, err) != OK)
        return err->status;
    run->position.experience++;
    run->position.batch = 0;
    return OK;
}

/* The clocks of a run that is continued go on from where they stood. */
struct clock {
    double wall, cpu, saved;
};

static void read_clocks(struct run *run, struct clock *clock)
{
    double wall = clock_seconds(), cpu = cpu_now();

    run->position.wall_seconds += wall - clock->wall;
    run->position.cpu_seconds += cpu - clock->cpu;
    clock->wall = wall;
    clock->cpu = cpu;
}

/* Saves a checkpoint when one is due, and when the run must stop here. */
static enum status pause_here(struct run *run, struct clock *clock, struct error *err)
{
    double limit = run->cell->limits.time;
    bool stop = run->stop && *run->stop, late;

    read_clocks(run, clock);
    late = limit > 0 && run->position.wall_seconds > limit;
    if (run->checkpoint &&
        (stop || late || clock->wall - clock->saved >= run->checkpoint_seconds)) {
        if (checkpoint_save(run, run->checkpoint, err) != OK)
            return err->status;
        clock->saved = clock->wall;
    }
    if (stop)
        return error_set(err, ERR_INTERRUPTED, "interrupted at step %lld",
                         (long long)run->position.step);
    if (late)
        return error_set(err, ERR_TIME, "took longer than the limit of %g s", limit);
    return OK;
}

static bool due(const struct run *run)
{
    int every = run->cell->evaluating.every;

    return every && run->position.step % every == 0 &&
           run->position.batch < run->experience_batches;
}

static enum status train_experience(struct run *run, struct clock *clock,
                                    struct error *err)
{
    const struct cell *cell = run->cell;
    size_t mark = arena_mark(&run->data);

    if (run_open_experience(run, err) != OK)
        return err->status;
    scenario_set_experience(&run->scenario, last_task(run));
    if (run->position.batch == 0 && run->position.experience > 0 &&
        cell->training.optimizer_state == OPTIMIZER_RESET)
        arena_clear(&run->memory, TAG_OPTIMIZER);
    if (run->position.batch == 0)
        begin_experience(run);
    while (run->position.batch < run->experience_batches) {
        if (train_batch(run, err) != OK ||
            (due(run) && run_evaluate(run, run->position.experience, false, err) != OK))
            return err->status;
        show(run);
        if (pause_here(run, clock, err) != OK)
            return err->status;
    }
    if (end_experience(run, err) != OK)
        return err->status;
    arena_release(&run->data, mark);
    return OK;
}

enum status run_go(struct run *run, struct error *err)
{
    struct clock clock;

    if (run->checkpoint && checkpoint_load(run, run->checkpoint, err) != OK)
        return err->status;
    run->samples_before = run->position.samples;
    clock = (struct clock){clock_seconds(), cpu_now(), clock_seconds()};
    if (run->gauge) {
        run->gauge->n_step = run->n_step;
        run->gauge->n_task = run->n_experience;
        run->gauge->accuracy = -1;
    }
    show(run);
    if (run->position.step == 0 && run->cell->evaluating.future && !run_is_joint(run) &&
        run_evaluate(run, 0, true, err) != OK)
        return err->status;
    while (run->position.experience < run->n_experience)
        if (train_experience(run, &clock, err) != OK)
            break;
    read_clocks(run, &clock);
    return err->status;
}

double run_work(const struct run *run)
{
    const struct learner *plug = run->cell->learner;

    return plug->flops(run->learner) * (double)(run->n_step - run->position.step) *
           run->cell->training.batch;
}

void run_outcome(const struct run *run, int twin, struct outcome *outcome)
{
    const struct judged *judged = &run->position.judged[twin];
    const struct learner *plug = run->cell->learner;
    struct vec w = plug->weights(run->learner);

    outcome->n_task = run->scenario.n_task;
    outcome->eval = run->eval[twin];
    outcome->n_eval = judged->n_eval;
    outcome->probe = run->probed[twin];
    outcome->n_probe = judged->n_probed;
    outcome->peak = run->memory.peak;
    outcome->parameters = (int64_t)w.n;
    outcome->blocks_in_memory =
        plug->blocks_in_memory ? plug->blocks_in_memory(run->learner) : 0;
    outcome->train_flops = run->position.flops;
    outcome->weights_hash = fnv_add(fnv_of_nothing, w.data, w.n * sizeof *w.data);
    outcome->train_seconds = run->position.train_seconds;
    outcome->eval_seconds = judged->eval_seconds;
    outcome->together = plan_twins(run->cell);
    outcome->samples = run->position.samples;
    outcome->cpu_seconds = run->position.cpu_seconds;
}
