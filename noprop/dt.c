/* NoProp-DT: T blocks, each trained alone to denoise a noised label; no gradient crosses
 * a block (Li, Teh & Pascanu 2025, arXiv:2503.24322v2, sections 2.1-2.2, Algorithm 1).
 *
 * Training, eq. 8, with u_y the embedding of the label (here one-hot, fixed):
 *   z_{t-1} ~ q(z_{t-1} | y) = N(sqrt(abar_{t-1}) u_y, 1 - abar_{t-1})             eq. 6
 *   block t   (T/2) eta (SNR(t) - SNR(t-1)) || uhat_t(z_{t-1}, x) - u_y ||^2,
 *             uhat = softmax(logits) U, a mixture of the embeddings that compete
 *   head      cross-entropy of softmax(z_T W + b), z_T ~ q(z_T | y): a noised true
 *             embedding that passed through no block
 * The KL term of eq. 8 is constant while the embeddings are fixed.
 *
 * Inference, eq. 3: z_0 ~ N(0, I); z_t = a_t uhat_t + b_t z_{t-1} + sqrt(c_t) eps; the
 * head (or the nearest embedding) reads z_T. No label is used.
 *
 * With a fixed embedding and one Adam per block the factor in front of a block's loss has
 * no effect on what the block learns, but for Adam's epsilon. */
#include <stddef.h>
#include <tgmath.h>

#include "core/loss.h"
#include "core/optim.h"
#include "noprop/block.h"
#include "noprop/schedule.h"

enum order { ORDER_BATCH, ORDER_EPOCH };
enum decision { DECISION_HEAD, DECISION_NEAREST };

static const char *const order_names[] = {"batch", "epoch", NULL};
static const char *const decision_names[] = {"head", "nearest", NULL};
static const char *const norm_names[] = {"none", "batch", NULL};
static const char *const form_names[] = {"paper", "peer", NULL};

/* Working memory of one thread: it trains one block at a time. */
struct worker {
    struct block_work work;
    struct mat z, u, dp; /* rows x d, d, m */
    real *g;             /* of one block */
};

struct noprop_dt {
    char trunk[PARAM_TEXT_MAX];
    int init, blocks, form, width, norm, order, decision;
    double eta, clip;
    bool noise;
    struct optim_options options;

    int m, d; /* classes, dimension of an embedding */
    struct schedule schedule;
    struct block block;
    struct worker *worker; /* n_worker; the first also scores and trains the head */
    int n_worker;
    struct threads *pool;
    struct vec w;              /* T blocks, then the head: W (d x m) and b (m) */
    size_t head;               /* offset of the head in w */
    real *state;               /* T x block.n_state */
    real *head_g;              /* gradient of the head */
    real *loss;                /* T: of each block in this batch */
    struct optim *block_optim; /* T */
    struct optim head_optim;
    struct mat embedding;  /* m x d */
    struct mat eps, logit; /* rows x d, m: scratch */
};

