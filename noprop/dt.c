/* NoProp-DT: T blocks, each trained alone to denoise a noised label; no gradient crosses
 * a block (Li, Teh & Pascanu 2025, arXiv:2503.24322v2, sections 2.1-2.2, Algorithm 1).
 *
 * Training, eq. 8, with u_y the embedding of the label:
 *   z_{t-1} ~ q(z_{t-1} | y) = N(sqrt(abar_{t-1}) u_y, 1 - abar_{t-1})             eq. 6
 *   block t   (T/2) eta (SNR(t) - SNR(t-1)) || uhat_t(z_{t-1}, x) - u_y ||^2,
 *             uhat = softmax(logits) U, a mixture of the embeddings that compete
 *   head      cross-entropy of softmax(z_T W + b), z_T ~ q(z_T | y): a noised true
 *             embedding that passed through no block
 *   KL        of q(z_0 | y) against N(0, I); constant while the embeddings are fixed
 * Where the embeddings are trained, every term reaches them (option `flow`): the target
 * u_y, the mixture, z_{t-1}, z_T. All blocks read them as they were before the batch;
 * then they take one step for each block, in the order of the blocks. So blocks may be
 * trained side by side, and the bits do not depend on threads.
 *
 * Inference, eq. 3: z_0 ~ N(0, I); z_t = a_t uhat_t + b_t z_{t-1} + sqrt(c_t) eps; the
 * head (or the nearest embedding) reads z_T. No label is used.
 *
 * Order of training: all blocks on each batch; each block for one epoch (Algorithm 1); or
 * each block for the whole task before the next, when only the moments of one block are
 * kept. Where embeddings are fixed the last two give the same updates as the first,
 * except that the noise goes with other batches.
 *
 * With a fixed embedding and one Adam per block the factor in front of a block's loss has
 * no effect on what the block learns, except through Adam's epsilon. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "noprop/dt.h"

static const char *const order_names[] = {"batch", "epoch", "task", NULL};
static const char *const form_names[] = {"paper", "peer", NULL};

static const struct param params[] = {
    {"blocks", PARAM_INT, offsetof(struct noprop_dt, blocks), "10", 1, 1000, NULL,
     "T, the number of denoising blocks"},
    {"block", PARAM_CHOICE, offsetof(struct noprop_dt, form), "paper", 0, 0, form_names,
     "branches and fusion of the paper's figure 5, or of the PyTorch peer"},
    {"norm", PARAM_CHOICE, offsetof(struct noprop_dt, norm), "batch", 0, 0, norm_names,
     "in the branches: batch norm as in the paper, layer norm, or none"},
    {"eta", PARAM_NUMBER, offsetof(struct noprop_dt, eta), "0.1", 0, 1e6, NULL,
     "factor of the denoising loss"},
    {"weight", PARAM_CHOICE, offsetof(struct noprop_dt, weight), "snr", 0, 0,
     weight_names, "of a block's loss: T/2 eta (SNR(t) - SNR(t-1)), or 1"},
    {"clip", PARAM_NUMBER, offsetof(struct noprop_dt, clip), "0.001", 1e-6, 0.4, NULL,
     "the cosine schedule is kept within [clip, 1 - clip]"},
    {"order", PARAM_CHOICE, offsetof(struct noprop_dt, order), "batch", 0, 0, order_names,
     "train all blocks on each batch, each for an epoch (Algorithm 1), or for a task"},
    {"noise", PARAM_BOOL, offsetof(struct noprop_dt, noise), "no", 0, 0, NULL,
     "the noise term of eq. 3 at inference; the paper has it"},
    MODEL_PARAMS(struct noprop_dt, options, "head", "adamw"),
    {0},
};

/* Does a call of train train one block instead of all? */
static bool one_by_one(const struct noprop_dt *dt)
{
    return dt->order != ORDER_BATCH;
}

/* All blocks see the same images. */
static void share_squares(struct noprop_dt *dt, struct arena *arena)
{
    struct model *model = &dt->model;

    dt->squares =
        arena_take(arena, TAG_SCRATCH, block_squares(&model->block), sizeof *dt->squares);
    for (int i = 0; i < model->n_work; i++)
        block_share_squares(&model->work[i].block, dt->squares);
}

