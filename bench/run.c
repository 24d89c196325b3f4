#include "bench/run.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bench/checkpoint.h"

enum { SCORE_ROWS = 128, SCORE_ROWS_MIN = 32, LOSS_POINTS = 500 };

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double cpu_now(void)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

static bool pooled(const struct run *run)
{
    return run->cell->strategy->feed == FEED_ALL;
}

static int passes(const struct run *run)
{
    const struct learner *plug = run->cell->learner;

    return plug->passes ? plug->passes(run->learner) : 1;
}

static void *copy_options(struct arena *arena, const void *options, size_t size)
{
    void *self = arena_take(arena, TAG_FIXED, size, 1);

    if (self)
        memcpy(self, options, size);
    return self;
}

/* Rows of a batch: those of the feed, and what the strategy adds. */
static enum status open_strategy(struct run *run, int *n_train, struct error *err)
{
    const struct cell *cell = run->cell;
    const struct strategy *plug = cell->strategy;
    const struct course *course = &run->course;
    int rows = feed_rows(&cell->training, course->n_task, plug->feed, cell->setup.scenario);
    struct strategy_env env = {
        .arena = &run->memory,
        .n_task = course->n_task,
        .n_class = course->n_class,
        .n_out = course->n_out,
        .n_pixel = course->n_pixel,
        .batch = rows,
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
    struct learner_env env = {
        .arena = &run->memory,
        .rng = rng_child(rng_seed(cell->learner_seed), "weights"),
        .image = run->course.data->shape,
        .n_out = run->course.n_out,
        .n_train = n_train,
        .n_score = run->n_score,
        .noise = cell->evaluating.draws > 0,
        .threads = cell->training.threads,
    };

    run->learner = copy_options(&run->memory, cell->learner_options, cell->learner->size);
    if (arena_check(&run->memory, err) != OK)
        return err->status;
    return cell->learner->init(run->learner, &env, err);
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

static enum status open_feed(struct run *run, struct error *err)
{
    const struct cell *cell = run->cell;
    enum feed_kind kind = cell->strategy->feed;

    return feed_open(&run->feed, &run->course, kind, run->at.stage, &cell->training,
                     cell->stream_seed, &run->data, err);
}

/* Batches of the current stage, passes included. */
static int64_t count_batches(const struct run *run)
{
    const struct training *training = &run->cell->training;
    int64_t once = training->steps
                       ? (int64_t)training->steps * (pooled(run) ? run->course.n_task : 1)
                       : (int64_t)training->epochs * run->feed.per_epoch;

    return once * passes(run);
}

/* Steps of the whole run; every stage is opened once to count its batches. */
static enum status count_steps(struct run *run, struct error *err)
{
    size_t mark = arena_mark(&run->data);

    for (run->at.stage = 0; run->at.stage < run->n_stage; run->at.stage++) {
        if (open_feed(run, err) != OK)
            return err->status;
        run->n_step += count_batches(run);
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
    run->n_stage = pooled(run) ? 1 : run->course.n_task;
    if (open_learner(run, n_train, err) != OK || open_batch(run, n_train, err) != OK ||
        count_steps(run, err) != OK)
        return err->status;
    run->loss_every = (int)(run->n_step / LOSS_POINTS) + 1;
    return OK;
}

void run_close(struct run *run)
{
    arena_close(&run->data);
    arena_close(&run->memory);
    free(run->eval);
    free(run->loss);
    *run = (struct run){0};
}

/* Room for one more element of a growing list. */
static bool grow(void **list, int n, size_t size)
{
    bool full = n == 0 || (n >= 64 && (n & (n - 1)) == 0);
    void *more;

    if (!full)
        return true;
    more = realloc(*list, (n ? 2 * (size_t)n : 64) * size);
    if (more)
        *list = more;
    return more != NULL;
}

static enum status out_of_memory(struct error *err)
{
    return error_set(err, ERR_MEMORY, "the machine has no memory left");
}

/* The competing output with the highest score, the first of equals; -1 if one is NAN. */
static int winner(const real *score, struct classes among)
{
    int best = -1;

    for (int k = 0; k < among.n; k++) {
        if (!among.on[k])
            continue;
        if (isnan(score[k]))
            return -1;
        if (best < 0 || score[k] > score[best])
            best = k;
    }
    return best;
}

/* Scores n rows of a task's test images from `first` on and counts the hits. */
static enum status test_rows(struct run *run, int task, int first, int n,
                             struct classes among, struct rng rng, int *hits,
                             struct error *err)
{
    struct mat x = mat_rows(run->x, 0, n), scores = mat_rows(run->scores, 0, n);

