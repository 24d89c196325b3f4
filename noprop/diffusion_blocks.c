/* DiffusionBlocks (Shing, Koyama & Akiba 2025, arXiv:2506.14202), NoProp's successor: T
 * blocks, each trained alone to take noise off a label, over a range of noise of its own;
 * no gradient crosses a block.
 *
 * Noise (noprop/edm.h): z = u_y + sigma eps, ln sigma ~ N(mean, std^2) within sigma_min
 * and sigma_max. The range is dealt out so that every block has the same share of the
 * probability: block t = 1..T has sigma from sigma_t to sigma_{t-1}, sigma_0 = sigma_max,
 * sigma_T = sigma_min, in training widened by the factor (sigma_{t-1} / sigma_t)^overlap
 * at both ends.
 *
 * Block t: F_t(c_in z, x, c_noise) = l W, not a mixture; ||F_t - (u_y - c_skip z) / c_out||^2,
 * the squared error of the denoised label with EDM's weight.
 *
 * Inference: z ~ sigma_max N(0, I); block by block `inference_steps` of Euler's steps of
 * dz/dsigma = (z - D) / sigma, equal in ln sigma, the last one to sigma = 0; then the class
 * whose embedding is nearest.
 *
 * The paper converts residual transformers; here the block is that of NoProp-CT, to which
 * c_noise is the time. Embeddings are fixed: one-hot, random or prototypes. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "noprop/edm.h"
#include "noprop/ode.h"

struct diffusion_blocks {
    struct model model; /* first: model_weights, model_task_begin */

    struct model_options options;
    struct edm edm;
    int blocks, steps;
    double overlap;

    double *sigma;    /* blocks + 1: the ranges, from sigma_max down */
    struct mat time;  /* n_train x BLOCK_TIME */
    struct mat shift; /* n_train x d: u_y minus what F has to learn */
    struct mat input; /* n_score x d: c_in z */
};

static const struct param params[] = {
    {"blocks", PARAM_INT, offsetof(struct diffusion_blocks, blocks), "4", 1, 1000, NULL,
     "T, the number of denoising blocks"},
    {"inference_steps", PARAM_INT, offsetof(struct diffusion_blocks, steps), "1", 1,
     100000, NULL, "of each block at inference"},
    {"overlap", PARAM_NUMBER, offsetof(struct diffusion_blocks, overlap), "0.1", 0, 1,
     NULL, "how far the ranges of noise of neighbours overlap in training; 0 = not"},
    {"noise_mean", PARAM_NUMBER, offsetof(struct diffusion_blocks, edm.mean), "-1.2", -20,
     20, NULL, "mean of ln sigma"},
    {"noise_std", PARAM_NUMBER, offsetof(struct diffusion_blocks, edm.std), "1.2", 0.01,
     20, NULL, "its standard deviation"},
    {"sigma_min", PARAM_NUMBER, offsetof(struct diffusion_blocks, edm.low), "0.002", 1e-6,
     1e6, NULL, "least noise"},
    {"sigma_max", PARAM_NUMBER, offsetof(struct diffusion_blocks, edm.high), "80", 1e-6,
     1e6, NULL, "most noise, that of the start of inference"},
    {"sigma_data", PARAM_NUMBER, offsetof(struct diffusion_blocks, edm.data), "0.5", 1e-3,
     1e3, NULL, "standard deviation of the labels that the factors are made for"},
    MODEL_BLOCK_PARAMS(struct diffusion_blocks, options),
    MODEL_OPTIM_PARAMS(struct diffusion_blocks, options, "adamw"),
    {0},
};

