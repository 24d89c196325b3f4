/* Predictive coding: every layer has values of its own, which settle between what the
 * layer below predicts and what the layer above needs; the weights then lessen what is
 * left of each prediction error. Nothing but neighbours' errors is used (Whittington &
 * Bogacz 2017; incremental form, iPC: Salvatori et al. 2024, arXiv:2212.00720, algorithm
 * 1).
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
 *          gamma = 1, T = L, and layer L - t takes the error of step t, the moment it
 *          arrives there. Exactly back-propagation.
 *
 * Steps of inference longer than 2 / (1 + |W|^2) do not settle. */
#include <stddef.h>
#include <string.h>

#include "baselines/rules/mlp.h"
#include "core/loss.h"
#include "core/optim.h"

enum update { UPDATE_STEP, UPDATE_END, UPDATE_ZERO };
enum output_error { ERROR_SOFTMAX, ERROR_LINEAR };

static const char *const update_names[] = {"step", "end", "zero", NULL};
static const char *const error_names[] = {"softmax", "linear", NULL};

struct predictive_coding {
    struct mlp mlp;
    int steps, update, error;
    double gamma;
    struct optim_options options;

    real *g;
    struct optim optim;
    struct trunk_values z, h, e; /* values, act(values), errors */
};

static const struct param params[] = {
    MLP_PARAMS(struct predictive_coding, mlp, "xavier"),
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

    if (mlp_plan(&pc->mlp, "predictive-coding", env, err) != OK)
        return err->status;
    mlp_take(&pc->mlp, 0, env);
    pc->g = arena_take(arena, TAG_GRADIENT, pc->mlp.w.n, sizeof(real));
    pc->z = trunk_take_values(&pc->mlp.trunk, env->n_train, arena);
    pc->h = trunk_take_values(&pc->mlp.trunk, env->n_train, arena);
    pc->e = trunk_take_values(&pc->mlp.trunk, env->n_train, arena);
    optim_init(&pc->optim, &pc->options, pc->mlp.w, env);
    if (arena_check(arena, err) != OK)
        return err->status;
    mlp_draw(&pc->mlp, env->rng);
    return OK;
}

static struct mat activity(const struct predictive_coding *pc, const struct batch *batch,
                           int l)
{
    return l > 0 ? trunk_value(&pc->mlp.trunk, &pc->h, l, batch->x.rows) : batch->x;
}

/* mu_l */
static void predict(const struct predictive_coding *pc, const struct batch *batch, int l,
                    struct mat mu)
{
    struct dense dense = trunk_dense(&pc->mlp.trunk, pc->mlp.w.at, l);

    dense_forward(mu, activity(pc, batch, l - 1), dense.w, dense.b);
}

static void activate(const struct predictive_coding *pc, int l, int n)
{
    const struct trunk_layer *layer = &pc->mlp.trunk.layer[l];
    struct mat z = trunk_value(&pc->mlp.trunk, &pc->z, l, n);
    struct mat h = trunk_value(&pc->mlp.trunk, &pc->h, l, n);

    if (layer->linear)
        mat_copy(h, z);
    else
        act_forward(layer->activation, h, z);
}

