/* Difference target propagation: every layer is trained alone towards a target that comes
 * from the layer above through a learned inverse (Lee, Zhang, Fischer & Bengio 2015,
 * arXiv:1412.7525, algorithm 1; constants from the code they published with it).
 *
 *   h_l = F_l(h_{l-1}), l = 1..L-1 hidden layers, then the output layer, softmax
 *   G_l(h_l) = act(h_l V_l + c_l) maps layer l down to l-1, for l = 2..L-1 only
 *   top target      t_{L-1} = h_{L-1} - eta dloss/dh_{L-1}                      eq. 9
 *   difference      t_{l-1} = h_{l-1} + G_l(t_l) - G_l(h_l)                     eq. 15
 *   inverse loss    mean of |G_l(F_l(hn)) - hn|^2, hn = h_{l-1} + N(0, sigma^2), for
 *                   G_l alone
 *   forward loss    mean of |F_l(h_{l-1}) - t_l|^2, t_l and h_{l-1} taken as given
 *
 * Sums over units, means over rows; the output layer learns from the cross-entropy over
 * what competes. The weight of a row reaches the hidden layers through its target.
 *
 * The inverses have to be trained ahead: each epoch is a pass that trains them and then a
 * pass that trains the forward weights, as in the paper (order: epoch; the epoch of a
 * regime of steps is the task), or both learn from every batch (order: batch), which at
 * the paper's learning rate collapses in deep nets: seven layers learn with a tenth of
 * it. Orthogonal initial weights are essential too. */
#include <stddef.h>

#include "baselines/rules/mlp_rule.h"
#include "core/nn/loss.h"
#include "core/optim/optimizer.h"

enum order { ORDER_BATCH, ORDER_EPOCH };

static const char *const order_names[] = {"batch", "epoch", NULL};

struct dtp {
    struct mlp_rule base;
    int order;
    double eta, sigma, inverse_lr;
    struct optim_options options;

    struct mlp inverse; /* G_{L-1}, ..., G_2: from the top hidden layer to the first */
    real *g;            /* of the forward weights, or of the inverses */
    struct optim forward_optim, inverse_optim;
    struct mlp_values values;
    struct mat one, two; /* n_train x widest */
};

static const struct param params[] = {
    MLP_RULE_PARAMS(struct dtp, base, "orthogonal"),
    {"order", PARAM_CHOICE, offsetof(struct dtp, order), "epoch", 0, 0, order_names,
     "inverse and forward weights both from each batch, or one pass over the data each"},
    {"eta", PARAM_NUMBER, offsetof(struct dtp, eta), "0.327736", 0, 1e6, NULL,
     "step from the top hidden layer to its target"},
    {"sigma", PARAM_NUMBER, offsetof(struct dtp, sigma), "0.35983", 0, 1e3, NULL,
     "noise that the inverses are trained with"},
    {"inverse_lr", PARAM_NUMBER, offsetof(struct dtp, inverse_lr), "0.005011", 1e-12, 1e6,
     NULL, "learning rate of the inverses"},
    OPTIM_PARAMS_AS(struct dtp, options, "rmsprop", "0.014889", "0.9", "0.95", "0.001",
                    "0"),
    {0},
};

static enum status plan(struct dtp *dtp, const struct learner_env *env, struct error *err)
{
    const struct mlp *mlp = &dtp->base.mlp;
    int top;

    if (mlp_rule_plan(&dtp->base, "dtp", env, err) != OK)
        return err->status;
    top = mlp_rule_hidden(&dtp->base);
    mlp_start(&dtp->inverse, mlp->layer[top].n_out);
    for (int l = top; l >= 2; l--) {
        const struct mlp_layer *below = &mlp->layer[l - 1];
        struct mlp_layer *layer = mlp_add(&dtp->inverse, below->n_out);

        layer->linear = below->linear;
        layer->activation = below->activation;
    }
    return OK;
}