static const struct param params[] = {
    {"blocks", PARAM_INT, offsetof(struct noprop_dt, blocks), "10", 1, 1000, NULL,
     "T, the number of denoising blocks"},
    {"net", PARAM_TEXT, offsetof(struct noprop_dt, trunk), "mlp-400-400", 0, 0, NULL,
     "trunk of each block's image branch: a preset or a list of layers"},
    {"block", PARAM_CHOICE, offsetof(struct noprop_dt, form), "paper", 0, 0, form_names,
     "branches and fusion of the paper's figure 5, or of the PyTorch peer's block"},
    {"width", PARAM_INT, offsetof(struct noprop_dt, width), "256", 2, 65536, NULL,
     "units of the image and label branches and of the fusion"},
    {"norm", PARAM_CHOICE, offsetof(struct noprop_dt, norm), "batch", 0, 0, norm_names,
     "batch norm in the branches, as in the paper, or none"},
    {"init", PARAM_CHOICE, offsetof(struct noprop_dt, init), "uniform-fan-in", 0, 0,
     init_names, "initial weights"},
    {"eta", PARAM_NUMBER, offsetof(struct noprop_dt, eta), "0.1", 0, 1e6, NULL,
     "factor of the denoising loss"},
    {"clip", PARAM_NUMBER, offsetof(struct noprop_dt, clip), "0.001", 1e-6, 0.4, NULL,
     "the cosine schedule is kept within [clip, 1 - clip]"},
    {"order", PARAM_CHOICE, offsetof(struct noprop_dt, order), "batch", 0, 0, order_names,
     "blocks take turns within each batch, or one epoch each (Algorithm 1)"},
    {"decision", PARAM_CHOICE, offsetof(struct noprop_dt, decision), "head", 0, 0,
     decision_names, "the class from the output head or from the nearest embedding"},
    {"noise", PARAM_BOOL, offsetof(struct noprop_dt, noise), "yes", 0, 0, NULL,
     "the noise term of eq. 3 at inference"},
    OPTIM_PARAMS(struct noprop_dt, options, "adamw", "0.001", "0.001"),
    {0},
};

/* The weights of block t = 1..T. */
static struct vec block_weights(const struct noprop_dt *dt, int t)
{
    size_t n = dt->block.n_weight;

    return (struct vec){dt->w.at + (size_t)(t - 1) * n, n};
}

static real *block_state(const struct noprop_dt *dt, int t)
{
    return dt->state ? dt->state + (size_t)(t - 1) * dt->block.n_state : NULL;
}

static struct mat head_matrix(const struct noprop_dt *dt, real *at)
{
    return mat_of(at, dt->d, dt->m);
}

static void take_worker(const struct noprop_dt *dt, struct worker *worker, int n_train,
                        int n_score, struct arena *arena)
{
    int most = n_train > n_score ? n_train : n_score;

    worker->g = arena_take(arena, TAG_GRADIENT, dt->block.n_weight, sizeof(real));
    block_take_work(&dt->block, &worker->work, n_train, n_score, arena);
    worker->z = mat_take(arena, TAG_SCRATCH, most, dt->d);
    worker->u = mat_take(arena, TAG_SCRATCH, most, dt->d);
    worker->dp = mat_take(arena, TAG_SCRATCH, n_train, dt->m);
}

static void take_memory(struct noprop_dt *dt, const struct learner_env *env)
{
    struct arena *arena = env->arena;
    size_t T = (size_t)dt->blocks, n_head = (size_t)(dt->d + 1) * (size_t)dt->m;

    dt->pool = env->pool;
    dt->n_worker = env->threads < dt->blocks ? env->threads : dt->blocks;
    dt->head = T * dt->block.n_weight;
    dt->w.n = dt->head + n_head;
    dt->w.at = arena_take(arena, TAG_WEIGHT, dt->w.n, sizeof(real));
    dt->head_g = arena_take(arena, TAG_GRADIENT, n_head, sizeof(real));
    dt->state = arena_take(arena, TAG_STATE, T * dt->block.n_state, sizeof(real));
    dt->block_optim = arena_take(arena, TAG_FIXED, T, sizeof *dt->block_optim);
    dt->embedding = mat_take(arena, TAG_FIXED, dt->m, dt->d);
    dt->worker = arena_take(arena, TAG_FIXED, (size_t)dt->n_worker, sizeof *dt->worker);
    for (int i = 0; dt->worker && i < dt->n_worker; i++)
        take_worker(dt, &dt->worker[i], env->n_train, i == 0 ? env->n_score : 0, arena);
    dt->loss = arena_take(arena, TAG_SCRATCH, T, sizeof *dt->loss);
    dt->eps = mat_take(arena, TAG_SCRATCH, env->n_score, dt->d);
    dt->logit = mat_take(arena, TAG_SCRATCH, env->n_train, dt->m);
}

