#include "noprop/model.h"

#include <math.h>
#include <string.h>

#include "core/nn/loss.h"

const char *const flow_names[] = {"all", "head", "none", NULL};
const char *const norm_names[] = {"none", "batch", "layer", NULL};
const char *const weight_names[] = {"snr", "uniform", NULL};

static void take_work(const struct model *model, struct model_work *work, int n_train,
                      int n_score, int workers, struct arena *arena)
{
    int most = n_train > n_score ? n_train : n_score;

    work->g = arena_take(arena, TAG_GRADIENT, model->block.n_weight, sizeof(real));
    block_take_work(&model->block, &work->block, n_train, n_score, workers, arena);
    work->z = mat_take(arena, TAG_SCRATCH, most, model->d);
    work->u = mat_take(arena, TAG_SCRATCH, most, model->d);
    work->r = mat_take(arena, TAG_SCRATCH, n_train, model->m);
}

/* One of a sequence: its own for what a backward pass needs, the rest shared with the
 * first. */
static void share_work(const struct model *model, struct model_work *work,
                       struct arena *arena)
{
    *work = model->work[0];
    block_take_more(&model->block, &work->block, &model->work[0].block, arena);
}

static void take_weights(struct model *model, const struct model_options *options,
                         const struct model_spec *spec, struct arena *arena)
{
    size_t T = (size_t)model->n_block;
    size_t n_head = spec->headless ? 0 : head_size(model->d, model->m);
    size_t n_table = (size_t)model->m * (size_t)model->d;

    model->joint = T * model->block.n_weight;
    model->extra = model->joint + n_head + (model->trained ? n_table : 0);
    model->w.n = model->extra + spec->n_extra;
    model->w.data = arena_take(arena, TAG_WEIGHT, model->w.n, sizeof(real));
    model->joint_g =
        arena_take(arena, TAG_GRADIENT, model->w.n - model->joint, sizeof(real));
    model->state = arena_take(arena, TAG_STATE, T * model->block.n_state, sizeof(real));
    if (spec->headless)
        return;
    embedding_open(&model->embedding, (enum embedding_kind)options->embedding,
                   options->sample, model->m, model->d, arena);
    model->embedding.w =
        model->trained ? mat_of(model->w.data + model->joint + n_head, model->m, model->d)
                       : mat_take(arena, model->embedding.known ? TAG_STATE : TAG_FIXED,
                                  model->m, model->d);
}

/* Blocks that share their moments step with the same optimiser, on other weights. */
static void take_optimizers(struct model *model, const struct model_options *options,
                            const struct model_spec *spec, const struct learner_env *env)
{
    for (int t = 1; t <= model->n_block; t++) {
        struct optim *optim = &model->optim[t - 1];

        if (t == 1 || !spec->one_optimizer)
            optim_init(optim, &options->optim, model_block(model, t), env->arena,
                       env->hook);
        else
            *optim = model->optim[0];
        optim->w = model_block(model, t);
    }
    optim_init(&model->joint_optim, &options->optim,
               (struct vec){model->w.data + model->joint, model->w.n - model->joint},
               env->arena, env->hook);
}

static void set_weights(struct model *model, const struct model_options *options,
                        bool headless, struct rng rng)
{
    enum init init = (enum init)options->init;
    real *head = model_head(model);

    for (int t = 1; t <= model->n_block; t++)
        block_init(&model->block, model_block(model, t).data, model_state(model, t), init,
                   rng_at(rng, (uint64_t)t));
    if (headless)
        return;
    init_layer(init, mat_of(head, model->d, model->m),
               head + (size_t)model->d * (size_t)model->m, rng_child(rng, "head"));
    embedding_start(&model->embedding, (enum embedding_init)options->embedding_init,
                    rng_child(rng, "embedding"));
}

static enum status plan(struct model *model, const struct model_options *options,
                        const struct model_spec *spec, const struct learner_env *env,
                        struct error *err)
{
    struct block_spec block = {.form = spec->form,
                               .norm = spec->norm,
                               .trunk = options->trunk,
                               .width = options->width,
                               .image = env->image,
                               .want_dz = spec->want_dz};

    *model = (struct model){
        .m = env->n_out, .n_block = spec->n_block, .threads = env->threads};
    model->d = embedding_dim((enum embedding_kind)options->embedding, options->dim,
                             model->m, env->image);
    model->flow = (enum flow)options->flow;
    model->trained = !spec->headless && options->embedding != EMBEDDING_ONE_HOT &&
                     model->flow != FLOW_NONE;
    block.d = model->d;
    block.m = model->m;
    block.want_dz = spec->want_dz || (model->trained && model->flow == FLOW_ALL);
    return block_plan(&model->block, &block, err);
}

enum status model_open(struct model *model, const struct model_options *options,
                       const struct model_spec *spec, const struct learner_env *env,
                       struct error *err)
{
    struct arena *arena = env->arena;
    int most = env->n_train > env->n_score ? env->n_train : env->n_score;

