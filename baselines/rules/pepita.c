/* PEPITA: a second forward pass on an input that is modulated by the error of the first
 * takes the place of the backward pass (Dellaferrera & Kreiman 2022, arXiv:2201.11665,
 * algorithm 1).
 *
 *   pass 1   h_l on x, e = softmax - onehot over what competes
 *   pass 2   h'_l on x' = x + e F,  F of classes x n_0 fixed, U(-a, a),
 *            a = s sqrt(6 / n_0)
 *   dW_l = h'_{l-1}^T (h_l - h'_l) / n  in the hidden layers, h'_0 = x'
 *   dW_L = h'_{L-1}^T (softmax' - onehot) / n
 *
 * Dropout has the same mask in both passes. The paper's layers have no biases: with an
 * init that starts them at 0 they stay 0. */
#include <stddef.h>
#include <string.h>
#include <tgmath.h>

#include "baselines/rules/mlp_rule.h"
#include "core/nn/loss.h"
#include "core/optim/optimizer.h"

struct pepita {
    struct mlp_rule base;
    double feedback, dropout;
    struct optim_options options;

    real *g;
    struct mat f; /* classes x n_0 */
    struct optim optim;
    struct mlp_values values; /* of pass 1 */
    struct mat e, x;          /* n_train x classes, n_train x n_0 */
};

static const struct param params[] = {
    MLP_RULE_PARAMS(struct pepita, base, "he"),
    {"feedback", PARAM_NUMBER, offsetof(struct pepita, feedback), "0.05", 0, 1e6, NULL,
     "s, size of the fixed weights that bring the error to the input"},
    {"dropout", PARAM_NUMBER, offsetof(struct pepita, dropout), "0", 0, 0.99, NULL,
     "share of hidden units left out (the paper: 0.1)"},
    OPTIM_PARAMS(struct pepita, options, "sgd", "0.1", "0"),
    {0},
};

static void draw_feedback(struct mat f, double size, struct rng rng)
{
    real bound = (real)(size * sqrt(6 / (double)f.cols));

    for (size_t i = 0; i < (size_t)f.rows * (size_t)f.cols; i++)
        f.data[i] = bound * (2 * rng_uniform(&rng) - 1);
}

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct pepita *p = self;
    int n_in = shape_size(env->image);

    if (mlp_rule_plan(&p->base, "pepita", env, err) != OK)
        return err->status;
    mlp_rule_take(&p->base, 0, env);
    p->g = arena_take(env->arena, TAG_GRADIENT, p->base.w.n, sizeof(real));
    p->f = mat_take(env->arena, TAG_FIXED, env->n_out, n_in);
    p->values = mlp_take_values(&p->base.mlp, env->n_train, env->arena);
    p->e = mat_take(env->arena, TAG_SCRATCH, env->n_train, env->n_out);
    p->x = mat_take(env->arena, TAG_SCRATCH, env->n_train, n_in);
    optim_init(&p->optim, &p->options, p->base.w, env->arena, env->hook);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    mlp_rule_draw(&p->base, env->rng);
    draw_feedback(p->f, p->feedback, rng_child(env->rng, "feedback"));
    return OK;
}

/* y = h_l from h_{l-1}, with the mask that the layer has in this batch. */
static void layer_forward(const struct pepita *p, int l, struct mat y, struct mat x,
                          struct rng rng)
{
    mlp_layer_forward(&p->base.mlp, p->base.w.data, l, y, x);
    if (p->dropout > 0 && l < p->base.mlp.n_layer)
        dropout(y, (real)p->dropout, rng_at(rng, (uint64_t)l));
}

/* Pass 1; the loss. The error is left in e, row by row and without weights. */
static real first_pass(const struct pepita *p, const struct batch *batch, struct mat e,
                       struct rng rng)
{
    struct mat h = batch->x;

    for (int l = 1; l <= p->base.mlp.n_layer; l++) {
        struct mat y = mlp_value(&p->base.mlp, &p->values, l, h.rows);

        layer_forward(p, l, y, h, rng);
        h = y;
    }
    mat_copy(e, h);
    for (int i = 0; i < e.rows; i++) {
        softmax_row(mat_row(e, i), batch_competing(batch, i), e.cols);
        mat_row(e, i)[batch->y[i]] -= 1;
    }
    return loss_cross_entropy(h, batch);
}

/* x' = x + e F */
static struct mat modulated(const struct pepita *p, struct mat x, struct mat e)
{
    struct mat to = mat_rows(p->x, 0, x.rows);

    mat_copy(to, x);
    mat_mul(to, e, p->f, true);
    return to;
}

/* first becomes weight / n (first - second). */
static void contrast(struct mat first, struct mat second, const struct batch *batch)
{
    for (int i = 0; i < first.rows; i++) {
        real share = batch_weight(batch, i) / (real)first.rows;

        for (int j = 0; j < first.cols; j++)
            mat_row(first, i)[j] = share * (mat_row(first, i)[j] - mat_row(second, i)[j]);
    }
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct pepita *p = self;
    int n = batch->x.rows, L = p->base.mlp.n_layer;
    struct mat e = mat_rows(p->e, 0, n);
    real loss = first_pass(p, batch, e, rng);
    struct mat x = modulated(p, batch->x, e);

    for (int l = 1; l <= L; l++) {
        struct mat h = mlp_pair_value(&p->base.mlp, &p->base.pair, l, n), d = h;
        struct dense g = mlp_dense(&p->base.mlp, p->g, l);

        layer_forward(p, l, h, x, rng);
        if (l < L)
            contrast(d = mlp_value(&p->base.mlp, &p->values, l, n), h, batch);
        else
            loss_cross_entropy(h, batch);
        dense_backward(g.w, g.b, x, d);
        memset(g.b, 0, (size_t)d.cols * sizeof *g.b);
        x = h;
    }
    optim_step(&p->optim, p->g, batch->progress);
    return loss;
}

/* Two forward passes, the weight gradients, and the error to the input. */
static double flops(const void *self)
{
    const struct pepita *p = self;

    return 3 * mlp_flops(&p->base.mlp) + 2.0 * p->f.rows * p->f.cols;
}

const struct learner learner_pepita = {
    .name = "pepita",
    .about =
        "a second forward pass on an error-modulated input instead of a backward one",
    .source = "Dellaferrera & Kreiman 2022, arXiv:2201.11665",
    .params = params,
    .size = sizeof(struct pepita),
    .can = CAN_HOOK,
    .init = init,
    .train = train,
    .score = mlp_rule_score,
    .n_feature = mlp_rule_n_feature,
    .features = mlp_rule_features,
    .weights = mlp_rule_weights,
    .flops = flops,
    .score_flops = mlp_rule_score_flops,
};
