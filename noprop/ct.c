/* NoProp-CT: NoProp in continuous time with a learned noise schedule (Li, Teh & Pascanu
 * 2025, arXiv:2503.24322v2, section 2.3, eq. 9, Algorithm 2, appendix B).
 *
 * Training: t ~ U[0, 1], z_t ~ N(sqrt(abar_t) u_y, 1 - abar_t),
 *   block   eta / 2 SNR'(t) || uhat(z_t, x, t) - u_y ||^2, uhat a mixture as in DT
 *   head    cross-entropy of the head on z_1 ~ q(z_1 | y)
 *   KL      of q(z_0 | y) against N(0, I)
 * all of which train the schedule (noprop/gamma.h), and the embeddings where these are
 * trained. SNR'(t) = -gamma'(t) exp(-gamma(t)) puts nearly all weight on labels almost
 * without noise, which a block only needs to copy; `weight: uniform` (1 in its place), the
 * default, is not the paper's, and much more accurate.
 *
 * Inference in `steps` steps over equal times from z_0 ~ N(0, I):
 *   ancestral   eq. 3 between the values of abar at both ends of a step
 *   euler       of the probability-flow equation
 *   heun        dz/dt = s / 2 (sqrt(abar) uhat - abar z), s = -gamma'(t) */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "core/nn/loss.h"
#include "noprop/gamma.h"
#include "noprop/ode.h"
#include "noprop/schedule.h"

static const char *const sampler_names[] = {"ancestral", "euler", "heun", NULL};

struct noprop_ct {
    struct model model; /* first: model_weights, model_task_begin */

    struct model_options options;
    struct ode_options ode;
    int sampler, weight;
    double eta, range;
    bool noise, learned;

    struct ode_work work;
    real *schedule; /* GAMMA_WEIGHTS: the extra weights of the model, or fixed ones */
};

static const struct param params[] = {
    {"eta", PARAM_NUMBER, offsetof(struct noprop_ct, eta), "1", 0, 1e6, NULL,
     "factor of the denoising loss"},
    {"weight", PARAM_CHOICE, offsetof(struct noprop_ct, weight), "uniform", 0, 0,
     weight_names, "of the denoising loss: eta/2 SNR'(t) as in the paper, or 1"},
    {"schedule", PARAM_BOOL, offsetof(struct noprop_ct, learned), "no", 0, 0, NULL,
     "whether the noise schedule is learned, as in the paper"},
    {"gamma", PARAM_NUMBER, offsetof(struct noprop_ct, range), "5", 0.1, 20, NULL,
     "the schedule starts between SNR exp(-gamma) and exp(gamma)"},
    {"sampler", PARAM_CHOICE, offsetof(struct noprop_ct, sampler), "ancestral", 0, 0,
     sampler_names, "how z is moved at inference"},
    {"noise", PARAM_BOOL, offsetof(struct noprop_ct, noise), "no", 0, 0, NULL,
     "the noise term of eq. 3 at inference (ancestral); the paper has it"},
    ODE_PARAMS(struct noprop_ct, ode, "20"),
    MODEL_PARAMS(struct noprop_ct, options, "head", "adamw"),
    {0},
};

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct noprop_ct *ct = self;
    struct model *model = &ct->model;
    struct model_spec spec = {.form = BLOCK_CONTINUOUS,
                              .n_block = 1,
                              .n_work = 1,
                              .want_dz = ct->learned,
                              .n_extra = ct->learned ? GAMMA_WEIGHTS : 0};

    ct->noise = ct->noise && env->noise;
    if (model_open(model, &ct->options, &spec, env, err) != OK)
        return err->status;
    ode_take_work(&ct->work, env, model->d);
    ct->schedule = ct->learned ? model->w.data + model->extra
                               : arena_take(env->arena, TAG_FIXED, GAMMA_WEIGHTS,
                                            sizeof *ct->schedule);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    gamma_start(ct->schedule, ct->range, rng_child(env->rng, "schedule"));
    return OK;
}

/* z_i = sqrt(abar) u_y + sqrt(1 - abar) eps_i at the time t_i; t NULL = all at time 1. */
static void noise_labels(const struct noprop_ct *ct, struct mat z,
                         const struct batch *batch, const real *t, struct rng rng)
{
    struct mat eps = ct->work.eps;

    rng_normal(&rng, eps.data, (size_t)z.rows * (size_t)z.cols, 1);
    for (int i = 0; i < z.rows; i++) {
        const real *u = mat_row(ct->model.embedding.w, batch->y[i]);
        double abar = gamma_abar(gamma_at(ct->schedule, t ? (double)t[i] : 1).gamma);

        for (int j = 0; j < z.cols; j++)
            mat_row(z, i)[j] =
                (real)sqrt(abar) * u[j] + (real)sqrt(1 - abar) * mat_row(eps, i)[j];
    }
}

