/* A control for NoProp-DT: T classifiers of the same block, each trained alone by
 * cross-entropy, their probabilities averaged. Where NoProp's blocks get a noisy label
 * these get noise alone, z ~ N(0, I), and nothing is denoised: what NoProp gains over one
 * block beyond this, it gains by its chain.
 *
 *   block t   cross-entropy of softmax(logits_t(x, z))
 *   score     log of the mean over t of softmax(logits_t), over the classes that compete
 */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "core/nn/loss.h"
#include "noprop/model.h"

struct ensemble {
    struct model model; /* first: model_weights */

    struct model_options options;
    int blocks, norm;

    real *loss;        /* blocks */
    struct mat chance; /* n_score x m */
};

static const struct param params[] = {
    {"blocks", PARAM_INT, offsetof(struct ensemble, blocks), "10", 1, 1000, NULL,
     "T, the number of classifiers"},
    {"norm", PARAM_CHOICE, offsetof(struct ensemble, norm), "batch", 0, 0, norm_names,
     "in the branches: batch norm as in the paper, layer norm, or none"},
    MODEL_BLOCK_PARAMS(struct ensemble, options),
    MODEL_OPTIM_PARAMS(struct ensemble, options, "adamw"),
    {0},
};

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct ensemble *net = self;
    struct model_spec spec = {.form = BLOCK_DISCRETE,
                              .norm = (enum norm)net->norm,
                              .n_block = net->blocks,
                              .headless = true,
                              .n_work = env->n_thread < net->blocks ? env->n_thread
                                                                    : net->blocks};

    if (model_open(&net->model, &net->options, &spec, env, err) != OK)
        return err->status;
    net->loss = arena_take(env->arena, TAG_SCRATCH, (size_t)net->blocks, sizeof(real));
    net->chance = mat_take(env->arena, TAG_SCRATCH, env->n_score, net->model.m);
    return arena_check(env->arena, err);
}

struct update {
    const struct ensemble *net;
    const struct batch *batch;
    struct rng rng;
};

static void noise(struct mat z, struct rng rng)
{
    struct rng own = rng_child(rng, "z");

    rng_normal(&own, z.data, (size_t)z.rows * (size_t)z.cols, 1);
}

static real gradient(const struct update *update, const struct model_work *work, int t,
                     enum net_mode mode, real *g)
{
    const struct model *model = &update->net->model;
    const struct batch *batch = update->batch;
    struct rng rng = rng_at(update->rng, (uint64_t)t);
    struct block_input in = {batch->x, mat_rows(work->z, 0, batch->x.rows), {0}};
    const real *w = model_block(model, t).data;
    struct mat logit;
    real loss;

    noise(in.z, rng);
    logit = block_forward(&model->block, w, model_state(model, t), &work->block, in, mode,
                          rng);
    loss = loss_cross_entropy(logit, batch);
    block_backward(&model->block, w, &work->block, in, logit, g, rng);
    return loss;
}

static void train_block(void *context, int worker, int item)
{
    const struct update *update = context;
    const struct model *model = &update->net->model;
    const struct model_work *own = &model->work[worker];

    update->net->loss[item] = gradient(update, own, item + 1, NET_TRAIN, own->g);
    optim_step(&model->optim[item], own->g, update->batch->progress);
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct ensemble *net = self;
    struct update update = {net, batch, rng};
    real loss = 0;

    threads_run(net->model.threads, net->blocks, train_block, &update);
    for (int t = 0; t < net->blocks; t++)
        loss += net->loss[t];
    return loss;
}

static real grad(void *self, const struct batch *batch, struct rng rng, real *g)
{
    const struct ensemble *net = self;
    struct update update = {net, batch, rng};
    real loss = 0;

    for (int t = 1; t <= net->blocks; t++)
        loss += gradient(&update, &net->model.work[0], t, NET_MEASURE,
                         g + (size_t)(t - 1) * net->model.block.n_weight);
    return loss;
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct ensemble *net = self;
    const struct model *model = &net->model;
    const struct model_work *work = &model->work[0];
    struct mat z = mat_rows(work->z, 0, x.rows), sum = mat_rows(net->chance, 0, x.rows);

    memset(sum.data, 0, (size_t)x.rows * (size_t)sum.cols * sizeof(real));
    for (int t = 1; t <= net->blocks; t++) {
        real *w = model_block(model, t).data, *state = model_state(model, t);
        struct mat p;

        noise(z, rng_at(rng, (uint64_t)t));
        block_encode(&model->block, w, state, &work->block, x);
        p = block_predict(&model->block, w, state, &work->block, z, NULL);
        for (int i = 0; i < p.rows; i++) {
            softmax_row(mat_row(p, i), competing.on, p.cols);
            for (int k = 0; k < p.cols; k++)
                mat_row(sum, i)[k] += mat_row(p, i)[k] / (real)net->blocks;
        }
    }
    for (int i = 0; i < x.rows; i++)
        for (int k = 0; k < out.cols; k++)
            mat_row(out, i)[k] = (real)log((double)mat_row(sum, i)[k] + 1e-37);
}

static double flops(const void *self)
{
    const struct ensemble *net = self;

    return net->blocks * block_flops(&net->model.block);
}

static double score_flops(const void *self)
{
    const struct ensemble *net = self;
    const struct block *block = &net->model.block;

    return net->blocks * (block_flops_encode(block) + block_flops_predict(block));
}

const struct learner learner_noprop_ensemble = {
    .name = "noprop-ensemble",
    .about = "T blocks of NoProp as plain classifiers, averaged: a control",
    .source = "control for Li, Teh & Pascanu 2025, arXiv:2503.24322v2",
    .params = params,
    .size = sizeof(struct ensemble),
    .can = CAN_HOOK,
    .init = init,
    .train = train,
    .score = score,
    .weights = model_weights,
    .n_feature = model_n_feature,
    .features = model_features,
    .flops = flops,
    .score_flops = score_flops,
    .grad = grad,
    .blocks_in_memory = model_blocks_in_memory,
    .batch_norms = model_batch_norms,
};