static void set_weights(struct noprop_dt *dt, struct rng rng)
{
    real *head = dt->w.at + dt->head;

    for (int t = 1; t <= dt->blocks; t++)
        block_init(&dt->block, block_weights(dt, t).at, block_state(dt, t),
                   (enum init)dt->init, rng_at(rng, (uint64_t)t));
    init_layer((enum init)dt->init, head_matrix(dt, head),
               head + (size_t)dt->d * (size_t)dt->m, rng_child(rng, "head"));
    for (int k = 0; k < dt->m; k++)
        mat_row(dt->embedding, k)[k] = 1;
}

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct noprop_dt *dt = self;
    struct block_spec spec;

    dt->m = dt->d = env->n_out;
    dt->noise = dt->noise && env->noise;
    spec = (struct block_spec){
        .form = dt->form ? BLOCK_PEER : BLOCK_DISCRETE,
        .batchnorm = dt->norm != 0,
        .trunk = dt->trunk,
        .width = dt->width,
        .image = env->image,
        .d = dt->d,
        .m = dt->m,
    };
    if (block_plan(&dt->block, &spec, err) != OK)
        return err->status;
    schedule_cosine(&dt->schedule, dt->blocks, dt->clip, env->arena);
    take_memory(dt, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    for (int t = 1; t <= dt->blocks; t++)
        optim_init(&dt->block_optim[t - 1], &dt->options, block_weights(dt, t), env);
    optim_init(&dt->head_optim, &dt->options,
               (struct vec){dt->w.at + dt->head, dt->w.n - dt->head}, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    set_weights(dt, env->rng);
    return OK;
}

/* z ~ q(z_t | y) = N(sqrt(abar_t) u_y, 1 - abar_t), eq. 6 */
static struct mat noised_labels(const struct noprop_dt *dt, const struct worker *worker,
                                const struct batch *batch, int t, struct rng rng)
{
    struct mat z = mat_rows(worker->z, 0, batch->x.rows);
    real abar = (real)dt->schedule.abar[t];

    rng_normal(&rng, z.at, (size_t)z.rows * (size_t)z.cols, sqrt(1 - abar));
    for (int i = 0; i < z.rows; i++) {
        const real *u = mat_row(dt->embedding, batch->y[i]);

        for (int j = 0; j < z.cols; j++)
            mat_row(z, i)[j] += sqrt(abar) * u[j];
    }
    return z;
}

/* logits become p = softmax over what competes; returns uhat = p U. */
static struct mat mix_embeddings(const struct noprop_dt *dt, const struct worker *worker,
                                 struct mat p, const struct batch *batch)
{
    struct mat uhat = mat_rows(worker->u, 0, p.rows);

    for (int i = 0; i < p.rows; i++)
        softmax_row(mat_row(p, i), batch_competing(batch, i), p.cols);
    mat_mul(uhat, p, dt->embedding, false);
    return uhat;
}

/* p becomes dlogit:  r = duhat U^T,  dl_k = p_k (r_k - sum_j p_j r_j). */
static void mix_backward(const struct noprop_dt *dt, const struct worker *worker,
                         struct mat p, struct mat duhat)
{
    struct mat r = mat_rows(worker->dp, 0, p.rows);

    mat_mul_nt(r, duhat, dt->embedding, false);
    for (int i = 0; i < p.rows; i++) {
        real *pi = mat_row(p, i), mean = 0;

        for (int k = 0; k < p.cols; k++)
            mean += pi[k] * mat_row(r, i)[k];
        for (int k = 0; k < p.cols; k++)
            pi[k] *= mat_row(r, i)[k] - mean;
    }
}

/* share_i || uhat_i - u_y ||^2 summed over the rows; uhat becomes its derivative. */
static real denoising_loss(const struct noprop_dt *dt, struct mat uhat,
                           const struct batch *batch, real factor)
{
    real loss = 0;

    for (int i = 0; i < uhat.rows; i++) {
        const real *u = mat_row(dt->embedding, batch->y[i]);
        real share = factor * batch_weight(batch, i) / (real)uhat.rows;
        real *d = mat_row(uhat, i);

        for (int j = 0; j < uhat.cols; j++) {
            d[j] -= u[j];
            loss += share * d[j] * d[j];
            d[j] *= 2 * share;
        }
    }
    return loss;
}

static real block_gradient(const struct noprop_dt *dt, const struct worker *worker,
                           const struct batch *batch, int t, enum net_mode mode,
                           struct rng rng, real *g)
{
    const real *w = block_weights(dt, t).at;
    struct rng layers = rng_child(rng, "layers");
    struct mat z = noised_labels(dt, worker, batch, t - 1, rng_child(rng, "z"));
    struct block_input in = {batch->x, z, {0}};
    struct mat p =
        block_forward(&dt->block, w, block_state(dt, t), &worker->work, in, mode, layers);
    struct mat uhat = mix_embeddings(dt, worker, p, batch);
    real loss =
        denoising_loss(dt, uhat, batch, (real)schedule_weight(&dt->schedule, t, dt->eta));

    mix_backward(dt, worker, p, uhat);
    block_backward(&dt->block, w, &worker->work, in, p, g, layers);
    return loss;
}

static real head_gradient(const struct noprop_dt *dt, const struct batch *batch,
                          struct rng rng, real *g)
{
    real *head = dt->w.at + dt->head;
    size_t n = (size_t)dt->d * (size_t)dt->m;
    struct mat z =
        noised_labels(dt, &dt->worker[0], batch, dt->blocks, rng_child(rng, "z_T"));
    struct mat logit = mat_rows(dt->logit, 0, batch->x.rows);
    real loss;

    dense_forward(logit, z, head_matrix(dt, head), head + n);
    loss = loss_cross_entropy(logit, batch);
    dense_backward(head_matrix(dt, g), g + n, z, logit);
    return loss;
}

/* The turns of n blocks from `first` on (t = first + 1 ...) on one batch. */
struct turns {
    const struct noprop_dt *dt;
    const struct batch *batch;
    struct rng rng;
    int first, n;
};

static struct rng turn_rng(const struct turns *turns, int t)
{
    return turns->dt->order == ORDER_EPOCH ? turns->rng : rng_at(turns->rng, (uint64_t)t);
}

/* An update of one block: nothing but that block's weights, state and moments changes, so
 * blocks may take their turns at the same time. */
static void take_turn(void *context, int worker, int item)
{
    const struct turns *turns = context;
    const struct noprop_dt *dt = turns->dt;
    const struct worker *own = &dt->worker[worker];
    int t = turns->first + item + 1;

    dt->loss[item] =
        block_gradient(dt, own, turns->batch, t, NET_TRAIN, turn_rng(turns, t), own->g);
    optim_step(&dt->block_optim[t - 1], own->g, turns->batch->at);
}

/* The head learns once in every turn, from noise of its own: it does not wait for the
 * block, and its updates are made in the order of the blocks. */
static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct noprop_dt *dt = self;
    bool epoch = dt->order == ORDER_EPOCH;
    struct turns turns = {dt, batch, rng, epoch ? batch->at.pass : 0,
                          epoch ? 1 : dt->blocks};
    real loss = 0;

    threads_run(dt->pool, turns.n, take_turn, &turns);
    for (int i = 0; i < turns.n; i++) {
        struct rng own = turn_rng(&turns, turns.first + i + 1);

        loss +=
            dt->loss[i] + head_gradient(dt, batch, own, dt->head_g) / (real)dt->blocks;
        optim_step(&dt->head_optim, dt->head_g, batch->at);
    }
    return loss;
}

