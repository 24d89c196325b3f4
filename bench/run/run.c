#include "bench/run/run.h"

#include <assert.h>
#include <math.h>

#include "bench/data/augment.h"
#include "bench/run/checkpoint.h"
#include "bench/run/divergence.h"
#include "bench/run/evaluate.h"
#include "bench/run/probe.h"
#include "bench/run/task_hooks.h"
#include "core/base/clock.h"
#include "core/base/fnv.h"

static enum status note_loss(struct run *run, double loss, struct error *err)
{
    struct position *at = &run->position;

    at->loss_sum += loss;
    at->n_loss_sum++;
    if (!isfinite(loss))
        return divergence_set(run, "the loss was not finite", err);
    if (at->step % run->results.loss_every != 0)
        return OK;
    if (run_grow((void **)&run->results.loss, at->n_loss, sizeof *run->results.loss,
                 err) != OK)
        return err->status;
    run->results.loss[at->n_loss++] =
        (struct loss_point){at->step, run_task(run), at->loss_sum / at->n_loss_sum};
    at->loss_sum = 0;
    at->n_loss_sum = 0;
    return OK;
}

/* Without boundaries the whole stream is one task to the learner. */
static struct progress progress_of(const struct run *run)
{
    struct progress at = {.task = run_task(run),
                          .step = run->position.step,
                          .n_step = run->batches.n_step,
                          .task_step = run->position.batch,
                          .n_task_step = run->batches.n};

    if (run->scenario.order) {
        at.task = 0;
        at.task_step = at.step;
        at.n_task_step = at.n_step;
    }
    return at;
}

static struct rng rng_of_step(const struct run *run, uint64_t seed, const char *purpose)
{
    return rng_at(rng_child(rng_seed(seed), purpose), (uint64_t)run->position.step);
}

/* The next batch: drawn, with the strategy's rows, augmented, and as numbers. */
static struct batch next_batch(struct run *run)
{
    const struct cell *cell = run->cell;
    struct run_batches *batches = &run->batches;
    struct batch_builder *builder = &batches->builder;
    struct progress progress = progress_of(run);
    struct batch batch;

    builder->n = 0;
    sampler_batch(&batches->sampler,
                  batch_schedule_find(&batches->schedule, run->position.batch, &progress),
                  builder);
    batches->n_new = builder->n;
    if (cell->strategy->mix)
        cell->strategy->mix(run->model.strategy, builder, progress.task,
                            rng_of_step(run, cell->learner_seed, "strategy"));
    assert(builder->n <= builder->n_max);
    augment(&cell->setup, run->scenario.data->shape, builder->pixel, builder->n,
            rng_of_step(run, cell->stream_seed, "augment"));
    batch = (struct batch){.x = mat_rows(batches->x, 0, builder->n),
                           .y = builder->y,
                           .task = builder->task,
                           .competing = run->scenario.competing,
                           .weight = builder->weight,
                           .progress = progress};
    scenario_convert(&run->scenario, builder->pixel, batch.x);
    return batch;
}

/* Of processes that share the rows each trains on its own ones, with draws of its own. */
static void take_own_rows(const struct run *run, struct batch *batch, struct rng *rng)
{
    struct share share = run->apart.share;
    int n, first;

    if (!run->apart.by_rows)
        return;
    n = batch->x.rows / share.n;
    first = share.k * n;
    batch->x = mat_rows(batch->x, first, n);
    batch->y += first;
    batch->task += first;
    batch->weight += first;
    *rng = rng_at(rng_child(*rng, "rows"), (uint64_t)share.k);
}

static enum status train_batch(struct run *run, struct error *err)
{
    const struct strategy *plug = run->cell->strategy;
    uint64_t seed = run->cell->learner_seed;
    double start = clock_seconds(), cpu = clock_cpu_seconds(), loss;
    struct batch batch = next_batch(run);
    struct rng rng = rng_of_step(run, seed, "train");

    run_score_online(run, &batch);
    take_own_rows(run, &batch, &rng);
    if (plug->teach)
        plug->teach(run->model.strategy, &batch, rng_of_step(run, seed, "teach"));
    loss = (double)(plug->train ? plug->train(run->model.strategy, &batch, rng)
                                : handle_train(&run->model.handle, &batch, rng));
    run->position.step++;
    run->position.batch++;
    run->position.train_seconds += clock_seconds() - start;
    run->train_cpu += clock_cpu_seconds() - cpu;
    return note_loss(run, loss, err);
}

/* What belongs to this process alone: clocks, which go on from where a continued run
 * stood, and the rows that others had trained before. */
struct session {
    double wall, cpu, saved; /* when position was last brought up to date; last saved */
    double samples_before;
};

static void show(const struct run *run, const struct session *session)
{
    struct live_progress *live = run->control.live;

    if (!live)
        return;
    live->task = run->position.experience;
    live->step = run->position.step;
    live->samples = (int64_t)(run->position.samples - session->samples_before);
}

/* Of processes that train a cell together the first one tests. */
static bool tests(const struct run *run)
{
    return run->apart.share.k == 0;
}

/* Tests, and tells the caller. end: a task ends here. */
static enum status evaluate(struct run *run, int after_task, bool end, struct error *err)
{
    const struct run_control *control = &run->control;
    bool last = end && run->position.experience + 1 == run->batches.n_experience;