static struct vec inverse_weights(const struct dtp *dtp)
{
    return (struct vec){dtp->base.w.data + dtp->base.mlp.n_weight, dtp->inverse.n_weight};
}

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct dtp *dtp = self;
    struct arena *arena = env->arena;
    struct optim_options inverse = dtp->options;

    if (plan(dtp, env, err) != OK)
        return err->status;
    inverse.lr = dtp->inverse_lr;
    mlp_rule_take(&dtp->base, dtp->inverse.n_weight, env);
    dtp->g = arena_take(arena, TAG_GRADIENT, dtp->base.mlp.n_weight, sizeof(real));
    dtp->values = mlp_take_values(&dtp->base.mlp, env->n_train, arena);
    dtp->one = mat_take(arena, TAG_SCRATCH, env->n_train, dtp->base.mlp.widest);
    dtp->two = mat_take(arena, TAG_SCRATCH, env->n_train, dtp->base.mlp.widest);
    if (arena_check(arena, err) != OK)
        return err->status;
    optim_init(&dtp->forward_optim, &dtp->options,
               (struct vec){dtp->base.w.data, dtp->base.mlp.n_weight}, env->arena,
               env->hook);
    optim_init(&dtp->inverse_optim, &inverse, inverse_weights(dtp), env->arena,
               env->hook);
    if (arena_check(arena, err) != OK)
        return err->status;
    mlp_rule_draw(&dtp->base, env->rng);
    mlp_init_weights(&dtp->inverse, inverse_weights(dtp).data, (enum init)dtp->base.init,
                     rng_child(env->rng, "inverse"));
    return OK;
}

/* The layer number of G_l in the MLP of inverses. */
static int inverse_of(const struct dtp *dtp, int l)
{
    return mlp_rule_hidden(&dtp->base) - l + 1;
}

/* y = G_l(x) */
static void apply_inverse(const struct dtp *dtp, int l, struct mat y, struct mat x)
{
    mlp_layer_forward(&dtp->inverse, inverse_weights(dtp).data, inverse_of(dtp, l), y, x);
}

/* The gradient of G_l from noise on h_{l-1}. */
static void inverse_gradient(const struct dtp *dtp, const struct batch *batch, int l,
                             struct rng rng)
{
    int n = batch->x.rows, m = inverse_of(dtp, l);
    struct mat below = mlp_value(&dtp->base.mlp, &dtp->values, l - 1, n);
    struct mat noisy = mat_of(dtp->one.data, n, below.cols);
    struct mat back = mat_of(dtp->two.data, n, below.cols);
    struct mat above = mlp_pair_value(&dtp->base.mlp, &dtp->base.pair, l, n);
    struct mat d = mat_of(dtp->base.pair.data[(l + 1) % 2], n, below.cols);
    struct dense g = mlp_dense(&dtp->inverse, dtp->g, m);
    size_t n_noise = (size_t)n * (size_t)below.cols;

    rng_normal(&rng, noisy.data, n_noise, (real)dtp->sigma);
    for (size_t i = 0; i < n_noise; i++)
        noisy.data[i] += below.data[i];
    mlp_layer_forward(&dtp->base.mlp, dtp->base.w.data, l, above, noisy);
    apply_inverse(dtp, l, back, above);
    mat_copy(d, back);
    loss_squared(d, noisy, batch);
    mlp_layer_backward(&dtp->inverse, m, d, back);
    dense_backward(g.w, g.b, above, d);
}

static void train_inverses(const struct dtp *dtp, const struct batch *batch,
                           struct rng rng)
{
    for (int l = 2; l <= mlp_rule_hidden(&dtp->base); l++)
        inverse_gradient(dtp, batch, l, rng_at(rng, (uint64_t)l));
    optim_step(&dtp->inverse_optim, dtp->g, batch->progress);
}

/* The gradient of F_l towards the target t of its output. */
static void forward_gradient(const struct dtp *dtp, const struct batch *batch, int l,
                             struct mat t)
{
    int n = batch->x.rows;
    struct batch equal = {.x = batch->x};
    struct mat h = mlp_value(&dtp->base.mlp, &dtp->values, l, n);
    struct mat x = l > 1 ? mlp_value(&dtp->base.mlp, &dtp->values, l - 1, n) : batch->x;
    struct mat d = mat_of(dtp->one.data, n, h.cols);
    struct dense g = mlp_dense(&dtp->base.mlp, dtp->g, l);