    if (plan(model, options, spec, env, err) != OK)
        return err->status;
    take_weights(model, options, spec, arena);
    model->mixture.embedding = &model->embedding;
    model->head = (struct head){.posterior = (enum posterior)options->posterior,
                                .decision = (enum decision)options->decision,
                                .sigma = options->sigma};
    if (!spec->headless)
        head_open(&model->head, &model->embedding, most, arena);
    model->optim =
        arena_take(arena, TAG_FIXED, (size_t)model->n_block, sizeof *model->optim);
    model->n_work = spec->n_work;
    model->work = arena_take(arena, TAG_FIXED, (size_t)spec->n_work, sizeof *model->work);
    for (int i = 0; model->work && i < spec->n_work; i++)
        if (i > 0 && spec->in_sequence)
            share_work(model, &model->work[i], arena);
        else
            take_work(model, &model->work[i], env->n_train, i == 0 ? env->n_score : 0,
                      i == 0 ? env->n_thread : 1, arena);
    if (arena_check(arena, err) != OK)
        return err->status;
    take_optimizers(model, options, spec, env);
    if (arena_check(arena, err) != OK)
        return err->status;
    set_weights(model, options, spec->headless, env->rng);
    return OK;
}

struct vec model_block(const struct model *model, int t)
{
    size_t n = model->block.n_weight;

    return (struct vec){model->w.data + (size_t)(t - 1) * n, n};
}

real *model_state(const struct model *model, int t)
{
    return model->state ? model->state + (size_t)(t - 1) * model->block.n_state : NULL;
}

real *model_head(const struct model *model)
{
    return model->w.data + model->joint;
}

struct mat model_gw(const struct model *model, real *joint_g)
{
    if (!model->trained)
        return (struct mat){0};
    return mat_of(joint_g + head_size(model->d, model->m), model->m, model->d);
}

struct mat model_gw_denoising(const struct model *model, struct mat gw)
{
    return model->flow == FLOW_ALL ? gw : (struct mat){0};
}

real model_kl(const struct model *model, const struct batch *batch, double abar,
              struct mat gw, double *dabar)
{
    double loss = 0, slope = 0, d = model->d;

    for (int i = 0; i < batch->x.rows; i++) {
        const real *u = mat_row(model->embedding.w, batch->y[i]);
        double share = (double)batch_weight(batch, i) / batch->x.rows;
        double square = 0;

        for (int j = 0; j < model->d; j++) {
            square += (double)(u[j] * u[j]);
            if (gw.data)
                mat_row(gw, batch->y[i])[j] += (real)(share * abar) * u[j];
        }
        loss += share / 2 * (abar * square - d * abar - d * log(1 - abar));
        slope += share / 2 * (square - d + d / (1 - abar));
    }
    if (dabar)
        *dabar = slope;
    return (real)loss;
}

void model_noise_label(const struct model *model, struct mat z, const struct batch *batch,
                       double mean, double scale, struct rng rng)
{
    rng_normal(&rng, z.data, (size_t)z.rows * (size_t)z.cols, (real)scale);
    for (int i = 0; i < z.rows; i++) {
        const real *u = mat_row(model->embedding.w, batch->y[i]);

        for (int j = 0; j < z.cols; j++)
            mat_row(z, i)[j] += (real)mean * u[j];
    }
}

double model_flops_update(const struct model *model)
{
    int products = model->trained ? 6 : 4; /* head and mixture, forward and backward */

    return 2.0 * products * model->d * model->m;
}

struct vec model_weights(const void *self)
{
    return ((const struct model *)self)->w;
}

bool model_batch_norms(const void *self)
{
    return ((const struct model *)self)->block.n_state > 0;
}

void model_task_begin(void *self, const struct task_view *task, struct rng rng)
{
    embedding_begin_task(&((struct model *)self)->embedding, task, rng);
}

int model_blocks_in_memory(const void *self)
{
    return ((const struct model *)self)->n_work;
}

void model_score(const void *self, model_move *move, struct mat x,
                 struct classes competing, struct rng rng, struct mat out)
{
    const struct model *model = self;
    const struct model_work *work = &model->work[0];
    struct mat z = mat_rows(work->z, 0, x.rows), uhat = mat_rows(work->u, 0, x.rows);
    struct rng start = rng_child(rng, "z_0");

    rng_normal(&start, z.data, (size_t)z.rows * (size_t)z.cols, 1);
    for (int t = 1; t <= model->n_block; t++) {
        real *w = model_block(model, t).data, *state = model_state(model, t);
        struct mat p;

        block_encode(&model->block, w, state, &work->block, x);
        p = block_predict(&model->block, w, state, &work->block, z, NULL);
        mixture_forward(&model->mixture, p, uhat,
                        (struct active_classes){NULL, competing.on});
        move(self, z, uhat, t, rng_at(rng, (uint64_t)t));
    }
    head_score(&model->head, model_head(model), z, competing, out);
}

double model_score_flops(const void *self)
{
    const struct model *model = self;
    const struct block *block = &model->block;
    double mixture = 2.0 * model->d * model->m; /* as many as the head */

    return model->n_block *
               (block_flops_encode(block) + block_flops_predict(block) + mixture) +
           mixture;
}

int model_n_feature(const void *self)
{
    const struct model *model = self;

    return model->n_block * model->block.width;
}

void model_features(const void *self, struct mat x, struct rng rng, struct mat out)
{
    const struct model *model = self;
    int width = model->block.width;

    (void)rng;
    for (int t = 1; t <= model->n_block; t++)
        mat_copy(mat_cols(out, (t - 1) * width, width),
                 block_image(&model->block, model_block(model, t).data,
                             model_state(model, t), &model->work[0].block, x));
}

const char *model_needs_tasks(const void *self)
{
    return NULL;
}