static void take_memory(struct noprop_dt *dt, const struct learner_env *env)
{
    struct arena *arena = env->arena;
    const struct model *model = &dt->model;
    bool moving = model->trained && model->flow == FLOW_ALL;

    dt->together = one_by_one(dt) ? 1 : moving ? model->n_work : dt->blocks;
    dt->loss = arena_take(arena, TAG_SCRATCH, (size_t)dt->together, sizeof *dt->loss);
    dt->gw = arena_take(arena, TAG_FIXED, (size_t)dt->together, sizeof *dt->gw);
    for (int i = 0; dt->gw && moving && i < dt->together; i++)
        dt->gw[i] = mat_take(arena, TAG_GRADIENT, model->m, model->d);
    if (moving && !one_by_one(dt))
        dt->before = mat_take(arena, TAG_SCRATCH, model->m, model->d);
    if (!one_by_one(dt))
        share_squares(dt, arena);
    dt->eps = mat_take(arena, TAG_SCRATCH, env->n_score, model->d);
    dt->current = arena_take(arena, TAG_STATE, 1, sizeof *dt->current);
}

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct noprop_dt *dt = self;
    int n_thread = one_by_one(dt) ? 1 : env->n_thread;
    struct model_spec spec = {.form = dt->form == FORM_PEER ? BLOCK_PEER : BLOCK_DISCRETE,
                              .norm = (enum norm)dt->norm,
                              .n_block = dt->blocks,
                              .n_work = n_thread < dt->blocks ? n_thread : dt->blocks,
                              .one_optimizer = dt->order == ORDER_TASK};

    dt->noise = dt->noise && env->noise;
    schedule_cosine(&dt->schedule, dt->blocks, dt->clip, env->arena);
    if (model_open(&dt->model, &dt->options, &spec, env, err) != OK ||
        dt_take_share(dt, env->share, err) != OK)
        return err->status;
    take_memory(dt, env);
    return arena_check(env->arena, err);
}

/* z ~ q(z_t | y) = N(sqrt(abar_t) u_y, 1 - abar_t), eq. 6 */
void dt_noise_labels(const struct noprop_dt *dt, struct mat z, const struct batch *batch,
                     int t, struct rng rng)
{
    double abar = dt->schedule.abar[t];

    model_noise_label(&dt->model, z, batch, sqrt(abar), sqrt(1 - abar), rng);
}

static real block_weight(const struct noprop_dt *dt, int t)
{
    return dt->weight == WEIGHT_UNIFORM
               ? 1
               : (real)schedule_weight(&dt->schedule, t, dt->eta);
}

/* g is overwritten, gw (may be empty) added to. */
static real block_gradient(const struct noprop_dt *dt, const struct model_work *work,
                           const struct batch *batch, int t, enum net_mode mode,
                           struct rng rng, real *g, struct mat gw)
{
    const struct model *model = &dt->model;
    int n = batch->x.rows;
    const real *w = model_block(model, t).data;
    struct rng layers = rng_child(rng, "layers");
    struct block_input in = {batch->x, mat_rows(work->z, 0, n), {0}};
    struct mat u = mat_rows(work->u, 0, n), p, dz;
    struct active_classes active = {batch, NULL};
    real loss;

    dt_noise_labels(dt, in.z, batch, t - 1, rng_child(rng, "z"));
    p = block_forward(&model->block, w, model_state(model, t), &work->block, in, mode,
                      layers);
    mixture_forward(&model->mixture, p, u, active);
    loss = mixture_loss(&model->embedding, u, batch, block_weight(dt, t), NULL, NULL);
    embedding_collect(gw, u, batch, -1, NULL);
    mixture_backward(&model->mixture, p, u, mat_rows(work->r, 0, n), gw, active);
    dz = block_backward(&model->block, w, &work->block, in, p, g, layers);
    if (gw.data)
        embedding_collect(gw, dz, batch, (real)sqrt(dt->schedule.abar[t - 1]), NULL);
    return loss;
}

/* Cross-entropy of the head on z_T ~ q(z_T | y), and the KL term: the joint part of
 * eq. 8. g is overwritten. */
static real joint_gradient(const struct noprop_dt *dt, const struct batch *batch,
                           struct rng rng, real *g)
{
    const struct model *model = &dt->model;
    struct model_work *work = &model->work[0];
    struct mat z = mat_rows(work->z, 0, batch->x.rows), gw = model_gw(model, g), dz = {0};
    real loss;

