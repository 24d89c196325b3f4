/* What the paper compares with: back-propagation through the same T blocks, end to end
 * (Li, Teh & Pascanu 2025, arXiv:2503.24322v2, section 4.1, eq. 17-19).
 *
 *   z_0 ~ N(0, I),  z_t = (1 - A_t) z_{t-1} + A_t uhat_t(z_{t-1}, x),  A_t = tanh(w_t)
 *
 * with w_t learned (the paper gives no initial value; here A_t = 1/2)
 * and the cross-entropy of the head on z_T as the only loss: `flow: head` is `flow: all`.
 * Blocks, mixture, embeddings and head are those of NoProp-DT.
 *
 * `recompute: yes` keeps only the labels z_t and runs every block's forward pass again
 * in the backward pass: one block's activations instead of T, for a third more
 * work, to the same bits (Chen et al. 2016, arXiv:1604.06174). */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "noprop/model.h"

struct unrolled {
    struct model model; /* first: model_weights, model_task_begin */

    struct model_options options;
    int blocks, norm;
    bool recompute;

    struct mat *z; /* blocks + 1: z_0 .. z_T, n_train x d each */
    struct mat dz; /* n_train x d */
};

static const struct param params[] = {
    {"blocks", PARAM_INT, offsetof(struct unrolled, blocks), "10", 1, 1000, NULL,
     "T, the number of blocks in sequence"},
    {"norm", PARAM_CHOICE, offsetof(struct unrolled, norm), "batch", 0, 0, norm_names,
     "in the branches: batch norm as in the paper, layer norm, or none"},
    {"recompute", PARAM_BOOL, offsetof(struct unrolled, recompute), "no", 0, 0, NULL,
     "repeat each block's forward pass when going back, to keep one block's activations"},
    MODEL_PARAMS(struct unrolled, options, "head", "adamw"),
    {0},
};

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct unrolled *net = self;
    struct arena *arena = env->arena;
    size_t n_z = (size_t)net->blocks + 1;
    struct model_spec spec = {.form = BLOCK_DISCRETE,
                              .norm = (enum norm)net->norm,
                              .n_block = net->blocks,
                              .n_work = net->recompute ? 1 : net->blocks,
                              .in_sequence = true,
                              .want_dz = true,
                              .n_extra = (size_t)net->blocks};

    if (model_open(&net->model, &net->options, &spec, env, err) != OK)
        return err->status;
    net->z = arena_take(arena, TAG_FIXED, n_z, sizeof *net->z);
    for (size_t t = 0; net->z && t < n_z; t++)
        net->z[t] = mat_take(arena, TAG_ACTIVATION, env->n_train, net->model.d);
    net->dz = mat_take(arena, TAG_SCRATCH, env->n_train, net->model.d);
    if (arena_check(arena, err) != OK)
        return err->status;
    for (int t = 0; t < net->blocks; t++)
        net->model.w.data[net->model.extra + (size_t)t] = (real)atanh(0.5);
    return OK;
}

static real mixing(const struct unrolled *net, int t) /* A_t */
{
    return (real)tanh((double)net->model.w.data[net->model.extra + (size_t)t - 1]);
}

/* One batch, forward and back. */
struct pass {
    const struct unrolled *net;
    const struct batch *batch;
    enum net_mode mode;
    struct rng rng;
};

static const struct model_work *work_of(const struct unrolled *net, int t)
{
    return &net->model.work[net->recompute ? 0 : t - 1];
}

static struct block_input input(const struct pass *pass, int t)
{
    int n = pass->batch->x.rows;

    return (struct block_input){pass->batch->x, mat_rows(pass->net->z[t - 1], 0, n), {0}};
}

/* uhat_t; and p_t, which lies in the work of the block. */
static struct mat predict(const struct pass *pass, int t, enum net_mode mode,
                          struct mat *p)
{
    const struct model *model = &pass->net->model;
    const struct model_work *work = work_of(pass->net, t);
    struct mat u = mat_rows(work->u, 0, pass->batch->x.rows);

    *p =
        block_forward(&model->block, model_block(model, t).data, model_state(model, t),
                      &work->block, input(pass, t), mode, rng_at(pass->rng, (uint64_t)t));
    mixture_forward(&model->mixture, *p, u, (struct active_classes){pass->batch, NULL});
    return u;
}

/* to = (1 - A) z + A u */
static void mix(struct mat to, struct mat z, struct mat u, real a)
{
    for (int i = 0; i < to.rows; i++)
        for (int j = 0; j < to.cols; j++)
            mat_row(to, i)[j] = (1 - a) * mat_row(z, i)[j] + a * mat_row(u, i)[j];
}

static void forward(const struct pass *pass)
{
    const struct unrolled *net = pass->net;
    struct mat z = mat_rows(net->z[0], 0, pass->batch->x.rows), p;
    struct rng start = rng_child(pass->rng, "z_0");

    rng_normal(&start, z.data, (size_t)z.rows * (size_t)z.cols, 1);
    for (int t = 1; t <= net->blocks; t++) {
        struct mat u = predict(pass, t, pass->mode, &p);

        z = mat_rows(net->z[t], 0, z.rows);
        mix(z, mat_rows(net->z[t - 1], 0, z.rows), u, mixing(net, t));
    }
}