    for (int i = 0; i < n; i++)
        course_read(&run->course, task, PART_TEST, first + i,
                    run->draft.pixel + (size_t)i * (size_t)run->course.n_pixel,
                    &run->draft.y[i]);
    course_convert(&run->course, run->draft.pixel, x);
    run->cell->learner->score(run->learner, x, among, rng, scores);
    for (int i = 0; i < n; i++) {
        int best = winner(scores.at + (size_t)i * (size_t)scores.ld, among);

        if (best < 0)
            return error_set(err, ERR_DIVERGED, "a score was not a number at step %lld",
                             (long long)run->at.step);
        *hits += best == run->draft.y[i];
    }
    return OK;
}

static enum status test_task(struct run *run, struct evaluation result, struct rng rng,
                             struct error *err)
{
    struct classes among = course_tested(&run->course, result.task,
                                         pooled(run) ? run->course.n_task - 1
                                                     : (int)run->at.stage);
    int total = run->course.test[result.task].n, hits = 0;

    for (int first = 0; first < total; first += run->n_score) {
        int n = total - first < run->n_score ? total - first : run->n_score;

        if (test_rows(run, result.task, first, n, among, rng_at(rng, (uint64_t)first), &hits,
                      err) != OK)
            return err->status;
    }
    result.hits = hits;
    result.total = total;
    if (!grow((void **)&run->eval, run->at.n_eval, sizeof *run->eval))
        return out_of_memory(err);
    run->eval[run->at.n_eval++] = result;
    return OK;
}

/* Tests the tasks met so far (or all) with every draw. */
static enum status evaluate(struct run *run, int after_task, bool end, struct error *err)
{
    const struct evaluating *how = &run->cell->evaluating;
    struct rng rng = rng_at(rng_child(rng_seed(run->cell->learner_seed), "score"),
                            (uint64_t)run->at.step);
    bool all = how->future || pooled(run);
    int met = all ? run->course.n_task : run->at.stage + 1;
    int draws = how->draws > 0 ? how->draws : 1;
    double start = seconds_now();
    int64_t hits = 0, total = 0;

    for (int t = 0; t < met; t++)
        for (int draw = 0; draw < draws; draw++) {
            struct evaluation e = {.after_task = after_task, .step = run->at.step,
                                   .end = end, .task = t, .draw = draw};
            struct rng own = rng_at(rng_at(rng, (uint64_t)t), (uint64_t)draw);

            if (test_task(run, e, own, err) != OK)
                return err->status;
            hits += run->eval[run->at.n_eval - 1].hits;
            total += run->eval[run->at.n_eval - 1].total;
        }
    run->at.eval_seconds += seconds_now() - start;
    if (run->gauge)
        run->gauge->accuracy = (int)(10000 * hits / total);
    return OK;
}

/* Where batch i of the stage stands: its epoch and pass, and its number in the feed. */
static int64_t locate(const struct run *run, int64_t i, struct progress *progress)
{
    int64_t once = run->stage_batches / passes(run), epoch;

    if (run->cell->training.steps) {
        progress->pass = (int)(i / once);
        return i % once;
    }
    epoch = i / (run->feed.per_epoch * passes(run));
    progress->epoch = (int)epoch;
    progress->pass = (int)(i / run->feed.per_epoch % passes(run));
    return epoch * run->feed.per_epoch + i % run->feed.per_epoch;
}

static enum status note_loss(struct run *run, double loss, struct error *err)
{
    struct position *at = &run->at;

