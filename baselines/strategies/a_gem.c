/* Averaged gradient episodic memory (Chaudhry et al. 2019, arXiv:1812.00420, eq. 11): the
 * gradient g of the batch is projected so that the loss on stored images of past tasks,
 * with gradient r, does not rise to first order:
 *
 *   g <- g - (g . r) / (r . r + 1e-7) r   where g . r < 0
 *
 * The rows of r are drawn for every batch, from images of each class that were drawn when
 * its task ended; the 1e-7 is van de Ven et al.'s. */
#include <stddef.h>

#include "baselines/strategies/memory.h"
#include "baselines/strategies/quadratic_program.h"

struct a_gem {
    int per_class, rows; /* options */

    struct memory memory;
    const struct learner_handle *handle;
    int batch;
    struct batch_builder past; /* rows drawn in mix, for train: scratch */
    int32_t *n_past;
    struct mat x;
    real *g, *r; /* w.n */
};

static const struct param params[] = {
    {"buffer.per_class", PARAM_INT, offsetof(struct a_gem, per_class), "100", 1, 1e6,
     NULL, "images of each class, drawn when its task ends"},
    {"rows", PARAM_INT, offsetof(struct a_gem, rows), "0", 0, 1e6, NULL,
     "stored images for the gradient r; 0 = as many as a batch has"},
    {0},
};

static enum status init(void *self, const struct strategy_env *env, struct error *err)
{
    struct a_gem *a = self;
    struct memory_spec spec = {.policy = MEMORY_BOUNDARY, .images = a->per_class};
    struct arena *arena = env->arena;

    a->batch = env->batch;
    if (a->rows == 0)
        a->rows = env->batch;
    memory_take_builder(&a->past, a->rows, env);
    a->n_past = arena_take(arena, TAG_SCRATCH, 1, sizeof *a->n_past);
    a->x = mat_take(arena, TAG_SCRATCH, a->rows, env->n_pixel);
    return memory_init(&a->memory, &spec, env, err);
}

/* Of the gradient r, beyond those of a batch. */
static int extra_rows(const void *self)
{
    const struct a_gem *a = self;

    return memory_rows_beyond(a->rows, a->batch);
}

static enum status attach(void *self, const struct learner_handle *handle,
                          struct error *err)
{
    struct a_gem *a = self;

    a->handle = handle;
    a->g = arena_take(handle->arena, TAG_GRADIENT, handle->w.n, sizeof(real));
    a->r = arena_take(handle->arena, TAG_GRADIENT, handle->w.n, sizeof(real));
    return arena_check(handle->arena, err);
}

static void mix(void *self, struct batch_builder *builder, int task, struct rng rng)
{
    struct a_gem *a = self;
    struct batch_builder past = a->past;

    memory_draw(&a->memory, &past, 0, *a->memory.stored, a->rows, NULL, &rng);
    *a->n_past = past.n;
}

static void project(const struct a_gem *a)
{
    size_t n = a->handle->w.n;
    double along = qp_dot(a->g, a->r, n);
    real share = (real)(along / (qp_dot(a->r, a->r, n) + 1e-7));

    for (size_t i = 0; along < 0 && i < n; i++)
        a->g[i] -= share * a->r[i];
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    struct a_gem *a = self;
    struct batch_builder past = a->past;
    real loss;

    past.n = *a->n_past;
    if (past.n > 0)
        memory_gradient(a->handle, past, a->x, batch, rng_child(rng, "past"), a->r);
    loss = handle_grad(a->handle, batch, rng, a->g); /* last, as step requires */
    if (past.n > 0)
        project(a);
    handle_step(a->handle, a->g, batch->progress);
    return loss;
}

static void task_end(void *self, const struct task_view *view, struct rng rng)
{
    memory_end_task(&((struct a_gem *)self)->memory, view, rng);
}

static void count(const void *self, struct strategy_rows *rows)
{
    if (rows->task > 0)
        rows->trained += rows->batches * ((const struct a_gem *)self)->rows;
}

const struct strategy strategy_a_gem = {
    .name = "a-gem",
    .about = "averaged gradient episodic memory: no step that makes the past worse",
    .source = "Chaudhry et al. 2019, arXiv:1812.00420",
    .params = params,
    .size = sizeof(struct a_gem),
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
