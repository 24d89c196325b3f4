/* Direct difference target propagation with linear feedback: every hidden layer gets its
 * target straight from the output, through a linear map that learns to be the damped
 * pseudo-inverse of the layers above (Meulemans, Carzaniga, Suykens, Sacramento & Grewe
 * 2020, arXiv:2006.14331, sections 3 and 4, DDTP-linear; constants from the code they
 * published).
 *
 *   output target   t_L = a_L - s dloss/da_L, the loss a mean over the rows
 *   hidden target   t_l = h_l + (t_L - a_L) Q_l,  Q_l of classes x n_l, no bias
 *   forward loss    mean over rows of |F_l(h_{l-1}) - t_l|^2, t_l and h_{l-1} as given;
 *                   its derivative 2 s / n (e Q_l) . act'(z_l), e = dloss/da_L, is
 *                   computed in this form: h_l - t_l would lose its digits
 *   feedback loss   the difference reconstruction loss: noise N(0, sigma^2) on h_l goes
 *                   through the layers above and changes the output by D; then
 *                   1 / sigma^2 mean over rows and units of (D Q_l - noise)^2, and decay
 *
 * For a net that is linear above h_l, with the product J of its weights, the minimum is
 * Q_l = (J^T J + damping)^-1 J^T. As the targets shrink with s, the given learning rate
 * is divided by it.
 *
 * The feedback has to be trained ahead of the layers: `pretrain` passes over the first
 * epoch of every task train it alone, and so do `extra` passes after each epoch; in an
 * ordinary pass every batch trains it and then the layers. */
#include <stddef.h>

#include "baselines/rules/mlp_rule.h"
#include "core/nn/loss.h"
#include "core/optim/optimizer.h"

struct ddtp_linear {
    struct mlp_rule base;
    int pretrain, extra;
    double step, sigma;
    double feedback_lr, feedback_beta1, feedback_epsilon, feedback_decay;
    struct optim_options options;

    int n_out;
    real *g;                      /* laid out as w */
    struct mat q[NET_LAYERS + 1]; /* by hidden layer */
    struct optim forward_optim, feedback_optim;
    struct mlp_values values;
    struct mat noise, d; /* n_train x widest */
};

static const struct param params[] = {
    MLP_RULE_PARAMS(struct ddtp_linear, base, "xavier"),
    {"pretrain", PARAM_INT, offsetof(struct ddtp_linear, pretrain), "1", 0, 1000, NULL,
     "passes that train the feedback alone before each task's first epoch (the paper: "
     "6)"},
    {"extra", PARAM_INT, offsetof(struct ddtp_linear, extra), "0", 0, 1000, NULL,
     "passes that train the feedback alone after every epoch (the paper: 1)"},
    {"step", PARAM_NUMBER, offsetof(struct ddtp_linear, step), "0.061", 1e-6, 1e6, NULL,
     "s, step from the output to its target"},
    {"sigma", PARAM_NUMBER, offsetof(struct ddtp_linear, sigma), "0.0908", 1e-4, 1e3,
     NULL, "noise that the feedback is trained with"},
    {"feedback_lr", PARAM_NUMBER, offsetof(struct ddtp_linear, feedback_lr), "0.000164",
     1e-12, 1e6, NULL, "learning rate of the feedback"},
    {"feedback_beta1", PARAM_NUMBER, offsetof(struct ddtp_linear, feedback_beta1),
     "0.999", 0, 0.99999, NULL, "beta1 of the feedback"},
    {"feedback_epsilon", PARAM_NUMBER, offsetof(struct ddtp_linear, feedback_epsilon),
     "0.00028", 0, 1, NULL, "epsilon of the feedback"},
    {"feedback_decay", PARAM_NUMBER, offsetof(struct ddtp_linear, feedback_decay),
     "5.8e-7", 0, 1e3, NULL, "weight decay of the feedback, which damps the inverse"},
    OPTIM_PARAMS_AS(struct ddtp_linear, options, "adam", "0.0000204", "0", "0.999",
                    "1.3e-8", "0"),
    {0},
};

/* Q_l in a block that is laid out as w. */
static struct mat feedback_of(const struct ddtp_linear *dl, real *block, int l)
{
    const struct mlp_layer *layer = &dl->base.mlp.layer[l];
    real *first = block + dl->base.mlp.n_weight;

