/* NoProp-FM: flow matching from noise to the label's embedding (Li, Teh & Pascanu 2025,
 * arXiv:2503.24322v2, section 2.4, eq. 10-13, Algorithm 3).
 *
 * Training: z_0 ~ N(0, I), t ~ U(0, 1), z_t ~ N(t u_y + (1 - t) z_0, sigma^2),
 *   field    || v(z_t, x, t) - (u_y - z_0) ||^2,  v = logits W, not a mixture    eq. 11
 *   anchor   cross-entropy of the head on z~_1 = z_t + (1 - t) v                  eq. 13
 * The anchor keeps trained embeddings apart; where they are fixed it is used only if the
 * head decides. With `flow: head` it alone reaches them, through z~_1 with the logits
 * held fixed. The paper gives no sigma; 0 is plain interpolation.
 *
 * Inference: dz/dt = v from z_0 ~ N(0, I) in equal steps by Euler or Heun, then the class
 * whose embedding is nearest to z_1. The flow leads z_0 to one of the classes, to each with
 * its probability given the image; few steps go towards the mean of them instead, and so
 * to the likeliest. Hence the default of 2 steps, where the paper has 1000. */
#include <stddef.h>
#include <string.h>

#include "noprop/ode.h"

enum { EULER, HEUN };

static const char *const sampler_names[] = {"euler", "heun", NULL};

struct noprop_fm {
    struct model model; /* first: model_weights, model_task_begin */

    struct model_options options;
    struct ode_options ode;
    int sampler;
    double sigma;

    struct ode_work work;
};

static const struct param params[] = {
    {"noise_sigma", PARAM_NUMBER, offsetof(struct noprop_fm, sigma), "0", 0, 10, NULL,
     "standard deviation around the straight line from noise to label"},
    {"sampler", PARAM_CHOICE, offsetof(struct noprop_fm, sampler), "euler", 0, 0,
     sampler_names, "how the ODE is integrated at inference"},
    ODE_PARAMS(struct noprop_fm, ode, "2"),
    MODEL_PARAMS(struct noprop_fm, options, "nearest", "adamw"),
    {0},
};

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct noprop_fm *fm = self;
    struct model_spec spec = {.form = BLOCK_CONTINUOUS, .n_block = 1, .n_work = 1};

    if (model_open(&fm->model, &fm->options, &spec, env, err) != OK)
        return err->status;
    fm->model.mixture.weighted = true;
    ode_take_work(&fm->work, env, fm->model.d);
    return arena_check(env->arena, err);
}

/* z = t u_y + (1 - t) z_0 + sigma eps; z_0 is kept in work->eps. */
static void draw_labels(const struct noprop_fm *fm, struct mat z,
                        const struct batch *batch, struct rng rng)
{
    const struct ode_work *work = &fm->work;
    struct rng start = rng_child(rng, "z_0"), around = rng_child(rng, "around");

    rng_normal(&start, work->eps.data, (size_t)z.rows * (size_t)z.cols, 1);
    rng_normal(&around, z.data, (size_t)z.rows * (size_t)z.cols, (real)fm->sigma);
    for (int i = 0; i < z.rows; i++) {
        const real *u = mat_row(fm->model.embedding.w, batch->y[i]);
        real t = work->t[i];

        for (int j = 0; j < z.cols; j++)
            mat_row(z, i)[j] += t * u[j] + (1 - t) * mat_row(work->eps, i)[j];
    }
}

/* to_i += (1 - t_i) from_i */
static void add_rest(const struct noprop_fm *fm, struct mat to, struct mat from)
{
    for (int i = 0; i < to.rows; i++)
        for (int j = 0; j < to.cols; j++)
            mat_row(to, i)[j] += (1 - fm->work.t[i]) * mat_row(from, i)[j];
}

/* ||v - (u_y - z_0)||^2; v becomes its derivative. The target's own goes to gw. */
static real field_loss(const struct noprop_fm *fm, struct mat v,
                       const struct batch *batch, struct mat gw)
{
    struct mat z_0 = mat_rows(fm->work.eps, 0, v.rows);
    real loss;

    for (int i = 0; i < v.rows; i++)
        for (int j = 0; j < v.cols; j++)
            mat_row(v, i)[j] += mat_row(z_0, i)[j];
    loss = mixture_loss(&fm->model.embedding, v, batch, 1, NULL, NULL);
    embedding_collect(gw, v, batch, -1, NULL);
    return loss;
}

static bool anchored(const struct noprop_fm *fm)
{
    return fm->model.trained || fm->model.head.decision == DECISION_HEAD;
}

/* Cross-entropy on z~_1 = z_t + (1 - t) v, of which dz gets the derivative. */
static real anchor_loss(const struct noprop_fm *fm, struct mat z, struct mat v,
                        const struct batch *batch, real *g, struct mat gw, struct mat dz)
{
    const struct model *model = &fm->model;
    struct mat end = mat_rows(fm->work.dz, 0, z.rows);

    mat_copy(end, z);
    add_rest(fm, end, v);
    return head_gradient(&model->head, model_head(model), end, batch, g, gw, dz);
}

