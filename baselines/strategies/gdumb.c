/* GDumb (Prabhu, Torr & Dokania 2020): a greedy, balanced memory of the training images,
 * and whenever a task ends a new learner trained on that memory alone. Evaluations within
 * a task are of the learner of the task before.
 *
 * The learner keeps its own optimiser in place of the paper's (SGD with cosine annealing:
 * options of the learner); no augmentation. */
#include <stddef.h>
#include <string.h>

#include "baselines/strategies/memory.h"

struct gdumb {
    int size, epochs; /* options */

    struct memory memory;
    const struct learner_handle *handle;
    struct batch_builder builder; /* batch rows, scratch */
    struct mat x;
    int32_t *order; /* capacity, scratch */
    double *loss;   /* of the last epoch */
};

static const struct param params[] = {
    {"buffer", PARAM_INT, offsetof(struct gdumb, size), "500", 0, 1e8, NULL,
     "images in all, equal shares of the classes so far"},
    {"epochs", PARAM_INT, offsetof(struct gdumb, epochs), "50", 1, 1e6, NULL,
     "over the memory, whenever a task ends"},
    {0},
};

static enum status init(void *self, const struct strategy_env *env, struct error *err)
{
    struct gdumb *g = self;
    struct memory_spec spec = {.policy = MEMORY_GREEDY, .images = g->size};
    struct arena *arena = env->arena;

    if (memory_init(&g->memory, &spec, env, err) != OK)
        return err->status;
    memory_take_builder(&g->builder, env->batch, env);
    g->x = mat_take(arena, TAG_SCRATCH, env->batch, env->n_pixel);
    g->order =
        arena_take(arena, TAG_SCRATCH, (size_t)g->memory.capacity, sizeof *g->order);
    g->loss = arena_take(arena, TAG_STATE, 1, sizeof *g->loss);
    return arena_check(arena, err);
}

static enum status attach(void *self, const struct learner_handle *handle,
                          struct error *err)
{
    ((struct gdumb *)self)->handle = handle;
    return OK;
}

/* Rows are only offered to the memory, not trained on. */
static void mix(void *self, struct batch_builder *builder, int task, struct rng rng)
{
    struct gdumb *g = self;

    for (int i = 0; i < builder->n; i++)
        memory_offer(&g->memory, builder->pixel + (size_t)i * (size_t)g->memory.n_pixel,
                     builder->y[i], builder->task[i], &rng);
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    return (real) * ((struct gdumb *)self)->loss;
}

static real train_rows(struct gdumb *g, int first, int n, struct progress progress,
                       struct rng rng)
{
    struct batch_builder builder = g->builder;
    struct batch batch = {.x = mat_rows(g->x, 0, n),
                          .y = builder.y,
                          .task = builder.task,
                          .competing = g->handle->competing,
                          .progress = progress};

    for (int i = 0; i < n; i++)
        memory_add(&g->memory, &builder, g->order[first + i]);
    handle_convert(g->handle, builder.pixel, batch.x);
    return handle_train(g->handle, &batch, rng);
}

static int passes(const struct gdumb *g, int epoch)
{
    const struct learner *plug = g->handle->plug;

    return plug->passes ? plug->passes(g->handle->self, epoch) : 1;
}

/* Trains on the memory in a new order, batch by batch; returns the mean loss. */
static double train_pass(struct gdumb *g, struct progress *progress, struct rng rng)
{
    int n = *g->memory.stored, most = g->builder.n_max;
    struct rng shuffle = rng_child(rng, "order");
    double loss = 0;

    for (int i = 0; i < n; i++)
        g->order[i] = i;
    rng_shuffle(&shuffle, g->order, n);
    for (int first = 0; first < n; first += most) {
        int rows = n - first < most ? n - first : most;

        loss += rows * (double)train_rows(g, first, rows, *progress,
                                          rng_at(rng, (uint64_t)first));
        progress->step++;
        progress->task_step++;
    }
    return loss / n;
}

static void task_end(void *self, const struct task_view *task, struct rng rng)
{
    struct gdumb *g = self;
    int n = *g->memory.stored, most = g->builder.n_max;
    struct progress progress = {.task = task->task};

    for (int e = 0; e < g->epochs; e++)
        progress.n_step += (int64_t)passes(g, e) * ((n + most - 1) / most);
    progress.n_task_step = progress.n_step;
    g->handle->reset(g->handle->harness, rng_child(rng, "weights"));
    g->handle->begin_again(g->handle->harness);
    for (progress.epoch = 0; progress.epoch < g->epochs; progress.epoch++)
        for (progress.pass = 0; progress.pass < passes(g, progress.epoch);
             progress.pass++)
            *g->loss = train_pass(g, &progress, rng_at(rng, (uint64_t)progress.step));
}

/* The memory alone is trained on, in epochs of its own. */
static void count(const void *self, struct strategy_rows *rows)
{
    const struct gdumb *g = self;
    struct progress at = {0};
    double flops = 0;

    for (; at.epoch < g->epochs; at.epoch++)
        for (at.pass = 0; at.pass < passes(g, at.epoch); at.pass++)
            flops += handle_train_flops(g->handle, at);
    rows->trained = memory_count_stored(&g->memory, (rows->task + 1) * rows->drawn) *
                    flops / rows->row_flops;
}

const struct strategy strategy_gdumb = {
    .name = "gdumb",
    .about = "a balanced memory, and a new learner trained on it whenever a task ends",
    .source = "Prabhu, Torr & Dokania 2020, ECCV",
    .params = params,
    .size = sizeof(struct gdumb),
    .train_on = TRAIN_ON_TASK,
    .init = init,
    .attach = attach,
    .mix = mix,
    .count = count,
    .train = train,
    .task_end = task_end,
};