/* From dz, the derivative by z_i, to those by the embedding (gw may be empty) and by
 * gamma(t): d sqrt(abar) / dgamma = -sqrt(abar) (1 - abar) / 2,
 * d sqrt(1 - abar) / dgamma = sqrt(1 - abar) abar / 2. */
static double label_backward(const struct noprop_ct *ct, const struct batch *batch, int i,
                             double t, const real *dz, struct mat gw)
{
    double abar = gamma_abar(gamma_at(ct->schedule, t).gamma), by_u = 0, by_eps = 0;
    const real *u = mat_row(ct->model.embedding.w, batch->y[i]);
    const real *eps = mat_row(ct->work.eps, i);

    for (int j = 0; j < ct->model.d; j++) {
        by_u += (double)(dz[j] * u[j]);
        by_eps += (double)(dz[j] * eps[j]);
        if (gw.data)
            mat_row(gw, batch->y[i])[j] += (real)sqrt(abar) * dz[j];
    }
    return -by_u * sqrt(abar) * (1 - abar) / 2 + by_eps * sqrt(1 - abar) * abar / 2;
}

/* The factor of each row's loss. */
static void weigh(const struct noprop_ct *ct, int n)
{
    for (int i = 0; i < n; i++) {
        struct gamma_point at = gamma_at(ct->schedule, (double)ct->work.t[i]);

        ct->work.each[i] = ct->weight == WEIGHT_UNIFORM
                               ? 1
                               : (real)(-ct->eta / 2 * at.slope * exp(-at.gamma));
    }
}

/* d SNR' / dgamma = gamma' exp(-gamma), d SNR' / dgamma' = -exp(-gamma); and through z.
 */
static void schedule_backward(const struct noprop_ct *ct, const struct batch *batch,
                              struct mat dz, struct mat gw, real *g)
{
    for (int i = 0; i < batch->x.rows; i++) {
        double t = (double)ct->work.t[i];
        struct gamma_point at = gamma_at(ct->schedule, t);
        double share = (double)batch_weight(batch, i) / batch->x.rows;
        double by_weight = ct->weight == WEIGHT_UNIFORM
                               ? 0
                               : share * ct->eta / 2 * (double)ct->work.square[i];
        double through = label_backward(ct, batch, i, t, mat_row(dz, i), gw);

        if (ct->learned)
            gamma_backward(ct->schedule, t,
                           through + by_weight * at.slope * exp(-at.gamma),
                           -by_weight * exp(-at.gamma), g);
    }
}

static real block_gradient(const struct noprop_ct *ct, const struct batch *batch,
                           enum net_mode mode, struct rng rng, real *g, real *joint_g)
{
    const struct model *model = &ct->model;
    const struct model_work *work = &model->work[0];
    int n = batch->x.rows;
    struct mat u = mat_rows(work->u, 0, n), p, dz;
    struct block_input in = {batch->x, mat_rows(work->z, 0, n),
                             ode_times(&ct->work, &ct->ode, n, rng_child(rng, "t"))};
    struct mat gw = model_gw_denoising(model, model_gw(model, joint_g));
    struct rng layers = rng_child(rng, "layers");
    const real *w = model_block(model, 1).data;
    struct active_classes active = {batch, NULL};
    real loss;

    noise_labels(ct, in.z, batch, ct->work.t, rng_child(rng, "z"));
    weigh(ct, n);
    p = block_forward(&model->block, w, model_state(model, 1), &work->block, in, mode,
                      layers);
    mixture_forward(&model->mixture, p, u, active);
    loss = mixture_loss(&model->embedding, u, batch, 1, ct->work.each, ct->work.square);
    embedding_collect(gw, u, batch, -1, NULL);
    mixture_backward(&model->mixture, p, u, mat_rows(work->r, 0, n), gw, active);
    dz = block_backward(&model->block, w, &work->block, in, p, g, layers);
    if (dz.data)
        schedule_backward(ct, batch, dz, gw, joint_g + (model->extra - model->joint));
    return loss;
}

/* Cross-entropy on z_1 and the KL term; adds to joint_g, whose head part it overwrites.
 */
static real end_gradient(const struct noprop_ct *ct, const struct batch *batch,
                         struct rng rng, real *joint_g)
{
    const struct model *model = &ct->model;
    int n = batch->x.rows;
    struct mat z = mat_rows(model->work[0].z, 0, n), dz = mat_rows(ct->work.dz, 0, n);
    struct mat gw = model_gw(model, joint_g);
    real *g = joint_g + (model->extra - model->joint), loss;
    double abar = gamma_abar(gamma_at(ct->schedule, 0).gamma), dabar, dend = 0;