    return mat_of(first + layer->value * (size_t)dl->n_out, dl->n_out, layer->n_out);
}

static void take_memory(struct ddtp_linear *dl, const struct learner_env *env)
{
    struct arena *arena = env->arena;
    const struct mlp *mlp = &dl->base.mlp;
    size_t n_hidden = mlp->n_value - (size_t)dl->n_out;

    mlp_rule_take(&dl->base, n_hidden * (size_t)dl->n_out, env);
    dl->g = arena_take(arena, TAG_GRADIENT, dl->base.w.n, sizeof(real));
    dl->values = mlp_take_values(mlp, env->n_train, arena);
    dl->noise = mat_take(arena, TAG_SCRATCH, env->n_train, mlp->widest);
    dl->d = mat_take(arena, TAG_SCRATCH, env->n_train, mlp->widest);
}

static void take_optimisers(struct ddtp_linear *dl, const struct learner_env *env)
{
    struct optim_options forward = dl->options, feedback = dl->options;
    size_t n = dl->base.mlp.n_weight;

    forward.lr /= dl->step;
    feedback.lr = dl->feedback_lr;
    feedback.beta1 = dl->feedback_beta1;
    feedback.epsilon = dl->feedback_epsilon;
    feedback.weight_decay = dl->feedback_decay;
    optim_init(&dl->forward_optim, &forward, (struct vec){dl->base.w.data, n}, env->arena,
               env->hook);
    optim_init(&dl->feedback_optim, &feedback,
               (struct vec){dl->base.w.data + n, dl->base.w.n - n}, env->arena,
               env->hook);
}

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct ddtp_linear *dl = self;
    struct rng rng = rng_child(env->rng, "feedback");

    dl->n_out = env->n_out;
    if (mlp_rule_plan(&dl->base, "ddtp-linear", env, err) != OK)
        return err->status;
    take_memory(dl, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    take_optimisers(dl, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    mlp_rule_draw(&dl->base, env->rng);
    for (int l = 1; l <= mlp_rule_hidden(&dl->base); l++) {
        dl->q[l] = feedback_of(dl, dl->base.w.data, l);
        init_layer((enum init)dl->base.init, dl->q[l], NULL, rng_at(rng, (uint64_t)l));
    }
    return OK;
}

/* D, the change of the output by the noise on h_l. */
static struct mat moved_output(const struct ddtp_linear *dl, int l, struct mat noise,
                               struct mat output)
{
    const struct mlp *mlp = &dl->base.mlp;
    struct mat clean = mlp_value(mlp, &dl->values, l, noise.rows);
    struct mat h = mlp_pair_value(mlp, &dl->base.pair, l, noise.rows);

    for (size_t i = 0; i < (size_t)h.rows * (size_t)h.cols; i++)
        h.data[i] = clean.data[i] + noise.data[i];
    for (l++; l <= mlp->n_layer; l++) {
        struct mat y = mlp_pair_value(mlp, &dl->base.pair, l, noise.rows);

        mlp_layer_forward(mlp, dl->base.w.data, l, y, h);
        h = y;
    }
    for (size_t i = 0; i < (size_t)h.rows * (size_t)h.cols; i++)
        h.data[i] -= output.data[i];
    return h;
}

/* The gradient of Q_l. */
static void feedback_loss(const struct ddtp_linear *dl, const struct batch *batch, int l,
                          struct mat output, struct rng rng)
{
    int n = batch->x.rows, width = dl->base.mlp.layer[l].n_out;
    struct mat noise = mat_of(dl->noise.data, n, width), d = mat_of(dl->d.data, n, width);
    struct mat dq = feedback_of(dl, dl->g, l), moved;
    real size = (real)(1 / (dl->sigma * dl->sigma * width));

    rng_normal(&rng, noise.data, (size_t)n * (size_t)width, (real)dl->sigma);
    moved = moved_output(dl, l, noise, output);
    mat_mul(d, moved, dl->q[l], false);
    loss_squared(d, noise, batch);
    mat_mul_tn(dq, moved, d, false);
    for (size_t i = 0; i < (size_t)dq.rows * (size_t)dq.cols; i++)
        dq.data[i] *= size;
}

static void train_feedback(const struct ddtp_linear *dl, const struct batch *batch,
                           struct mat output, struct rng rng)
{
    for (int l = 1; l <= mlp_rule_hidden(&dl->base); l++)
        feedback_loss(dl, batch, l, output, rng_at(rng, (uint64_t)l));
    optim_step(&dl->feedback_optim, dl->g + dl->base.mlp.n_weight, batch->progress);
}

/* dW_l = h_{l-1}^T d_l of all layers, d_l = (e Q_l) . act'(z_l), d_L = e. */
static void layer_gradients(const struct ddtp_linear *dl, struct mat x, struct mat e)
{
    const struct mlp *mlp = &dl->base.mlp;

    for (int l = mlp->n_layer; l >= 1; l--) {
        struct mat in = l > 1 ? mlp_value(mlp, &dl->values, l - 1, x.rows) : x, d = e;
        struct dense dense = mlp_dense(mlp, dl->g, l);

        if (l < mlp->n_layer) {
            d = mlp_pair_value(mlp, &dl->base.pair, l, x.rows);
            mat_mul(d, e, dl->q[l], false);
            mlp_layer_backward(mlp, l, d, mlp_value(mlp, &dl->values, l, x.rows));
        }
        dense_backward(dense.w, dense.b, in, d);
    }
}

/* From e = dloss/da_L, which is overwritten. */
static void train_forward(const struct ddtp_linear *dl, const struct batch *batch,
                          struct mat e)
{
    real size = (real)(2 * dl->step / e.rows);

    for (size_t i = 0; i < (size_t)e.rows * (size_t)e.cols; i++)
        e.data[i] *= size;
    layer_gradients(dl, batch->x, e);
    optim_step(&dl->forward_optim, dl->g, batch->progress);
}

/* Does this pass train the layers? */
static bool is_ordinary(const struct ddtp_linear *dl, struct progress progress)
{
    return progress.pass == (progress.epoch == 0 ? dl->pretrain : 0);
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct ddtp_linear *dl = self;
    struct mat output =
        mlp_forward(&dl->base.mlp, dl->base.w.data, &dl->values, batch->x);
    real loss;

    train_feedback(dl, batch, output, rng);
    loss = loss_cross_entropy(output, batch);
    if (is_ordinary(dl, batch->progress))
        train_forward(dl, batch, output);
    return loss;
}

static int passes(const void *self, int epoch)
{
    const struct ddtp_linear *dl = self;

    return (epoch == 0 ? dl->pretrain : 0) + 1 + dl->extra;
}

static const char *needs_tasks(const void *self)
{
    const struct ddtp_linear *dl = self;

    return dl->pretrain || dl->extra ? "the feedback trains alone in passes of its own; "
                                       "write pretrain: 0, extra: 0"
                                     : NULL;
}

/* A forward pass, one from every hidden layer up, and two products with each map. */
static double feedback_flops(const struct ddtp_linear *dl)
{
    double maps = (double)(dl->base.w.n - dl->base.mlp.n_weight), up = 0;

    for (int l = 2; l <= dl->base.mlp.n_layer; l++)
        up += (l - 1) * mlp_layer_flops(&dl->base.mlp, l);
    return mlp_flops(&dl->base.mlp) + up + 4 * maps;
}

static double pass_flops(const void *self, struct progress progress)
{
    const struct ddtp_linear *dl = self;
    double maps = (double)(dl->base.w.n - dl->base.mlp.n_weight);
    double forward = mlp_flops(&dl->base.mlp) + 2 * maps;

    return feedback_flops(dl) + (is_ordinary(dl, progress) ? forward : 0);
}

static double flops(const void *self)
{
    return pass_flops(self, (struct progress){.epoch = 1});
}

const struct learner learner_ddtp_linear = {
    .name = "ddtp-linear",
    .about = "direct difference targets through linear maps that learn a pseudo-inverse",
    .source = "Meulemans et al. 2020, arXiv:2006.14331",
    .params = params,
    .size = sizeof(struct ddtp_linear),
    .can = CAN_SOFT | CAN_HOOK,
    .init = init,
    .train = train,
    .score = mlp_rule_score,
    .n_feature = mlp_rule_n_feature,
    .features = mlp_rule_features,
    .weights = mlp_rule_weights,
    .flops = flops,
    .score_flops = mlp_rule_score_flops,
    .passes = passes,
    .needs_tasks = needs_tasks,
    .pass_flops = pass_flops,
};