static void take_memory(struct diffusion_blocks *db, const struct learner_env *env)
{
    struct arena *arena = env->arena;
    size_t n = (size_t)db->blocks + 1;

    db->sigma = arena_take(arena, TAG_FIXED, n, sizeof *db->sigma);
    db->time = mat_take(arena, TAG_SCRATCH, env->n_train, BLOCK_TIME);
    db->shift = mat_take(arena, TAG_SCRATCH, env->n_train, db->model.d);
    db->input = mat_take(arena, TAG_SCRATCH, env->n_score, db->model.d);
}

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct diffusion_blocks *db = self;
    struct model_spec spec = {
        .form = BLOCK_CONTINUOUS, .n_block = db->blocks, .n_work = 1};

    if (db->edm.low >= db->edm.high)
        return error_set(err, ERR_USAGE,
                         "diffusion-blocks: sigma_min %g is not below sigma_max %g",
                         db->edm.low, db->edm.high);
    db->options.flow = FLOW_NONE;
    db->options.decision = DECISION_NEAREST;
    db->options.sample = 256;
    if (model_open(&db->model, &db->options, &spec, env, err) != OK)
        return err->status;
    db->model.mixture.weighted = true;
    take_memory(db, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    for (int t = 0; t <= db->blocks; t++)
        db->sigma[t] =
            edm_sigma(&db->edm, db->edm.low, db->edm.high, 1 - (double)t / db->blocks);
    return OK;
}

/* Draws the noise of n rows for block t, one sigma in each of n equal parts of its range's
 * probability: the block's input, its features of the noise, and what is added to F. */
static struct block_input draw(const struct diffusion_blocks *db,
                               const struct batch *batch, int t, struct rng rng)
{
    const struct model *model = &db->model;
    int n = batch->x.rows;
    struct block_input in = {batch->x, mat_rows(model->work[0].z, 0, n),
                             mat_rows(db->time, 0, n)};
    struct rng level = rng_child(rng, "sigma"), noise = rng_child(rng, "eps");
    double wider = pow(db->sigma[t - 1] / db->sigma[t], db->overlap);

    rng_normal(&noise, in.z.data, (size_t)n * (size_t)model->d, 1);
    for (int i = 0; i < n; i++) {
        double share = (i + (double)rng_uniform(&level)) / n;
        double sigma =
            edm_sigma(&db->edm, db->sigma[t] / wider, db->sigma[t - 1] * wider, share);
        struct edm_factors c = edm_factors(&db->edm, sigma);
        const real *u = mat_row(model->embedding.w, batch->y[i]);
        real *z = mat_row(in.z, i), *shift = mat_row(db->shift, i);

        ode_features(mat_row(in.time, i), c.noise, 1);
        for (int j = 0; j < model->d; j++) {
            double noisy = (double)u[j] + sigma * (double)z[j];

            shift[j] = u[j] - (real)(((double)u[j] - c.skip * noisy) / c.out);
            z[j] = (real)(c.in * noisy);
        }
    }
    return in;
}

static real gradient(const struct diffusion_blocks *db, const struct batch *batch, int t,
                     enum net_mode mode, struct rng rng, real *g)
{
    const struct model *model = &db->model;
    const struct model_work *work = &model->work[0];
    int n = batch->x.rows;
    struct block_input in = draw(db, batch, t, rng);
    struct rng layers = rng_child(rng, "layers");
    struct active_classes active = {batch, NULL};
    struct mat f = mat_rows(work->u, 0, n), l;
    const real *w = model_block(model, t).data;
    real loss;

    l = block_forward(&model->block, w, model_state(model, t), &work->block, in, mode,
                      layers);
    mixture_forward(&model->mixture, l, f, active);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < model->d; j++)
            mat_row(f, i)[j] += mat_row(db->shift, i)[j];
    loss = mixture_loss(&model->embedding, f, batch, 1, NULL, NULL);
    mixture_backward(&model->mixture, l, f, mat_rows(work->r, 0, n), (struct mat){0},
                     active);
    block_backward(&model->block, w, &work->block, in, l, g, layers);
    return loss;
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct diffusion_blocks *db = self;
    real *g = db->model.work[0].g, loss = 0;

    embedding_observe(&db->model.embedding, batch);
    for (int t = 1; t <= db->blocks; t++) {
        loss += gradient(db, batch, t, NET_TRAIN, rng_at(rng, (uint64_t)t), g);
        optim_step(&db->model.optim[t - 1], g, batch->progress);
    }
    return loss;
}

