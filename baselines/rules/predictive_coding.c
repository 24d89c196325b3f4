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
 * This is of dense layers. In any other net layer l is a module F_l that ends in a
 * convolution or dense layer and begins with what stands before it: activation, pool, row
 * norm, dropout (core/nn/modules.h); mu_l = F_l(z_{l-1}), and errors go down and become
 * gradients by the vector-Jacobian products of F_{l+1} and F_l.
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

#include "baselines/rules/net_rule.h"
#include "core/nn/loss.h"
#include "core/optim/optimizer.h"

enum update { UPDATE_STEP, UPDATE_END, UPDATE_ZERO };
enum output_error { ERROR_SOFTMAX, ERROR_LINEAR };

static const char *const update_names[] = {"step", "end", "zero", NULL};
static const char *const error_names[] = {"softmax", "linear", NULL};

struct predictive_coding {
    struct net_rule base;
    int steps, update, error;
    double gamma;
    struct optim_options options;

    real *g;
    struct optim optim;
    struct mat z[NET_LAYERS + 1], e[NET_LAYERS + 1]; /* by layer: values, errors */
    struct mat
        first; /* mu_1, which depends on the images and the weights alone; of no use
                         where the weights move at every step */
};

static const struct param params[] = {
    NET_RULE_PARAMS(struct predictive_coding, base, "xavier"),
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

static void take_values(struct predictive_coding *pc, const struct learner_env *env)
{
    const struct modules *modules = &pc->base.modules;

    for (int l = 1; l <= modules->n; l++) {
        int width = shape_size(modules->module[l].out);

        pc->e[l] = mat_take(env->arena, TAG_ACTIVATION, env->n_train, width);
        if (l < modules->n)
            pc->z[l] = mat_take(env->arena, TAG_ACTIVATION, env->n_train, width);
    }
    if (pc->update != UPDATE_STEP)
        pc->first = mat_take(env->arena, TAG_ACTIVATION, env->n_train, pc->e[1].cols);
}

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct predictive_coding *pc = self;

    if (net_rule_plan(&pc->base, "predictive-coding", CUT_AFTER_WEIGHTS, env, err) !=
            OK ||
        modules_refuse(
            &pc->base.modules, LAYER_BATCHNORM,
            "predictive-coding lets each image settle by itself, and batchnorm "
            "ties them together; write layernorm or leave it out",
            err) != OK)
        return err->status;
    net_rule_take(&pc->base, env);
    pc->g = arena_take(env->arena, TAG_GRADIENT, pc->base.w.n, sizeof(real));
    take_values(pc, env);
    optim_init(&pc->optim, &pc->options, pc->base.w, env->arena, env->hook);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    net_rule_draw(&pc->base, env->rng);
    return OK;
}

/* Of the first n rows. */
static struct mat value(const struct predictive_coding *pc, int l, int n)
{
    return mat_rows(pc->z[l], 0, n);
}

static struct mat error_of(const struct predictive_coding *pc, int l, int n)
{
    return mat_rows(pc->e[l], 0, n);
}

/* What layer l reads: z_{l-1}. */
static struct net_pass pass_of(const struct predictive_coding *pc,
                               const struct batch *batch, struct rng rng, int l)
{
    struct mat x = l > 1 ? value(pc, l - 1, batch->x.rows) : batch->x;

    return (struct net_pass){pc->base.w.data, &pc->base.work, x, rng};
}

/* mu_l */
static struct mat predict(const struct predictive_coding *pc, const struct batch *batch,
                          struct rng rng, int l)
{
    struct net_pass pass = pass_of(pc, batch, rng, l);

    return module_forward(&pc->base.modules, l, &pass, NULL, NET_MEASURE);
}

/* z_l = mu_l in the hidden layers. */
static void start(const struct predictive_coding *pc, const struct batch *batch,
                  struct rng rng)
{
    int n = batch->x.rows;

    for (int l = 1; l < pc->base.modules.n; l++)
        mat_copy(value(pc, l, n), predict(pc, batch, rng, l));
    if (pc->first.data && pc->base.modules.n > 1)
        mat_copy(mat_rows(pc->first, 0, n), value(pc, 1, n));
}

