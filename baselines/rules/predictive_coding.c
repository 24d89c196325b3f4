/* Predictive coding: every layer has values of its own, which settle between what the
 * layer below predicts and what the layer above needs; the weights then reduce what is
 * left of each prediction error. Only the errors of neighbouring layers are used
 * (Whittington & Bogacz 2017; incremental form, iPC: Salvatori et al. 2024,
 * arXiv:2212.00720, algorithm 1).
 *
 *   prediction  mu_l = act(z_{l-1}) W_l + b_l, l = 1..L, act(z_0) = x
 *   errors      e_l = z_l - mu_l in the hidden layers, all of them 0 at the start, where
 *               z_l = mu_l; at the output e_L = onehot - softmax(mu_L) over what competes
 *               (error: softmax, as of a cross-entropy) or onehot - mu_L (error: linear)
 *   inference   z_l += gamma (-e_l + act'(z_l) . (e_{l+1} W_{l+1}^T)), all l at once
 *   learning    dW_l = act(z_{l-1})^T e_l, the mean over rows
 *
 * update:
 *   step   iPC: the weights follow every one of the T steps of inference
 *   end    PC: they follow the last one alone
 *   zero   Z-IL (Song, Lukasiewicz, Xu & Bogacz 2020, NeurIPS 33, algorithm 2):
 *          gamma = 1, T = L, and layer L - t takes the error of step t, when it first
 *          arrives there. Exactly back-propagation.
 *
 * Steps of inference longer than 2 / (1 + |W|^2) do not settle. */
#include <stddef.h>
#include <string.h>

#include "baselines/rules/mlp_rule.h"
#include "core/nn/loss.h"
#include "core/optim/optimizer.h"

enum update { UPDATE_STEP, UPDATE_END, UPDATE_ZERO };
enum output_error { ERROR_SOFTMAX, ERROR_LINEAR };

static const char *const update_names[] = {"step", "end", "zero", NULL};
static const char *const error_names[] = {"softmax", "linear", NULL};

struct predictive_coding {
    struct mlp_rule base;
    int steps, update, error;
    double gamma;
    struct optim_options options;

    real *g;
    struct optim optim;
    struct mlp_values z, h, e; /* values, act(values), errors */
};

static const struct param params[] = {
    MLP_RULE_PARAMS(struct predictive_coding, base, "xavier"),
    {"steps", PARAM_INT, offsetof(struct predictive_coding, steps), "8", 1, 10000, NULL,
     "T, steps of inference on each batch"},
    {"gamma", PARAM_NUMBER, offsetof(struct predictive_coding, gamma), "0.1", 1e-6, 1,
     NULL, "size of a step of inference"},
    {"update", PARAM_CHOICE, offsetof(struct predictive_coding, update), "step", 0, 0,
     update_names, "when the weights learn: every step (iPC), at the end (PC), Z-IL"},
    {"error", PARAM_CHOICE, offsetof(struct predictive_coding, error), "softmax", 0, 0,
     error_names, "at the output: of the probabilities or of the logits themselves"},
    OPTIM_PARAMS(struct predictive_coding, options, "adam", "0.0003", "0"),
    {0},
};

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct predictive_coding *pc = self;
    struct arena *arena = env->arena;

    if (mlp_rule_plan(&pc->base, "predictive-coding", env, err) != OK)
        return err->status;
    mlp_rule_take(&pc->base, 0, env);
    pc->g = arena_take(arena, TAG_GRADIENT, pc->base.w.n, sizeof(real));
    pc->z = mlp_take_values(&pc->base.mlp, env->n_train, arena);
    pc->h = mlp_take_values(&pc->base.mlp, env->n_train, arena);
    pc->e = mlp_take_values(&pc->base.mlp, env->n_train, arena);
    optim_init(&pc->optim, &pc->options, pc->base.w, env->arena, env->hook);
    if (arena_check(arena, err) != OK)
        return err->status;
    mlp_rule_draw(&pc->base, env->rng);
    return OK;
}

static struct mat activity(const struct predictive_coding *pc, const struct batch *batch,
                           int l)
{
    return l > 0 ? mlp_value(&pc->base.mlp, &pc->h, l, batch->x.rows) : batch->x;
}

