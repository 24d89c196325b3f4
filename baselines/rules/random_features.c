/* Random features: the trunk keeps its initial weights, only the output layer is trained,
 * by softmax cross-entropy (random kitchen sinks, Rahimi & Recht 2008; extreme learning
 * machines, Huang, Zhu & Siew 2006). A control whose trunk cannot forget: what is lost
 * between tasks is lost by the head. Batch norms stay at mean 0 and variance 1, dropout
 * is off. */
#include <stddef.h>

#include "core/nn/loss.h"
#include "core/nn/net.h"
#include "core/optim/optimizer.h"
#include "core/plug/learner.h"

struct random_features {
    char layers[PARAM_TEXT_MAX];
    int init;
    struct optim_options options;

    struct net net; /* the trunk */
    struct net_work work;
    real *fixed, *state; /* of the trunk */
    struct vec w;        /* the head: W (features x n_out), b */
    struct mat head;
    real *g;
    struct mat logit; /* n_train x n_out */
    struct optim optim;
};

static const struct param params[] = {
    {"net", PARAM_TEXT, offsetof(struct random_features, layers), "mlp-400-400", 0, 0,
     NULL, "trunk: a preset or a list of layers; the output layer is added"},
    {"init", PARAM_CHOICE, offsetof(struct random_features, init), "he", 0, 0, init_names,
     "weights of the trunk; the head starts the same way"},
    OPTIM_PARAMS(struct random_features, options, "adam", "0.001", "0"),
    {0},
};

static void take_memory(struct random_features *rf, const struct learner_env *env)
{
    struct arena *arena = env->arena;
    int rows = env->n_train > env->n_score ? env->n_train : env->n_score;
    int n = shape_size(rf->net.out);

    rf->fixed = arena_take(arena, TAG_FIXED, rf->net.n_weight, sizeof(real));
    rf->state = arena_take(arena, TAG_FIXED, rf->net.n_state, sizeof(real));
    rf->w.n = (size_t)(n + 1) * (size_t)env->n_out;
    rf->w.data = arena_take(arena, TAG_WEIGHT, rf->w.n, sizeof(real));
    rf->head = mat_of(rf->w.data, n, env->n_out);
    rf->g = arena_take(arena, TAG_GRADIENT, rf->w.n, sizeof(real));
    rf->logit = mat_take(arena, TAG_SCRATCH, env->n_train, env->n_out);
    net_take_work(&rf->net, &rf->work, 1, rows, false, env->n_thread, arena);
    optim_init(&rf->optim, &rf->options, rf->w, env->arena, env->hook);
}

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct random_features *rf = self;

    if (net_parse(&rf->net, rf->layers, env->image, err) != OK)
        return err->status;
    take_memory(rf, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    net_init_weights(&rf->net, rf->fixed, (enum init)rf->init, env->rng);
    net_init_state(&rf->net, rf->state);
    init_layer((enum init)rf->init, rf->head, rf->w.data + rf->w.n - env->n_out,
               rng_child(env->rng, "head"));
    return OK;
}

static struct mat mlp_output(const struct random_features *rf, struct mat x)
{
    return net_score(&rf->net, rf->fixed, rf->state, &rf->work, x);
}

static void head_forward(const struct random_features *rf, struct mat logit, struct mat h)
{
    dense_forward(logit, h, rf->head, rf->w.data + rf->w.n - logit.cols);
}

static real grad(void *self, const struct batch *batch, struct rng rng, real *g)
{
    const struct random_features *rf = self;
    struct mat h = mlp_output(rf, batch->x), logit = mat_rows(rf->logit, 0, h.rows);
    real loss;

    head_forward(rf, logit, h);
    loss = loss_cross_entropy(logit, batch);
    dense_backward(mat_of(g, h.cols, logit.cols), g + rf->w.n - logit.cols, h, logit);
    return loss;
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    struct random_features *rf = self;
    real loss = grad(self, batch, rng, rf->g);

    optim_step(&rf->optim, rf->g, batch->progress);
    return loss;
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct random_features *rf = self;

    head_forward(rf, out, mlp_output(rf, x));
}

static int n_feature(const void *self)
{
    const struct random_features *rf = self;

    return rf->head.rows;
}

static void features(const void *self, struct mat x, struct rng rng, struct mat out)
{
    const struct random_features *rf = self;

    mat_copy(out, mlp_output(rf, x));
}

static struct vec weights(const void *self)
{
    return ((const struct random_features *)self)->w;
}

static double flops(const void *self)
{
    const struct random_features *rf = self;

    return net_flops_forward(&rf->net) + 4.0 * rf->head.rows * rf->head.cols;
}

static double score_flops(const void *self)
{
    const struct random_features *rf = self;

    return net_flops_forward(&rf->net) + 2.0 * rf->head.rows * rf->head.cols;
}

const struct learner learner_random_features = {
    .name = "random-features",
    .about =
        "a frozen random trunk and a trained head: features that cannot be forgotten",
    .source = "Rahimi & Recht 2008, NIPS 20; Huang, Zhu & Siew 2006, Neurocomputing 70",
    .params = params,
    .size = sizeof(struct random_features),
    .can = CAN_SOFT | CAN_HOOK,
    .init = init,
    .train = train,
    .score = score,
    .n_feature = n_feature,
    .features = features,
    .weights = weights,
    .flops = flops,
    .score_flops = score_flops,
    .grad = grad,
};
