/* Memory-aware synapses (Aljundi et al. 2018, arXiv:1711.09601, eq. 2-4).
 *
 *   Omega_i += mean over images of |d ||z||^2 / dw_i|,  z the logits that compete
 *   loss + lambda sum_i Omega_i (w_i - w*_i)^2
 *
 * The gradient of ||z||^2 comes from the learner's grad: labels have weight 0, and the n
 * logits that compete are matched to 0, with the loss sum_k z_k^2 / n. */
#include <stddef.h>
#include <tgmath.h>

#include "baselines/strategies/example_gradients.h"
#include "baselines/strategies/penalty.h"
#include "core/plug/strategy.h"

struct mas {
    double strength; /* options */
    int rows;

    const struct learner_handle *handle;
    struct penalty penalty;
    struct example_gradients examples;
    real *zero, *spare; /* n_out */
};

static const struct param params[] = {
    {"strength", PARAM_NUMBER, offsetof(struct mas, strength), "1", 0, 1e15, NULL,
     "lambda", .alias = "lambda"},
    {"rows", PARAM_INT, offsetof(struct mas, rows), "500", 0, 1e9, NULL,
     "images that the importance is measured on; 0 = all of the task"},
    {0},
};

static enum status attach(void *self, const struct learner_handle *handle,
                          struct error *err)
{
    struct mas *mas = self;
    size_t n = (size_t)handle->n_out;

    if (handle_batch_norms(handle))
        return error_set(err, ERR_USAGE,
                         "mas: importance is measured on single images, which a batch "
                         "norm has no statistics of; take a net without, or `si`");
    mas->handle = handle;
    mas->zero = arena_take(handle->arena, TAG_FIXED, n, sizeof(real));
    mas->spare = arena_take(handle->arena, TAG_SCRATCH, n, sizeof(real));
    if (examples_take(&mas->examples, handle, mas->rows, err) != OK)
        return err->status;
    return penalty_take(&mas->penalty, handle, 2 * mas->strength, err);
}

static void before(void *self, struct vec w, real *g, double rate)
{
    penalty_add_gradient(&((struct mas *)self)->penalty, w, g, rate);
}

struct looking {
    const struct mas *mas;
    real share;
};

static void visit(void *context, const struct batch *one, struct rng rng)
{
    const struct looking *at = context;
    const struct mas *mas = at->mas;
    struct classes competing = one->competing[*one->task];
    float nothing = 0, n_competing = 0;
    struct soft soft = {.target = mat_of(mas->zero, 1, mas->handle->n_out),
                        .match = &n_competing,
                        .spare = mas->spare};
    struct batch quiet = *one;

    for (int k = 0; k < competing.n; k++)
        n_competing += competing.on[k];
    quiet.weight = &nothing;
    quiet.soft = &soft;
    handle_grad(mas->handle, &quiet, rng, mas->examples.g);
    for (size_t i = 0; i < mas->penalty.w.n; i++)
        mas->penalty.importance[i] += at->share * fabs(mas->examples.g[i]);
}

static void task_end(void *self, const struct task_view *task, struct rng rng)
{
    const struct mas *mas = self;
    struct looking at = {mas, 1 / (real)examples_count(&mas->examples, task->n)};

    examples_visit(&mas->examples, task, rng, visit, &at);
    penalty_move_centre(&mas->penalty);
}

static void count(const void *self, struct strategy_rows *rows)
{
    const struct mas *mas = self;

    rows->trained += examples_count(&mas->examples, rows->images);
}

const struct strategy strategy_mas = {
    .name = "mas",
    .about = "memory-aware synapses: weights are held by how much the outputs depend on "
             "them",
    .source = "Aljundi et al. 2018, arXiv:1711.09601",
    .params = params,
    .size = sizeof(struct mas),
    .train_on = TRAIN_ON_TASK,
    .needs = CAN_HOOK | CAN_SOFT | CAN_GRAD,
    .why = "importance is the gradient of the squared logits, which this learner does "
           "not have; take `si`",
    .attach = attach,
    .before = before,
    .count = count,
    .task_end = task_end,
    .returns = true,
};