/* mu_l */
static void predict(const struct predictive_coding *pc, const struct batch *batch, int l,
                    struct mat mu)
{
    struct dense dense = mlp_dense(&pc->base.mlp, pc->base.w.data, l);

    dense_forward(mu, activity(pc, batch, l - 1), dense.w, dense.b);
}

/* mu_1 depends on the images and the weights alone. Where no weight moves before the last
 * step (not with `step`) it is computed once and kept in one half of the pair; all else
 * uses the other half. */
static struct mat first_prediction(const struct predictive_coding *pc, int n)
{
    return mlp_pair_value(&pc->base.mlp, &pc->base.pair, 1, n);
}

static struct mat scratch(const struct predictive_coding *pc, int l, int n)
{
    return mat_of(pc->base.pair.data[0], n, pc->base.mlp.layer[l].n_out);
}

static void activate(const struct predictive_coding *pc, int l, int n)
{
    const struct mlp_layer *layer = &pc->base.mlp.layer[l];
    struct mat z = mlp_value(&pc->base.mlp, &pc->z, l, n);
    struct mat h = mlp_value(&pc->base.mlp, &pc->h, l, n);

    if (layer->linear)
        mat_copy(h, z);
    else
        act_forward(layer->activation, h, z);
}

/* z_l = mu_l in the hidden layers. */
static void start(const struct predictive_coding *pc, const struct batch *batch)
{
    int n = batch->x.rows;

    for (int l = 1; l < pc->base.mlp.n_layer; l++) {
        struct mat z = mlp_value(&pc->base.mlp, &pc->z, l, n);

        predict(pc, batch, l, z);
        activate(pc, l, n);
        if (l == 1 && pc->update != UPDATE_STEP)
            mat_copy(first_prediction(pc, n), z);
    }
}

/* e_l of a hidden layer. */
static void hidden_error(const struct predictive_coding *pc, const struct batch *batch,
                         int l)
{
    int n = batch->x.rows;
    struct mat e = mlp_value(&pc->base.mlp, &pc->e, l, n);
    struct mat z = mlp_value(&pc->base.mlp, &pc->z, l, n), mu = e;

    if (l == 1 && pc->update != UPDATE_STEP)
        mu = first_prediction(pc, n);
    else
        predict(pc, batch, l, mu);
    for (size_t i = 0; i < (size_t)e.rows * (size_t)e.cols; i++)
        e.data[i] = z.data[i] - mu.data[i];
}

/* mu_L becomes the error; the loss of its logits. */
static real output_error(const struct predictive_coding *pc, const struct batch *batch,
                         struct mat mu)
{
    real loss = 0;

    for (int i = 0; i < mu.rows; i++) {
        const uint8_t *on = batch_competing(batch, i);
        real *e = mat_row(mu, i), row = 0;

        if (pc->error == ERROR_SOFTMAX)
            softmax_row(e, on, mu.cols);
        for (int k = 0; k < mu.cols; k++) {
            e[k] = on[k] ? (real)(k == batch->y[i]) - e[k] : 0;
            row += e[k] * e[k] / 2;
        }
        loss += batch_weight(batch, i) / (real)mu.rows * row;
    }
    return loss;
}

/* All errors at the present values; half the squared error of the output. */
static real find_errors(const struct predictive_coding *pc, const struct batch *batch)
{
    int L = pc->base.mlp.n_layer;
    struct mat output = mlp_value(&pc->base.mlp, &pc->e, L, batch->x.rows);

    for (int l = 1; l < L; l++)
        hidden_error(pc, batch, l);
    predict(pc, batch, L, output);
    return output_error(pc, batch, output);
}

/* The direction dz_l of inference. */
static struct mat direction(const struct predictive_coding *pc, int l, int n)
{
    struct mat above = mlp_value(&pc->base.mlp, &pc->e, l + 1, n);
    struct mat e = mlp_value(&pc->base.mlp, &pc->e, l, n);
    struct mat d = scratch(pc, l, n);

