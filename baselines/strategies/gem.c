/* Gradient episodic memory (Lopez-Paz & Ranzato 2017, arXiv:1706.08840, eq. 8-11): the
 * step nearest to the gradient g of the batch along which the loss on the stored images
 * of no past task rises, to first order. With the gradients of the past tasks as the rows
 * of G it is
 *
 *   g + G'v,  v = argmin 1/2 v'G G'v + (G g)'v  with v >= margin
 *
 * where some G_t . g < 0, and g otherwise. As in the authors' program 1e-3 is added to
 * the diagonal of G G', and a positive margin goes further than needed, so that the past
 * improves.
 *
 * The memory of a task holds its latest images; all of them are in its gradient. */
#include <stddef.h>

#include "baselines/strategies/memory.h"
#include "baselines/strategies/quadratic_program.h"

struct gem {
    int per_task; /* options */
    double margin;

    struct memory memory;
    const struct learner_handle *handle;
    int batch, n_task;
    int32_t *ended;              /* tasks */
    int32_t *first;              /* n_task + 1: slots of each task that ended */
    struct batch_builder stored; /* per_task rows: scratch */
    struct mat x;
    struct mat past; /* n_task - 1 gradients */
    real *g;
    struct quadratic_program qp;
};

static const struct param params[] = {
    {"buffer.per_task", PARAM_INT, offsetof(struct gem, per_task), "256", 1, 1e4, NULL,
     "images of each task, the latest"},
    {"margin", PARAM_NUMBER, offsetof(struct gem, margin), "0.5", 0, 1e3, NULL,
     "least weight of a past task's gradient in a step that is changed"},
    {0},
};

static enum status init(void *self, const struct strategy_env *env, struct error *err)
{
    struct gem *gem = self;
    struct arena *arena = env->arena;
    struct memory_spec spec = {
        .policy = MEMORY_RING, .images = gem->per_task * env->n_task, .by_task = true};

    gem->batch = env->batch;
    gem->n_task = env->n_task;
    gem->ended = arena_take(arena, TAG_STATE, 1, sizeof *gem->ended);
    gem->first =
        arena_take(arena, TAG_STATE, (size_t)env->n_task + 1, sizeof *gem->first);
    memory_take_builder(&gem->stored, gem->per_task, env);
    gem->x = mat_take(arena, TAG_SCRATCH, gem->per_task, env->n_pixel);
    qp_take(&gem->qp, env->n_task - 1, arena);
    return memory_init(&gem->memory, &spec, env, err);
}

/* A gradient is taken on a whole memory. */
static int extra_rows(const void *self)
{
    const struct gem *gem = self;

    return memory_rows_beyond(gem->per_task, gem->batch);
}

static enum status attach(void *self, const struct learner_handle *handle,
                          struct error *err)
{
    struct gem *gem = self;

    gem->handle = handle;
    gem->g = arena_take(handle->arena, TAG_GRADIENT, handle->w.n, sizeof(real));
    gem->past = mat_take(handle->arena, TAG_GRADIENT, gem->n_task - 1, (int)handle->w.n);
    return arena_check(handle->arena, err);
}

static void mix(void *self, struct batch_builder *builder, int task, struct rng rng)
{
    struct gem *gem = self;

    for (int i = 0; i < builder->n; i++)
        memory_offer(&gem->memory,
                     builder->pixel + (size_t)i * (size_t)gem->memory.n_pixel,
                     builder->y[i], builder->task[i], &rng);
}

/* The gradient on all stored images of a past task, into its row. */
static void recall(struct gem *gem, int task, const struct batch *batch, struct rng rng)
{
    struct batch_builder stored = gem->stored;

    for (int slot = gem->first[task]; slot < gem->first[task + 1]; slot++)
        memory_add(&gem->memory, &stored, slot);
    memory_gradient(gem->handle, stored, gem->x, batch, rng_at(rng, (uint64_t)task),
                    mat_row(gem->past, task));
}

/* G g into q; whether one of them is negative. */
static bool disagrees(const struct gem *gem, int n)
{
    bool any = false;

    for (int t = 0; t < n; t++) {
        gem->qp.q[t] = qp_dot(mat_row(gem->past, t), gem->g, gem->handle->w.n);
        any = any || gem->qp.q[t] < 0;
    }
    return any;
}

/* v = u + margin makes it a program with u >= 0, with the slope G g + P margin. */
static void turn(const struct gem *gem, int n)
{
    const struct quadratic_program *qp = &gem->qp;
    size_t n_weight = gem->handle->w.n;

    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            qp->p[i * n + j] = qp->p[j * n + i] =
                qp_dot(mat_row(gem->past, i), mat_row(gem->past, j), n_weight) +
                (i == j ? 1e-3 : 0);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            qp->q[i] += qp->p[i * n + j] * gem->margin;
    qp_solve(qp, n);
    for (int t = 0; t < n; t++) {
        const real *past = mat_row(gem->past, t);
        real v = (real)(qp->v[t] + gem->margin);

        for (size_t i = 0; i < n_weight; i++)
            gem->g[i] += v * past[i];
    }
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    struct gem *gem = self;
    real loss;

    for (int t = 0; t < *gem->ended; t++)
        recall(gem, t, batch, rng_child(rng, "past"));
    loss = handle_grad(gem->handle, batch, rng, gem->g); /* last, as step requires */
    if (disagrees(gem, *gem->ended))
        turn(gem, *gem->ended);
    handle_step(gem->handle, gem->g, batch->progress);
    return loss;
}

static void task_end(void *self, const struct task_view *task, struct rng rng)
{
    struct gem *gem = self;

    gem->first[++*gem->ended] = *gem->memory.stored;
}

/* In each batch the memories of all past tasks. */
static void count(const void *self, struct strategy_rows *rows)
{
    double stored = ((const struct gem *)self)->per_task;

    if (stored > rows->drawn)
        stored = rows->drawn;
    rows->trained += rows->batches * rows->task * stored;
}

const struct strategy strategy_gem = {
    .name = "gem",
    .about = "gradient episodic memory: no step that makes any past task worse",
    .source = "Lopez-Paz & Ranzato 2017, arXiv:1706.08840",
    .params = params,
    .size = sizeof(struct gem),
    .train_on = TRAIN_ON_TASK,
    .needs = CAN_STEP,
    .why = memory_why_step,
    .init = init,
    .extra_rows = extra_rows,
    .attach = attach,
    .mix = mix,
    .count = count,
    .train = train,
    .task_end = task_end,
};