/* From dz_t to dz_{t-1}, in place: dA = sum dz_t (uhat_t - z_{t-1}), dw = (1 - A^2) dA;
 * du = A dz_t; dz_{t-1} = (1 - A) dz_t + what comes through the block. */
static void backward(const struct pass *pass, int t, struct mat dz, real *g, real *dw,
                     struct mat gw)
{
    const struct unrolled *net = pass->net;
    const struct model *model = &net->model;
    const struct model_work *work = work_of(net, t);
    struct mat u = mat_rows(work->u, 0, dz.rows), p, through;
    struct block_input in = input(pass, t);
    real a = mixing(net, t), by_a = 0;

    /* mixture_forward wrote the weights of the mixture over the logits */
    p = net_output(&model->block.part[PART_FUSION], &work->block.part[PART_FUSION],
                   dz.rows);
    if (net->recompute)
        predict(pass, t, NET_MEASURE, &p);
    else
        mat_mul(u, p, model->embedding.w, false);
    for (int i = 0; i < dz.rows; i++)
        for (int j = 0; j < dz.cols; j++) {
            by_a += mat_row(dz, i)[j] * (mat_row(u, i)[j] - mat_row(in.z, i)[j]);
            mat_row(u, i)[j] = a * mat_row(dz, i)[j];
        }
    *dw = by_a * (1 - a * a);
    mixture_backward(&model->mixture, p, u, mat_rows(work->r, 0, dz.rows), gw,
                     (struct active_classes){pass->batch, NULL});
    through = block_backward(&model->block, model_block(model, t).data, &work->block, in,
                             p, g, rng_at(pass->rng, (uint64_t)t));
    for (int i = 0; i < dz.rows; i++)
        for (int j = 0; j < dz.cols; j++)
            mat_row(dz, i)[j] = (1 - a) * mat_row(dz, i)[j] + mat_row(through, i)[j];
}

/* Forward, and back to z_T; the joint part of the gradient is overwritten. */
static real begin(const struct pass *pass, real *joint_g, struct mat dz)
{
    const struct unrolled *net = pass->net;
    const struct model *model = &net->model;

    memset(joint_g, 0, (model->w.n - model->joint) * sizeof *joint_g);
    forward(pass);
    return head_gradient(&model->head, model_head(model),
                         mat_rows(net->z[net->blocks], 0, dz.rows), pass->batch, joint_g,
                         model_gw(model, joint_g), dz);
}

static real grad(void *self, const struct batch *batch, struct rng rng, real *g)
{
    const struct unrolled *net = self;
    const struct model *model = &net->model;
    struct pass pass = {net, batch, NET_MEASURE, rng};
    real *joint_g = g + model->joint, *dw = g + model->extra;
    struct mat dz = mat_rows(net->dz, 0, batch->x.rows);
    struct mat gw = model_gw(model, joint_g);
    real loss = begin(&pass, joint_g, dz);

    for (int t = net->blocks; t >= 1; t--)
        backward(&pass, t, dz, g + (size_t)(t - 1) * model->block.n_weight, &dw[t - 1],
                 gw);
    return loss;
}

/* A block is updated as soon as its gradient is known: no earlier block reads its
 * weights. */
static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct unrolled *net = self;
    const struct model *model = &net->model;
    struct pass pass = {net, batch, NET_TRAIN, rng};
    real *dw = model->joint_g + (model->extra - model->joint), loss;
    struct mat dz = mat_rows(net->dz, 0, batch->x.rows);
    struct mat gw = model_gw(model, model->joint_g);

    embedding_observe(&model->embedding, batch);
    loss = begin(&pass, model->joint_g, dz);
    for (int t = net->blocks; t >= 1; t--) {
        real *g = work_of(net, t)->g;

        backward(&pass, t, dz, g, &dw[t - 1], gw);
        optim_step(&model->optim[t - 1], g, batch->progress);
    }
    optim_step(&model->joint_optim, model->joint_g, batch->progress);
    return loss;
}

static void move(const void *self, struct mat z, struct mat u, int t, struct rng rng)
{
    mix(z, z, u, mixing(self, t));
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    model_score(self, move, x, competing, rng, out);
}

static double flops(const void *self)
{
    const struct unrolled *net = self;
    const struct block *block = &net->model.block;
    double again =
        net->recompute ? block_flops_encode(block) + block_flops_predict(block) : 0;

    return net->blocks * (block_flops(block) + again + model_flops_update(&net->model));
}

const struct learner learner_noprop_backprop = {
    .name = "noprop-backprop",
    .about = "back-propagation through the unrolled blocks of NoProp, for comparison",
    .source = "Li, Teh & Pascanu 2025, arXiv:2503.24322v2, eq. 17-19",
    .params = params,
    .size = sizeof(struct unrolled),
    .can = CAN_HOOK,
    .init = init,
    .train = train,
    .score = score,
    .weights = model_weights,
    .n_feature = model_n_feature,
    .features = model_features,
    .flops = flops,
    .score_flops = model_score_flops,
    .grad = grad,
    .blocks_in_memory = model_blocks_in_memory,
    .batch_norms = model_batch_norms,
    .task_begin = model_task_begin,
    .needs_tasks = model_needs_tasks,
};