    mat_copy(d, h);
    loss_squared(d, t, &equal);
    mlp_layer_backward(&dtp->base.mlp, l, d, h);
    dense_backward(g.w, g.b, x, d);
}

/* The output layer's gradient from e = dloss/dlogits; returns the top hidden target. */
static struct mat top_target(const struct dtp *dtp, struct mat e)
{
    int top = mlp_rule_hidden(&dtp->base);
    struct mat h = mlp_value(&dtp->base.mlp, &dtp->values, top, e.rows);
    struct mat t = mlp_pair_value(&dtp->base.mlp, &dtp->base.pair, top, e.rows);
    struct dense g = mlp_dense(&dtp->base.mlp, dtp->g, top + 1);

    dense_backward(g.w, g.b, h, e);
    mat_mul_nt(t, e, mlp_dense(&dtp->base.mlp, dtp->base.w.data, top + 1).w, false);
    for (size_t i = 0; i < (size_t)t.rows * (size_t)t.cols; i++)
        t.data[i] = h.data[i] - (real)dtp->eta * t.data[i];
    return t;
}

/* t_{l-1} = h_{l-1} + (G_l(t_l) - G_l(h_l)) */
static struct mat target_below(const struct dtp *dtp, int l, struct mat t)
{
    struct mat h = mlp_value(&dtp->base.mlp, &dtp->values, l, t.rows);
    struct mat below = mlp_value(&dtp->base.mlp, &dtp->values, l - 1, t.rows);
    struct mat to = mlp_pair_value(&dtp->base.mlp, &dtp->base.pair, l - 1, t.rows);
    struct mat from = mat_of(dtp->two.data, t.rows, below.cols);

    apply_inverse(dtp, l, to, t);
    apply_inverse(dtp, l, from, h);
    for (size_t i = 0; i < (size_t)to.rows * (size_t)to.cols; i++)
        to.data[i] = below.data[i] + (to.data[i] - from.data[i]);
    return to;
}

static void train_forward(const struct dtp *dtp, const struct batch *batch, struct mat e)
{
    struct mat t = top_target(dtp, e);

    for (int l = mlp_rule_hidden(&dtp->base); l >= 1; l--) {
        forward_gradient(dtp, batch, l, t);
        if (l > 1)
            t = target_below(dtp, l, t);
    }
    optim_step(&dtp->forward_optim, dtp->g, batch->progress);
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct dtp *dtp = self;
    struct mat e = mlp_forward(&dtp->base.mlp, dtp->base.w.data, &dtp->values, batch->x);
    real loss = loss_cross_entropy(e, batch);

    if (dtp->order == ORDER_BATCH || batch->progress.pass == 0)
        train_inverses(dtp, batch, rng);
    if (dtp->order == ORDER_BATCH || batch->progress.pass == 1)
        train_forward(dtp, batch, e);
    return loss;
}

/* Forward; inverses: F, G and its weight gradient; forward weights: two G, the gradients,
 * the top target. */
static double flops(const void *self)
{
    const struct dtp *dtp = self;
    double forward = mlp_flops(&dtp->base.mlp), down = mlp_flops(&dtp->inverse);
    double inverse_turn = 3 * down;
    double forward_turn =
        2 * down + forward +
        mlp_layer_flops(&dtp->base.mlp, mlp_rule_hidden(&dtp->base) + 1);

    if (dtp->order == ORDER_EPOCH) /* the mean of the two passes */
        return forward + (inverse_turn + forward_turn) / 2;
    return forward + inverse_turn + forward_turn;
}

static int passes(const void *self, int epoch)
{
    return ((const struct dtp *)self)->order == ORDER_EPOCH ? 2 : 1;
}

static const char *needs_tasks(const void *self)
{
    return ((const struct dtp *)self)->order == ORDER_EPOCH
               ? "inverses and forward weights take turns, each with a pass of its own; "
                 "write order: batch"
               : NULL;
}

const struct learner learner_dtp = {
    .name = "dtp",
    .about =
        "difference target propagation: targets passed down through learned inverses",
    .source = "Lee, Zhang, Fischer & Bengio 2015, arXiv:1412.7525",
    .params = params,
    .size = sizeof(struct dtp),
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
};