    at->loss_sum += loss;
    at->n_loss_sum++;
    if (!isfinite(loss))
        return error_set(err, ERR_DIVERGED, "the loss was not finite at step %lld",
                         (long long)at->step);
    if (at->step % run->loss_every != 0)
        return OK;
    if (!grow((void **)&run->loss, at->n_loss, sizeof *run->loss))
        return out_of_memory(err);
    run->loss[at->n_loss++] =
        (struct loss_point){at->step, at->stage, at->loss_sum / at->n_loss_sum};
    at->loss_sum = 0;
    at->n_loss_sum = 0;
    return OK;
}

/* One batch: drawn, mixed, converted, trained on. */
static enum status train_batch(struct run *run, struct error *err)
{
    const struct cell *cell = run->cell;
    struct rng seed = rng_seed(cell->learner_seed);
    struct progress progress = {.task = run->at.stage, .step = run->at.step,
                                .n_step = run->n_step};
    struct draft *draft = &run->draft;
    double start = seconds_now(), loss;
    struct batch batch;

    draft->n = 0;
    feed_batch(&run->feed, locate(run, run->at.batch, &progress), draft);
    if (cell->strategy->mix)
        cell->strategy->mix(run->strategy, draft, run->at.stage,
                            rng_at(rng_child(seed, "strategy"), (uint64_t)run->at.step));
    assert(draft->n <= draft->n_max);
    batch = (struct batch){mat_rows(run->x, 0, draft->n), draft->y, draft->task,
                           run->course.among, draft->weight, progress};
    course_convert(&run->course, draft->pixel, batch.x);
    loss = (double)cell->learner->train(
        run->learner, &batch, rng_at(rng_child(seed, "train"), (uint64_t)run->at.step));
    run->at.samples += draft->n;
    run->at.step++;
    run->at.batch++;
    run->at.train_seconds += seconds_now() - start;
    return note_loss(run, loss, err);
}

static void show(const struct run *run)
{
    if (!run->gauge)
        return;
    run->gauge->task = run->at.stage;
    run->gauge->step = run->at.step;
    run->gauge->samples = (int64_t)run->at.samples;
}

static void read_row(const void *from, int i, uint8_t *pixel, int32_t *y)
{
    const struct run *run = from;

    course_read(&run->course, run->at.stage, PART_TRAIN, i, pixel, y);
}

static enum status end_stage(struct run *run, struct error *err)
{
    const struct cell *cell = run->cell;
    int stage = run->at.stage;
    struct task_view view = {stage, run->course.train[stage].n, run, read_row};
    struct rng rng = rng_child(rng_seed(cell->learner_seed), "task end");

    if (cell->strategy->task_end)
        cell->strategy->task_end(run->strategy, &view, rng_at(rng, (uint64_t)stage));
    if (evaluate(run, pooled(run) ? run->course.n_task : stage + 1, true, err) != OK)
        return err->status;
    run->at.stage++;
    run->at.batch = 0;
    return OK;
}

/* The clocks of a run that is continued go on from where they stood. */
struct clock {
    double wall, cpu, saved;
};

static void read_clocks(struct run *run, struct clock *clock)
{
    double wall = seconds_now(), cpu = cpu_now();

    run->at.wall_seconds += wall - clock->wall;
    run->at.cpu_seconds += cpu - clock->cpu;
    clock->wall = wall;
    clock->cpu = cpu;
}

/* Saves a checkpoint when one is due, and when the run must stop here. */
static enum status pause_here(struct run *run, struct clock *clock, struct error *err)
{
    double limit = run->cell->limits.time;
    bool stop = run->stop && *run->stop, late;