    if (run->apart.before_test &&
        run->apart.before_test(run->apart.context, run, err) != OK)
        return err->status;
    if (!tests(run))
        return OK;
    if (run_evaluate(run, after_task, end, err) != OK)
        return err->status;
    return control->evaluated ? control->evaluated(control->context, run, last, err) : OK;
}

static enum status end_experience(struct run *run, struct error *err)
{
    int after = run_is_joint(run) ? run->scenario.n_task : run->position.experience + 1;
    double start = clock_seconds();

    task_hooks_end(run);
    run->position.train_seconds += clock_seconds() - start;
    if (evaluate(run, after, true, err) != OK ||
        (tests(run) && run_probe(run, after, err) != OK))
        return err->status;
    run->position.experience++;
    run->position.batch = 0;
    return OK;
}

static void read_clocks(struct run *run, struct session *session)
{
    double wall = clock_seconds(), cpu = clock_cpu_seconds();

    run->position.wall_seconds += wall - session->wall;
    run->position.cpu_seconds += cpu - session->cpu;
    session->wall = wall;
    session->cpu = cpu;
}

/* Saves a checkpoint when one is due, and when the run must stop here. */
static enum status pause_here(struct run *run, struct session *session, struct error *err)
{
    double limit = run->cell->limits.time;
    bool stop = run->control.stop && *run->control.stop, late;

    read_clocks(run, session);
    late = limit > 0 && run->position.wall_seconds > limit;
    if (run->control.checkpoint &&
        (stop || late ||
         session->wall - session->saved >= run->control.checkpoint_seconds)) {
        if (checkpoint_save(run, run->control.checkpoint, err) != OK)
            return err->status;
        session->saved = session->wall;
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
           run->position.batch < run->batches.n;
}

static enum status train_experience(struct run *run, struct session *session,
                                    struct error *err)
{
    const struct cell *cell = run->cell;
    size_t mark = arena_mark(&run->data);

    if (run_open_experience(run, err) != OK)
        return err->status;
    scenario_set_experience(&run->scenario, run_last_task(run));
    if (run->position.batch == 0 && run->position.experience > 0 &&
        cell->training.optimizer_state == OPTIMIZER_RESET)
        arena_clear(&run->memory, TAG_OPTIMIZER);
    if (run->position.batch == 0)
        task_hooks_begin(run);
    while (run->position.batch < run->batches.n) {
        if (train_batch(run, err) != OK ||
            (due(run) && evaluate(run, run->position.experience, false, err) != OK))
            return err->status;
        show(run, session);
        if (pause_here(run, session, err) != OK)
            return err->status;
    }
    if (end_experience(run, err) != OK)
        return err->status;
    arena_release(&run->data, mark);
    return OK;
}

static void begin_session(struct run *run, struct session *session)
{
    struct live_progress *live = run->control.live;
    double now = clock_seconds();

    *session = (struct session){now, clock_cpu_seconds(), now, run->position.samples};
    if (!live)
        return;
    live->n_step = run->batches.n_step;
    live->first_step = run->position.step;
    live->n_task = run->batches.n_experience;
    live->accuracy = live->online = -1;
    show(run, session);
}

enum status run_train(struct run *run, struct error *err)
{
    struct session session;

    if (run->control.checkpoint &&
        checkpoint_load(run, run->control.checkpoint, err) != OK)
        return err->status;
    begin_session(run, &session);
    if (run->position.step == 0 && run->cell->evaluating.future && !run_is_joint(run) &&
        tests(run) && run_evaluate(run, 0, true, err) != OK)
        return err->status;
    while (run->position.experience < run->batches.n_experience)
        if (train_experience(run, &session, err) != OK)
            break;
    read_clocks(run, &session);
    return err->status;
}

void run_outcome(const struct run *run, int k, struct outcome *outcome)
{
    const struct tested *tested = &run->position.tested[k];
    const struct learner *plug = run->cell->learner;
    struct vec w = plug->weights(run->model.learner);

    outcome->tests.n_task = run->scenario.n_task;
    if (visits_return(&run->cell->setup))
        outcome->tests.visits =
            (struct visit_list){run->scenario.visits.task, run->scenario.visits.n};
    outcome->tests.eval.data = run->results.eval[k];
    outcome->tests.eval.n = tested->n_eval;
    outcome->tests.probe.data = run->results.probed[k];
    outcome->tests.probe.n = tested->n_probed;
    outcome->cost.peak = run->memory.peak;
    outcome->cost.parameters = (int64_t)w.n;
    outcome->cost.blocks_in_memory =
        plug->blocks_in_memory ? plug->blocks_in_memory(run->model.learner) : 0;
    outcome->cost.train_flops = run->position.flops;
    outcome->weights_hash = fnv_add(fnv_of_nothing, w.data, w.n * sizeof *w.data);
    outcome->timing.train_seconds = run->position.train_seconds;
    outcome->timing.eval_seconds = tested->eval_seconds;
    outcome->timing.together = plan_count_sharing(run->cell);
    outcome->timing.samples = run->position.samples;
    outcome->timing.cpu_seconds = run->position.cpu_seconds;
}