/* e_l of a hidden layer. */
static void hidden_error(const struct predictive_coding *pc, const struct batch *batch,
                         struct rng rng, int l)
{
    int n = batch->x.rows;
    bool known = l == 1 && pc->first.data;
    struct mat mu = known ? mat_rows(pc->first, 0, n) : predict(pc, batch, rng, l);
    struct mat e = error_of(pc, l, n), z = value(pc, l, n);

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
static real find_errors(const struct predictive_coding *pc, const struct batch *batch,
                        struct rng rng)
{
    int L = pc->base.modules.n;
    struct mat output = error_of(pc, L, batch->x.rows);

    for (int l = 1; l < L; l++)
        hidden_error(pc, batch, rng, l);
    mat_copy(output, predict(pc, batch, rng, L));
    return output_error(pc, batch, output);
}

/* One step of all values; the errors are those of before, and so is all that the layers
 * have stored. */
static void infer(const struct predictive_coding *pc, const struct batch *batch,
                  struct rng rng)
{
    real gamma = pc->update == UPDATE_ZERO ? 1 : (real)pc->gamma;
    int n = batch->x.rows;

    for (int l = 1; l < pc->base.modules.n; l++) {
        struct net_pass pass = pass_of(pc, batch, rng, l + 1);
        struct module_error above = {.dy = error_of(pc, l + 1, n), .want_dx = true};
        struct mat d = module_backward(&pc->base.modules, l + 1, &pass, above);
        struct mat z = value(pc, l, n), e = error_of(pc, l, n);

        for (size_t i = 0; i < (size_t)z.rows * (size_t)z.cols; i++)
            z.data[i] += gamma * (d.data[i] - e.data[i]);
    }
}

/* The gradient of layer l: each row of e by its weight. */
static void layer_gradient(const struct predictive_coding *pc, const struct batch *batch,
                           struct rng rng, int l)
{
    int n = batch->x.rows;
    struct net_pass pass = pass_of(pc, batch, rng, l);
    struct mat e = error_of(pc, l, n);
    struct mat d = mat_of(pc->base.work.delta[0], n, e.cols);
    struct module_error error = {.dy = d,
                                 .g = module_block(&pc->base.modules, pc->g, l).data};

    for (int i = 0; i < n; i++) {
        real share = -batch_weight(batch, i) / (real)n;

        for (int j = 0; j < e.cols; j++)
            mat_row(d, i)[j] = share * mat_row(e, i)[j];
    }
    module_backward(&pc->base.modules, l, &pass, error);
}

/* Does layer l take its gradient from step t? */
static bool takes(const struct predictive_coding *pc, int l, int t, int steps)
{
    return pc->update == UPDATE_STEP || (pc->update == UPDATE_END && t == steps - 1) ||
           (pc->update == UPDATE_ZERO && l == pc->base.modules.n - t);
}

/* The steps of inference; in the last one no value moves, as it would not be used. */
static int n_step(const struct predictive_coding *pc)
{
    return pc->update == UPDATE_ZERO ? pc->base.modules.n : pc->steps;
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct predictive_coding *pc = self;
    int steps = n_step(pc);
    real loss = 0;

    start(pc, batch, rng);
    for (int t = 0; t < steps; t++) {
        real now = find_errors(pc, batch, rng);

        if (t == 0)
            loss = now;
        for (int l = 1; l <= pc->base.modules.n; l++)
            if (takes(pc, l, t, steps))
                layer_gradient(pc, batch, rng, l);
        if (t < steps - 1)
            infer(pc, batch, rng);
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
    const struct modules *modules = &pc->base.modules;
    double all = net_flops_forward(&modules->net);
    double start = all - module_flops(modules, modules->n);
    double down = all - module_flops(modules, 1);
    int steps = n_step(pc), gradients = pc->update == UPDATE_STEP ? steps : 1;

    return start + steps * all + (steps - 1) * down + gradients * all;
}

const struct learner learner_predictive_coding = {
    .name = "predictive-coding",
    .about = "values settle between the layers' predictions, weights follow; MLP or CNN",
    .source = "Salvatori et al. 2024, arXiv:2212.00720; Whittington & Bogacz 2017",
    .params = params,
    .size = sizeof(struct predictive_coding),
    .init = init,
    .train = train,
    .score = net_rule_score,
    .n_feature = net_rule_n_feature,
    .features = net_rule_features,
    .weights = net_rule_weights,
    .flops = flops,
    .score_flops = net_rule_score_flops,
};