    read_clocks(run, clock);
    late = limit > 0 && run->at.wall_seconds > limit;
    if (run->checkpoint &&
        (stop || late || clock->wall - clock->saved >= run->checkpoint_seconds)) {
        if (checkpoint_save(run, run->checkpoint, err) != OK)
            return err->status;
        clock->saved = clock->wall;
    }
    if (stop)
        return error_set(err, ERR_INTERRUPTED, "interrupted at step %lld",
                         (long long)run->at.step);
    if (late)
        return error_set(err, ERR_TIME, "took longer than the limit of %g s", limit);
    return OK;
}

static bool due(const struct run *run)
{
    int every = run->cell->evaluating.every;

    return every && run->at.step % every == 0 && run->at.batch < run->stage_batches;
}

static enum status train_stage(struct run *run, struct clock *clock, struct error *err)
{
    size_t mark = arena_mark(&run->data);

    if (open_feed(run, err) != OK)
        return err->status;
    run->stage_batches = count_batches(run);
    course_stage(&run->course, pooled(run) ? run->course.n_task - 1 : run->at.stage);
    if (run->at.batch == 0 && run->at.stage > 0 &&
        run->cell->training.optimizer_state == OPTIMIZER_RESET)
        arena_clear(&run->memory, TAG_OPTIMIZER);
    while (run->at.batch < run->stage_batches) {
        if (train_batch(run, err) != OK ||
            (due(run) && evaluate(run, run->at.stage, false, err) != OK))
            return err->status;
        show(run);
        if (pause_here(run, clock, err) != OK)
            return err->status;
    }
    if (end_stage(run, err) != OK)
        return err->status;
    arena_release(&run->data, mark);
    return OK;
}

enum status run_go(struct run *run, struct error *err)
{
    struct clock clock;

    if (run->checkpoint && checkpoint_load(run, run->checkpoint, err) != OK)
        return err->status;
    clock = (struct clock){seconds_now(), cpu_now(), seconds_now()};
    if (run->gauge) {
        run->gauge->n_step = run->n_step;
        run->gauge->n_task = run->n_stage;
        run->gauge->accuracy = -1;
    }
    show(run);
    if (run->at.step == 0 && run->cell->evaluating.future && !pooled(run) &&
        evaluate(run, 0, true, err) != OK)
        return err->status;
    while (run->at.stage < run->n_stage)
        if (train_stage(run, &clock, err) != OK)
            break;
    read_clocks(run, &clock);
    return err->status;
}

double run_work(const struct run *run)
{
    const struct learner *plug = run->cell->learner;

    return plug->flops(run->learner) * (double)(run->n_step - run->at.step) *
           run->cell->training.batch;
}

/* FNV-1a over the bits of the weights. */
static uint64_t hash_weights(struct vec w)
{
    const unsigned char *byte = (const unsigned char *)w.at;
    uint64_t hash = 0xcbf29ce484222325u;

    for (size_t i = 0; i < w.n * sizeof *w.at; i++)
        hash = (hash ^ byte[i]) * 0x100000001b3u;
    return hash;
}

void run_outcome(const struct run *run, struct outcome *outcome)
{
    struct vec w = run->cell->learner->weights(run->learner);

    outcome->n_task = run->course.n_task;
    outcome->eval = run->eval;
    outcome->n_eval = run->at.n_eval;
    outcome->peak = run->memory.peak;
    outcome->parameters = (int64_t)w.n;
    outcome->train_flops = run->cell->learner->flops(run->learner) * run->at.samples;
    outcome->weights_hash = hash_weights(w);
    outcome->train_seconds = run->at.train_seconds;
    outcome->eval_seconds = run->at.eval_seconds;
    outcome->samples = run->at.samples;
    outcome->cpu_seconds = run->at.cpu_seconds;
}