/* The gradient of the anchor alone by the embeddings in z~_1 = z_t + (1 - t) l W. */
static void anchor_backward(const struct noprop_fm *fm, struct mat l,
                            const struct batch *batch, struct mat dend, struct mat gw)
{
    struct mat dv = mat_rows(fm->work.dz, 0, l.rows);

    memset(dv.data, 0, (size_t)dv.rows * (size_t)dv.cols * sizeof *dv.data);
    add_rest(fm, dv, dend);
    mat_mul_tn(gw, l, dv, true);
    embedding_collect(gw, dend, batch, 1, fm->work.t);
}

static real gradient(const void *self, const struct batch *batch, enum net_mode mode,
                     struct rng rng, real *g, real *joint_g)
{
    const struct noprop_fm *fm = self;
    const struct model *model = &fm->model;
    const struct model_work *work = &model->work[0];
    int n = batch->x.rows;
    struct mat v = mat_rows(work->u, 0, n), z = mat_rows(work->z, 0, n), l, dz;
    struct block_input in = {batch->x, z,
                             ode_times(&fm->work, &fm->ode, n, rng_child(rng, "t"))};
    struct mat gw = model_gw(model, joint_g), all = model_gw_denoising(model, gw);
    struct mat dend = anchored(fm) ? mat_rows(fm->work.before, 0, n) : (struct mat){0};
    struct rng layers = rng_child(rng, "layers");
    const real *w = model_block(model, 1).data;
    struct active_classes active = {batch, NULL};
    real loss = 0;

    memset(joint_g, 0, (model->w.n - model->joint) * sizeof *joint_g);
    draw_labels(fm, z, batch, rng);
    l = block_forward(&model->block, w, model_state(model, 1), &work->block, in, mode,
                      layers);
    mixture_forward(&model->mixture, l, v, active);
    if (anchored(fm))
        loss += anchor_loss(fm, z, v, batch, joint_g, gw, dend);
    loss += field_loss(fm, v, batch, all);
    if (anchored(fm))
        add_rest(fm, v, dend);
    if (gw.data && !all.data)
        anchor_backward(fm, l, batch, dend, gw);
    mixture_backward(&model->mixture, l, v, mat_rows(work->r, 0, n), all, active);
    dz = block_backward(&model->block, w, &work->block, in, l, g, layers);
    if (!all.data)
        return loss;
    for (int i = 0; i < n; i++) /* z~_1 depends on z_t itself, too */
        for (int j = 0; j < z.cols; j++)
            mat_row(dz, i)[j] += mat_row(dend, i)[j];
    embedding_collect(all, dz, batch, 1, fm->work.t);
    return loss;
}

static real grad(void *self, const struct batch *batch, struct rng rng, real *g)
{
    const struct noprop_fm *fm = self;

    return gradient(fm, batch, NET_MEASURE, rng, g, g + fm->model.joint);
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    return ode_train(self, gradient, batch, rng);
}

/* dz/dt = v(z, t) */
static void slope(const void *field, struct mat z, double t, struct mat v)
{
    ode_predict(field, z, t, v);
}

static void integrate(const void *self, struct mat x, const uint8_t *competing, int steps,
                      struct rng rng)
{
    const struct noprop_fm *fm = self;
    const struct model *model = &fm->model;
    struct ode_field field = {model, fm->ode.time_scale, competing};
    struct ode_step step = {slope, &field, fm->sampler == HEUN,
                            mat_rows(model->work[0].u, 0, x.rows),
                            mat_rows(fm->work.before, 0, x.rows)};
    struct mat z = ode_start(model, x, rng);
    double h = 1.0 / steps;

    for (int k = 0; k < steps; k++)
        ode_step(&step, z, k * h, h);
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct noprop_fm *fm = self;

    ode_score(self, integrate, fm->ode.steps, x, competing, rng, out);
}

static void trace(const void *self, const struct batch *batch, struct rng rng,
                  struct trace *notes)
{
    const struct noprop_fm *fm = self;

    ode_trace(self, integrate, fm->ode.steps, anchored(fm), batch, rng, notes);
}

static double score_flops(const void *self)
{
    const struct noprop_fm *fm = self;

    return ode_score_flops(&fm->model, (fm->sampler == HEUN ? 2 : 1) * fm->ode.steps);
}

const struct learner learner_noprop_fm = {
    .name = "noprop-fm",
    .about = "NoProp by flow matching: one block learns the flow from noise to the label",
    .source = "Li, Teh & Pascanu 2025, arXiv:2503.24322v2",
    .params = params,
    .size = sizeof(struct noprop_fm),
    .can = CAN_HOOK,
    .init = init,
    .train = train,
    .score = score,
    .weights = model_weights,
    .n_feature = model_n_feature,
    .features = model_features,
    .flops = ode_flops,
    .score_flops = score_flops,
    .grad = grad,
    .blocks_in_memory = model_blocks_in_memory,
    .batch_norms = model_batch_norms,
    .task_begin = model_task_begin,
    .needs_tasks = model_needs_tasks,
    .trace = trace,
};