/* z_l = mu_l in the hidden layers. */
static void start(const struct predictive_coding *pc, const struct batch *batch)
{
    for (int l = 1; l < pc->mlp.trunk.n_layer; l++) {
        predict(pc, batch, l, trunk_value(&pc->mlp.trunk, &pc->z, l, batch->x.rows));
        activate(pc, l, batch->x.rows);
    }
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

/* All errors as the values stand; half the squared error of the output. */
static real find_errors(const struct predictive_coding *pc, const struct batch *batch)
{
    int n = batch->x.rows, L = pc->mlp.trunk.n_layer;

    for (int l = 1; l <= L; l++) {
        struct mat e = trunk_value(&pc->mlp.trunk, &pc->e, l, n);
        struct mat z = trunk_value(&pc->mlp.trunk, &pc->z, l, n);

        predict(pc, batch, l, e);
        for (size_t i = 0; l < L && i < (size_t)e.rows * (size_t)e.cols; i++)
            e.at[i] = z.at[i] - e.at[i];
    }
    return output_error(pc, batch, trunk_value(&pc->mlp.trunk, &pc->e, L, n));
}

/* The direction dz_l of inference. */
static struct mat direction(const struct predictive_coding *pc, int l, int n)
{
    struct mat above = trunk_value(&pc->mlp.trunk, &pc->e, l + 1, n);
    struct mat e = trunk_value(&pc->mlp.trunk, &pc->e, l, n);
    struct mat d = trunk_pair_value(&pc->mlp.trunk, &pc->mlp.pair, l, n);

    mat_mul_nt(d, above, trunk_dense(&pc->mlp.trunk, pc->mlp.w.at, l + 1).w, false);
    trunk_layer_backward(&pc->mlp.trunk, l, d, trunk_value(&pc->mlp.trunk, &pc->h, l, n));
    for (size_t i = 0; i < (size_t)d.rows * (size_t)d.cols; i++)
        d.at[i] -= e.at[i];
    return d;
}

/* One step of all values; the errors are those of before. */
static void infer(const struct predictive_coding *pc, int n)
{
    real gamma = pc->update == UPDATE_ZERO ? 1 : (real)pc->gamma;

    for (int l = 1; l < pc->mlp.trunk.n_layer; l++) {
        struct mat z = trunk_value(&pc->mlp.trunk, &pc->z, l, n), d = direction(pc, l, n);

        for (size_t i = 0; i < (size_t)z.rows * (size_t)z.cols; i++)
            z.at[i] += gamma * d.at[i];
    }
}

/* The gradient of layer l: each row of e by its weight. */
static void layer_gradient(const struct predictive_coding *pc, const struct batch *batch,
                           int l)
{
    int n = batch->x.rows;
    struct mat e = trunk_value(&pc->mlp.trunk, &pc->e, l, n);
    struct mat d = trunk_pair_value(&pc->mlp.trunk, &pc->mlp.pair, l, n);
    struct dense g = trunk_dense(&pc->mlp.trunk, pc->g, l);

    for (int i = 0; i < n; i++) {
        real share = -batch_weight(batch, i) / (real)n;

        for (int j = 0; j < e.cols; j++)
            mat_row(d, i)[j] = share * mat_row(e, i)[j];
    }
    dense_backward(g.w, g.b, activity(pc, batch, l - 1), d);
}

/* Whether layer l takes its gradient from step t. */
static bool takes(const struct predictive_coding *pc, int l, int t, int steps)
{
    return pc->update == UPDATE_STEP || (pc->update == UPDATE_END && t == steps - 1) ||
           (pc->update == UPDATE_ZERO && l == pc->mlp.trunk.n_layer - t);
}

/* The steps of inference; in the last one no value moves, as nobody would see it. */
static int n_step(const struct predictive_coding *pc)
{
    return pc->update == UPDATE_ZERO ? pc->mlp.trunk.n_layer : pc->steps;
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
        for (int l = 1; l <= pc->mlp.trunk.n_layer; l++)
            if (takes(pc, l, t, steps))
                layer_gradient(pc, batch, l);
        if (t < steps - 1)
            infer(pc, n);
        if (pc->update == UPDATE_STEP || t == steps - 1)
            optim_step(&pc->optim, pc->g, batch->at);
        for (int l = 1; l < pc->mlp.trunk.n_layer; l++)
            activate(pc, l, n);
    }
    return loss;
}

/* The start; per step all predictions, and between steps the errors' way down; the
 * gradients. */
static double flops(const void *self)
{
    const struct predictive_coding *pc = self;
    double all = trunk_flops(&pc->mlp.trunk);
    double start = all - trunk_layer_flops(&pc->mlp.trunk, pc->mlp.trunk.n_layer);
    double down = all - trunk_layer_flops(&pc->mlp.trunk, 1);
    int steps = n_step(pc), gradients = pc->update == UPDATE_STEP ? steps : 1;

    return start + steps * all + (steps - 1) * down + gradients * all;
}

const struct learner predictive_coding = {
    .name = "predictive-coding",
    .about = "values settle between the layers' predictions, weights follow every step",
    .source = "Salvatori et al. 2024, arXiv:2212.00720; Whittington & Bogacz 2017",
    .params = params,
    .size = sizeof(struct predictive_coding),
    .init = init,
    .train = train,
    .score = mlp_score,
    .n_feature = mlp_n_feature,
    .features = mlp_features,
    .weights = mlp_weights,
    .flops = flops,
};