    memset(g, 0, (model->w.n - model->joint) * sizeof *g);
    if (gw.data)
        dz = mat_rows(work->u, 0, z.rows);
    dt_noise_labels(dt, z, batch, dt->blocks, rng_child(rng, "z_T"));
    loss = head_gradient(&model->head, model_head(model), z, batch, g, gw, dz);
    embedding_collect(gw, dz, batch, (real)sqrt(dt->schedule.abar[dt->blocks]), NULL);
    return loss + model_kl(model, batch, dt->schedule.abar[0], gw, NULL);
}

/* The turns of n blocks from `first` on (t = first + 1 ...) on one batch. */
struct turns {
    const struct noprop_dt *dt;
    const struct batch *batch;
    struct rng rng;
    int first, n, before; /* before: turns of blocks that other processes train */
};

static struct rng turn_rng(const struct turns *turns, int t)
{
    return one_by_one(turns->dt) ? turns->rng : rng_at(turns->rng, (uint64_t)t);
}

/* The turns of those blocks that this process trains; the loss of the others is 0. */
static struct turns own_turns(const struct turns *all)
{
    const struct noprop_dt *dt = all->dt;
    struct turns own = *all;
    int end = all->first + all->n;

    own.first = dt->own > all->first ? dt->own : all->first;
    end = dt->own_end < end ? dt->own_end : end;
    own.n = end > own.first ? end - own.first : 0;
    own.before = own.first - all->first;
    for (int i = 0; i < all->n; i++)
        dt->loss[i] = 0;
    return own;
}

/* An update of one block: nothing but that block's weights, state and moments changes, so
 * blocks may take their turns at the same time. */
static void train_block(void *context, int worker, int i)
{
    const struct turns *turns = context;
    const struct noprop_dt *dt = turns->dt;
    const struct model_work *own = &dt->model.work[worker];
    int t = turns->first + i + 1, item = turns->before + i;
    struct mat gw = dt->gw[item];

    for (int k = 0; k < gw.rows; k++)
        memset(mat_row(gw, k), 0, (size_t)gw.cols * sizeof(real));
    dt->loss[item] = block_gradient(dt, own, turns->batch, t, NET_TRAIN,
                                    turn_rng(turns, t), own->g, gw);
    optim_step(&dt->model.optim[t - 1], own->g, turns->batch->progress);
}

/* The block whose turn it is, from 0. */
static int block_in_turn(const struct noprop_dt *dt, const struct progress *progress)
{
    if (dt->order == ORDER_BATCH)
        return 0;
    if (dt->order == ORDER_EPOCH || progress->n_task_step == 0)
        return progress->pass;
    return (int)(progress->task_step * dt->blocks / progress->n_task_step);
}

/* Moments belong to the block in training; the next one starts without. */
static void change_block(const struct noprop_dt *dt, int t)
{
    if (dt->order != ORDER_TASK || *dt->current == t)
        return;
    optim_forget(&dt->model.optim[0]);
    *dt->current = t;
}

/* The joint part is updated once for every block, with noise of its own, in the order of
 * the blocks: it does not wait for the block. */
static real train_joint(const struct noprop_dt *dt, const struct turns *turns, int item)
{
    const struct model *model = &dt->model;
    struct rng own = turn_rng(turns, turns->first + item + 1);
    struct mat gw = model_gw(model, model->joint_g), more = dt->gw[item];
    real loss = joint_gradient(dt, turns->batch, own, model->joint_g);

    for (size_t j = 0; more.data && j < (size_t)gw.rows * (size_t)gw.cols; j++)
        gw.data[j] += more.data[j];
    optim_step(&model->joint_optim, model->joint_g, turns->batch->progress);
    return loss;
}

/* The learner with the embeddings as they were before the batch. */
static const struct noprop_dt *with_embeddings_before(const struct noprop_dt *dt,
                                                      struct noprop_dt *copy)
{
    if (!dt->before.data)
        return dt;
    *copy = *dt;
    mat_copy(dt->before, dt->model.embedding.w);
    copy->model.embedding.w = dt->before;
    copy->model.mixture.embedding = &copy->model.embedding;
    return copy;
}