    noise_labels(ct, z, batch, NULL, rng_child(rng, "z_1"));
    loss = head_gradient(&model->head, model_head(model), z, batch, joint_g, gw, dz);
    for (int i = 0; i < n; i++)
        dend += label_backward(ct, batch, i, 1, mat_row(dz, i), gw);
    loss += model_kl(model, batch, abar, gw, &dabar);
    if (ct->learned) {
        gamma_backward(ct->schedule, 1, dend, 0, g);
        gamma_backward(ct->schedule, 0, -dabar * abar * (1 - abar), 0, g);
    }
    return loss;
}

static real gradient(const void *self, const struct batch *batch, enum net_mode mode,
                     struct rng rng, real *g, real *joint_g)
{
    const struct noprop_ct *ct = self;
    const struct model *model = &ct->model;
    real loss;

    memset(joint_g, 0, (model->w.n - model->joint) * sizeof *joint_g);
    loss = block_gradient(ct, batch, mode, rng, g, joint_g);
    return loss + end_gradient(ct, batch, rng, joint_g);
}

static real grad(void *self, const struct batch *batch, struct rng rng, real *g)
{
    const struct noprop_ct *ct = self;

    return gradient(ct, batch, NET_MEASURE, rng, g, g + ct->model.joint);
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    return ode_train(self, gradient, batch, rng);
}

/* ---------------------------------------------------------------- inference */

/* The integration from noise to a label, for one batch of images. */
struct sampling {
    const struct noprop_ct *ct;
    struct ode_field field;
    struct mat z, u, spare;
};

/* dz/dt of the probability flow. */
static void slope(const void *context, struct mat z, double t, struct mat u)
{
    const struct sampling *sampling = context;
    struct gamma_point at = gamma_at(sampling->ct->schedule, t);
    double abar = gamma_abar(at.gamma), half = -at.slope / 2;

    ode_predict(&sampling->field, z, t, u);
    for (int i = 0; i < z.rows; i++)
        for (int j = 0; j < z.cols; j++)
            mat_row(u, i)[j] = (real)(half * sqrt(abar)) * mat_row(u, i)[j] -
                               (real)(half * abar) * mat_row(z, i)[j];
}

/* Eq. 3 from t to t + h. */
static void ancestral_step(const struct sampling *sampling, double t, double h,
                           struct rng rng)
{
    const real *w = sampling->ct->schedule;
    struct mat eps = sampling->spare;
    struct transition step = schedule_between(gamma_abar(gamma_at(w, t).gamma),
                                              gamma_abar(gamma_at(w, t + h).gamma));

    ode_predict(&sampling->field, sampling->z, t, sampling->u);
    rng_normal(&rng, eps.data, (size_t)eps.rows * (size_t)eps.cols,
               sampling->ct->noise ? (real)sqrt(step.c) : 0);
    schedule_move(step, sampling->z, sampling->u, eps);
}

static void integrate(const void *self, struct mat x, const uint8_t *competing, int steps,
                      struct rng rng)
{
    const struct noprop_ct *ct = self;
    const struct model *model = &ct->model;
    struct sampling sampling = {ct,
                                {model, ct->ode.time_scale, competing},
                                ode_start(model, x, rng),
                                mat_rows(model->work[0].u, 0, x.rows),
                                mat_rows(ct->work.before, 0, x.rows)};
    struct ode_step step = {slope, &sampling, ct->sampler == SAMPLER_HEUN, sampling.u,
                            sampling.spare};
    double h = 1.0 / steps;

    for (int k = 0; k < steps; k++)
        if (ct->sampler == SAMPLER_ANCESTRAL)
            ancestral_step(&sampling, k * h, h, rng_at(rng, (uint64_t)k));
        else
            ode_step(&step, sampling.z, k * h, h);
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct noprop_ct *ct = self;

    ode_score(self, integrate, ct->ode.steps, x, competing, rng, out);
}

static void trace(const void *self, const struct batch *batch, struct rng rng,
                  struct trace *notes)
{
    const struct noprop_ct *ct = self;

    ode_trace(self, integrate, ct->ode.steps, true, batch, rng, notes);
}

static double score_flops(const void *self)
{
    const struct noprop_ct *ct = self;

    return ode_score_flops(&ct->model,
                           (ct->sampler == SAMPLER_HEUN ? 2 : 1) * ct->ode.steps);
}

const struct learner learner_noprop_ct = {
    .name = "noprop-ct",
    .about = "NoProp in continuous time: one block for all times, the schedule learned",
    .source = "Li, Teh & Pascanu 2025, arXiv:2503.24322v2",
    .params = params,
    .size = sizeof(struct noprop_ct),
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