/* The sum of all blocks' losses, and the head's once. */
static real grad(void *self, const struct batch *batch, struct rng rng, real *g)
{
    const struct noprop_dt *dt = self;
    real loss = head_gradient(dt, batch, rng, g + dt->head);

    for (int t = 1; t <= dt->blocks; t++)
        loss += block_gradient(dt, &dt->worker[0], batch, t, NET_MEASURE,
                               rng_at(rng, (uint64_t)t),
                               g + (size_t)(t - 1) * dt->block.n_weight);
    return loss;
}

/* z_t = a uhat + b z_{t-1} + sqrt(c) eps, eq. 3 */
static void denoise(const struct noprop_dt *dt, struct mat z, struct mat uhat, int t,
                    struct rng rng)
{
    struct transition step = schedule_transition(&dt->schedule, t);
    real a = (real)step.a, b = (real)step.b;
    real scale = dt->noise ? (real)sqrt(step.c) : 0;

    rng_normal(&rng, dt->eps.at, (size_t)z.rows * (size_t)z.cols, scale);
    for (int i = 0; i < z.rows; i++)
        for (int j = 0; j < z.cols; j++)
            mat_row(z, i)[j] =
                a * mat_row(uhat, i)[j] + b * mat_row(z, i)[j] + mat_row(dt->eps, i)[j];
}