static real grad(void *self, const struct batch *batch, struct rng rng, real *g)
{
    const struct diffusion_blocks *db = self;
    const struct model *model = &db->model;
    real loss = 0;

    memset(g + model->joint, 0, (model->w.n - model->joint) * sizeof *g);
    for (int t = 1; t <= db->blocks; t++)
        loss += gradient(db, batch, t, NET_MEASURE, rng_at(rng, (uint64_t)t),
                         g + (size_t)(t - 1) * model->block.n_weight);
    return loss;
}

/* ---------------------------------------------------------------- inference */

/* z += (to - sigma) (z - D) / sigma, D by block t, which has encoded the images. */
static void step(const struct diffusion_blocks *db, int t, struct mat z, double sigma,
                 double to, const uint8_t *competing)
{
    const struct model *model = &db->model;
    const struct model_work *work = &model->work[0];
    struct edm_factors c = edm_factors(&db->edm, sigma);
    struct mat f = mat_rows(work->u, 0, z.rows), in = mat_rows(db->input, 0, z.rows);
    double h = (to - sigma) / sigma;
    real features[BLOCK_TIME];

    for (int i = 0; i < z.rows; i++)
        for (int j = 0; j < z.cols; j++)
            mat_row(in, i)[j] = (real)c.in * mat_row(z, i)[j];
    ode_features(features, c.noise, 1);
    mixture_forward(&model->mixture,
                    block_predict(&model->block, model_block(model, t).data,
                                  model_state(model, t), &work->block, in, features),
                    f, (struct active_classes){NULL, competing});
    for (int i = 0; i < z.rows; i++)
        for (int j = 0; j < z.cols; j++)
            mat_row(z, i)[j] = (real)(1 + h * (1 - c.skip)) * mat_row(z, i)[j] -
                               (real)(h * c.out) * mat_row(f, i)[j];
}

/* The k-th sigma of block t at inference, k = 0..steps; at the very end 0. */
static double sigma_at(const struct diffusion_blocks *db, int t, int k)
{
    double first = db->sigma[t - 1], last = db->sigma[t];

    return t == db->blocks && k == db->steps
               ? 0
               : first * pow(last / first, (double)k / db->steps);
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct diffusion_blocks *db = self;
    const struct model *model = &db->model;
    const struct model_work *work = &model->work[0];
    struct mat z = mat_rows(work->z, 0, x.rows);
    struct rng start = rng_child(rng, "z_0");

    rng_normal(&start, z.data, (size_t)z.rows * (size_t)z.cols, (real)db->edm.high);
    for (int t = 1; t <= db->blocks; t++) {
        block_encode(&model->block, model_block(model, t).data, model_state(model, t),
                     &work->block, x);
        for (int k = 0; k < db->steps; k++)
            step(db, t, z, sigma_at(db, t, k), sigma_at(db, t, k + 1), competing.on);
    }
    head_score(&model->head, model_head(model), z, competing, out);
}

static double flops(const void *self)
{
    const struct diffusion_blocks *db = self;

    return db->blocks * (block_flops(&db->model.block) +
                         model_flops_update(&db->model) / 2); /* there is no head */
}

static double score_flops(const void *self)
{
    const struct diffusion_blocks *db = self;
    const struct block *block = &db->model.block;
    double mixture = 2.0 * db->model.d * db->model.m;

    return db->blocks * (block_flops_encode(block) +
                         db->steps * (block_flops_predict(block) + mixture)) +
           mixture;
}

const struct learner learner_diffusion_blocks = {
    .name = "diffusion-blocks",
    .about = "blocks trained alone as denoisers of labels, each over its range of noise",
    .source = "Shing, Koyama & Akiba 2025, arXiv:2506.14202",
    .params = params,
    .size = sizeof(struct diffusion_blocks),
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
    .task_begin = model_task_begin,
    .needs_tasks = model_needs_tasks,
};