    mat_mul_nt(d, above, mlp_dense(&pc->base.mlp, pc->base.w.data, l + 1).w, false);
    mlp_layer_backward(&pc->base.mlp, l, d, mlp_value(&pc->base.mlp, &pc->h, l, n));
    for (size_t i = 0; i < (size_t)d.rows * (size_t)d.cols; i++)
        d.data[i] -= e.data[i];
    return d;
}

/* One step of all values; the errors are those of before. */
static void infer(const struct predictive_coding *pc, int n)
{
    real gamma = pc->update == UPDATE_ZERO ? 1 : (real)pc->gamma;

    for (int l = 1; l < pc->base.mlp.n_layer; l++) {
        struct mat z = mlp_value(&pc->base.mlp, &pc->z, l, n), d = direction(pc, l, n);

        for (size_t i = 0; i < (size_t)z.rows * (size_t)z.cols; i++)
            z.data[i] += gamma * d.data[i];
        activate(pc, l, n);
    }
}

/* The gradient of layer l: each row of e by its weight. */
static void layer_gradient(const struct predictive_coding *pc, const struct batch *batch,
                           int l)
{
    int n = batch->x.rows;
    struct mat e = mlp_value(&pc->base.mlp, &pc->e, l, n);
    struct mat d = scratch(pc, l, n);
    struct dense g = mlp_dense(&pc->base.mlp, pc->g, l);

    for (int i = 0; i < n; i++) {
        real share = -batch_weight(batch, i) / (real)n;

        for (int j = 0; j < e.cols; j++)
            mat_row(d, i)[j] = share * mat_row(e, i)[j];
    }
    dense_backward(g.w, g.b, activity(pc, batch, l - 1), d);
}

/* Does layer l take its gradient from step t? */
static bool takes(const struct predictive_coding *pc, int l, int t, int steps)
{
    return pc->update == UPDATE_STEP || (pc->update == UPDATE_END && t == steps - 1) ||
           (pc->update == UPDATE_ZERO && l == pc->base.mlp.n_layer - t);
}

/* The steps of inference; in the last one no value moves, as it would not be used. */
static int n_step(const struct predictive_coding *pc)
{
    return pc->update == UPDATE_ZERO ? pc->base.mlp.n_layer : pc->steps;
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct predictive_coding *pc = self;
    int n = batch->x.rows, steps = n_step(pc);
    real loss = 0;

    start(pc, batch);
    for (int t = 0; t < steps; t++) {
        real now = find_errors(pc, batch);

        if (t == 0)
            loss = now;
        for (int l = 1; l <= pc->base.mlp.n_layer; l++)
            if (takes(pc, l, t, steps))
                layer_gradient(pc, batch, l);
        if (t < steps - 1)
            infer(pc, n);
        if (pc->update == UPDATE_STEP || t == steps - 1)
            optim_step(&pc->optim, pc->g, batch->progress);
    }
    return loss;
}

/* The start; per step all predictions, and between steps the errors back; the
 * gradients. As the algorithm is written: mu_1 counts at every step, kept or not. */
static double flops(const void *self)
{
    const struct predictive_coding *pc = self;
    double all = mlp_flops(&pc->base.mlp);
    double start = all - mlp_layer_flops(&pc->base.mlp, pc->base.mlp.n_layer);
    double down = all - mlp_layer_flops(&pc->base.mlp, 1);
    int steps = n_step(pc), gradients = pc->update == UPDATE_STEP ? steps : 1;

    return start + steps * all + (steps - 1) * down + gradients * all;
}

const struct learner learner_predictive_coding = {
    .name = "predictive-coding",
    .about = "values settle between the layers' predictions, weights follow every step",
    .source = "Salvatori et al. 2024, arXiv:2212.00720; Whittington & Bogacz 2017",
    .params = params,
    .size = sizeof(struct predictive_coding),
    .init = init,
    .train = train,
    .score = mlp_rule_score,
    .n_feature = mlp_rule_n_feature,
    .features = mlp_rule_features,
    .weights = mlp_rule_weights,
    .flops = flops,
    .score_flops = mlp_rule_score_flops,
};