static void score_nearest(const struct noprop_dt *dt, struct mat z, struct mat out)
{
    for (int i = 0; i < z.rows; i++)
        for (int k = 0; k < dt->m; k++) {
            real distance = 0;

            for (int j = 0; j < dt->d; j++) {
                real from = mat_row(z, i)[j] - mat_row(dt->embedding, k)[j];

                distance += from * from;
            }
            mat_row(out, i)[k] = -distance;
        }
}

static void score(const void *self, struct mat x, struct classes among, struct rng rng,
                  struct mat out)
{
    const struct noprop_dt *dt = self;
    const struct worker *own = &dt->worker[0];
    struct mat z = mat_rows(own->z, 0, x.rows), uhat = mat_rows(own->u, 0, x.rows);
    real *head = dt->w.at + dt->head;
    struct rng start = rng_child(rng, "z_0");

    rng_normal(&start, z.at, (size_t)z.rows * (size_t)z.cols, 1);
    for (int t = 1; t <= dt->blocks; t++) {
        real *w = block_weights(dt, t).at, *state = block_state(dt, t);
        struct mat p;

        block_see(&dt->block, w, state, &own->work, x);
        p = block_answer(&dt->block, w, state, &own->work, z, NULL);
        for (int i = 0; i < p.rows; i++)
            softmax_row(mat_row(p, i), among.on, p.cols);
        mat_mul(uhat, p, dt->embedding, false);
        denoise(dt, z, uhat, t, rng_at(rng, (uint64_t)t));
    }
    if (dt->decision == DECISION_NEAREST)
        score_nearest(dt, z, out);
    else
        dense_forward(out, z, head_matrix(dt, head),
                      head + (size_t)dt->d * (size_t)dt->m);
}

static struct vec weights(const void *self)
{
    return ((const struct noprop_dt *)self)->w;
}

/* Of one call of train: every block's turn, or one. */
static double flops(const void *self)
{
    const struct noprop_dt *dt = self;
    double head = 4.0 * dt->d * dt->m;
    double one = block_flops(&dt->block) + head + 4.0 * dt->m * dt->d;

    return dt->order == ORDER_EPOCH ? one : dt->blocks * one;
}

static int passes(const void *self, int epoch)
{
    const struct noprop_dt *dt = self;

    return dt->order == ORDER_EPOCH ? dt->blocks : 1;
}

const struct learner noprop_dt = {
    .name = "noprop-dt",
    .about = "NoProp in discrete time: T blocks, each trained alone to denoise the label",
    .source = "Li, Teh & Pascanu 2025, arXiv:2503.24322v2",
    .params = params,
    .size = sizeof(struct noprop_dt),
    .init = init,
    .train = train,
    .score = score,
    .weights = weights,
    .flops = flops,
    .passes = passes,
    .grad = grad,
};