static void see_images(const struct noprop_dt *dt, const struct batch *batch)
{
    const struct model *model = &dt->model;

    if (dt->squares)
        block_square(&model->block, &model->work[0].block, batch->x, dt->squares);
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct noprop_dt *dt = self;
    struct noprop_dt copy;
    struct turns turns = {NULL, batch, rng, block_in_turn(dt, &batch->progress), 0, 0},
                 own;
    int end = turns.first + (one_by_one(dt) ? 1 : dt->blocks);
    real loss = 0;

    embedding_observe(&dt->model.embedding, batch);
    change_block(dt, turns.first);
    turns.dt = with_embeddings_before(dt, &copy);
    see_images(dt, batch);
    for (; turns.first < end; turns.first += turns.n) {
        turns.n = end - turns.first < dt->together ? end - turns.first : dt->together;
        own = own_turns(&turns);
        threads_run(dt->model.threads, own.n, train_block, &own);
        for (int i = 0; i < turns.n; i++)
            loss += dt->loss[i] + train_joint(dt, &turns, i) / (real)dt->blocks;
    }
    return loss;
}

/* The sum of the losses of all blocks, and that of the joint part once. Eq. 8 draws t:
 * this has T times its denoising term. */
static real grad(void *self, const struct batch *batch, struct rng rng, real *g)
{
    const struct noprop_dt *dt = self;
    const struct model *model = &dt->model;
    real loss = joint_gradient(dt, batch, rng, g + model->joint);
    struct mat gw = model_gw_denoising(model, model_gw(model, g + model->joint));

    see_images(dt, batch);
    for (int t = 1; t <= dt->blocks; t++)
        loss += block_gradient(dt, &model->work[0], batch, t, NET_MEASURE,
                               rng_at(rng, (uint64_t)t),
                               g + (size_t)(t - 1) * model->block.n_weight, gw);
    return loss;
}

/* For a block its weight. For the joint part 1, the factor of the head's loss; embeddings
 * that are trained get terms with several factors. */
static double loss_factor(const void *self, size_t i)
{
    const struct noprop_dt *dt = self;
    size_t block = i / dt->model.block.n_weight;

    return i < dt->model.joint ? (double)block_weight(dt, (int)block + 1) : 1;
}

/* z_t = a uhat + b z_{t-1} + sqrt(c) eps, eq. 3 */
void dt_denoise(const struct noprop_dt *dt, struct mat z, struct mat uhat, int t,
                bool noise, struct rng rng)
{
    struct transition step = schedule_transition(&dt->schedule, t);
    struct mat eps = mat_rows(dt->eps, 0, z.rows);

    rng_normal(&rng, eps.data, (size_t)z.rows * (size_t)z.cols,
               noise ? (real)sqrt(step.c) : 0);
    schedule_move(step, z, uhat, eps);
}

static void move(const void *self, struct mat z, struct mat uhat, int t, struct rng rng)
{
    const struct noprop_dt *dt = self;

    dt_denoise(dt, z, uhat, t, dt->noise, rng);
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    model_score(self, move, x, competing, rng, out);
}

/* Of one call of train: every block's turn, or one. */
static double flops(const void *self)
{
    const struct noprop_dt *dt = self;
    double one = block_flops(&dt->model.block) + model_flops_update(&dt->model);

    return one_by_one(dt) ? one : dt->blocks * one;
}

static int passes(const void *self, int epoch)
{
    const struct noprop_dt *dt = self;

    return one_by_one(dt) ? dt->blocks : 1;
}

static const char *needs_tasks(const void *self)
{
    if (one_by_one(self))
        return "its blocks take turns, each over a whole epoch or task; write order: "
               "batch";
    return model_needs_tasks(self);
}

const struct learner learner_noprop_dt = {
    .name = "noprop-dt",
    .about = "NoProp in discrete time: T blocks, each trained alone to denoise the label",
    .source = "Li, Teh & Pascanu 2025, arXiv:2503.24322v2",
    .params = params,
    .size = sizeof(struct noprop_dt),
    .can = CAN_HOOK,
    .init = init,
    .train = train,
    .score = score,
    .weights = model_weights,
    .n_feature = model_n_feature,
    .features = model_features,
    .flops = flops,
    .score_flops = model_score_flops,
    .passes = passes,
    .grad = grad,
    .loss_factor = loss_factor,
    .blocks_in_memory = model_blocks_in_memory,
    .batch_norms = model_batch_norms,
    .task_begin = model_task_begin,
    .needs_tasks = needs_tasks,
    .pieces = dt_pieces,
    .trace = dt_trace,
};
