/* Forward gradient with perturbed weights: one random direction v ~ N(0, I) over all
 * weights, the directional derivative of the loss along it by forward-mode
 * differentiation, and a step along their product (Baydin, Pearlmutter, Syme, Wood & Torr
 * 2022, arXiv:2202.08587, algorithm 1; FG-W of Ren et al. 2023, arXiv:2210.03310).
 *
 * With H_0 = x and the tangent dH_0 = 0, layer by layer
 *   dZ_l = H_{l-1} V_l + 1 v_l^T + dH_{l-1} W_l,   dH_l = act'(Z_l) . dZ_l,
 *   d = sum of (dloss/dlogits . dZ_L),   g = d v,
 * an unbiased estimate of the gradient: E[g] = grad, E||g||^2 = (P + 2) ||grad||^2 for P
 * weights. Hence the step has to be smaller than back-propagation's by a factor of about
 * P: this is a lower bound for the other rules, not a competitor. */
#include <stddef.h>

#include "baselines/rules/mlp_rule.h"
#include "core/nn/loss.h"
#include "core/optim/optimizer.h"

struct forward_gradient {
    struct mlp_rule base;
    struct optim_options options;

    real *v; /* the direction, then the gradient along it */
    struct optim optim;
    struct mlp_pair tangent;
};

static const struct param params[] = {
    MLP_RULE_PARAMS(struct forward_gradient, base, "uniform-fan-in"),
    OPTIM_PARAMS(struct forward_gradient, options, "sgd", "0.0002", "0"),
    {0},
};

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct forward_gradient *fg = self;

    if (mlp_rule_plan(&fg->base, "fg-w", env, err) != OK)
        return err->status;
    mlp_rule_take(&fg->base, 0, env);
    fg->v = arena_take(env->arena, TAG_GRADIENT, fg->base.w.n, sizeof(real));
    fg->tangent = mlp_take_pair(&fg->base.mlp, env->n_train, env->arena);
    optim_init(&fg->optim, &fg->options, fg->base.w, env->arena, env->hook);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    mlp_rule_draw(&fg->base, env->rng);
    return OK;
}

/* The loss, and in `slope` its derivative along v. */
static real differentiate(const struct forward_gradient *fg, const struct batch *batch,
                          real *slope)
{
    const struct mlp *mlp = &fg->base.mlp;
    struct mat h = batch->x, dh = {0};
    real loss;

    for (int l = 1; l <= mlp->n_layer; l++) {
        struct mat y = mlp_pair_value(mlp, &fg->base.pair, l, batch->x.rows);
        struct mat dy = mlp_pair_value(mlp, &fg->tangent, l, batch->x.rows);
        struct dense v = mlp_dense(mlp, fg->v, l);

        dense_forward(dy, h, v.w, v.b);
        if (l > 1)
            mat_mul(dy, dh, mlp_dense(mlp, fg->base.w.data, l).w, true);
        mlp_layer_forward(mlp, fg->base.w.data, l, y, h);
        mlp_layer_backward(mlp, l, dy, y); /* act' . dZ: the same product */
        h = y;
        dh = dy;
    }
    loss = loss_cross_entropy(h, batch);
    *slope = 0;
    for (size_t i = 0; i < (size_t)h.rows * (size_t)h.cols; i++)
        *slope += h.data[i] * dh.data[i];
    return loss;
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct forward_gradient *fg = self;
    real loss, slope;

    rng_normal(&rng, fg->v, fg->base.w.n, 1);
    loss = differentiate(fg, batch, &slope);
    for (size_t i = 0; i < fg->base.w.n; i++)
        fg->v[i] *= slope;
    optim_step(&fg->optim, fg->v, batch->progress);
    return loss;
}

/* A forward pass, and two products per layer for its tangent (one for the first). */
static double flops(const void *self)
{
    const struct forward_gradient *fg = self;

    return 3 * mlp_flops(&fg->base.mlp) - mlp_layer_flops(&fg->base.mlp, 1);
}

const struct learner learner_fg_w = {
    .name = "fg-w",
    .about =
        "weight-perturbed forward gradient: a lower bound for rules without backprop",
    .source = "Baydin et al. 2022, arXiv:2202.08587",
    .params = params,
    .size = sizeof(struct forward_gradient),
    .can = CAN_SOFT | CAN_HOOK,
    .init = init,
    .train = train,
    .score = mlp_rule_score,
    .n_feature = mlp_rule_n_feature,
    .features = mlp_rule_features,
    .weights = mlp_rule_weights,
    .flops = flops,
    .score_flops = mlp_rule_score_flops,
};
