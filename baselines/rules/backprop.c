/* Back-propagation with softmax cross-entropy (Rumelhart, Hinton & Williams 1986): the
 * reference for every other rule. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/nn/loss.h"
#include "core/nn/net.h"
#include "core/optim/optimizer.h"
#include "core/plug/learner.h"

struct backprop {
    char layers[PARAM_TEXT_MAX];
    int init, recompute;
    struct optim_options options;

    struct net net; /* ends in a dense layer of n_out logits */
    struct net_work work;
    struct vec w;
    real *g, *state;
    struct optim optim;
};

static const struct param params[] = {
    {"net", PARAM_TEXT, offsetof(struct backprop, layers), "mlp-400-400", 0, 0, NULL,
     "trunk: a preset or a list of layers; the output layer is added"},
    {"init", PARAM_CHOICE, offsetof(struct backprop, init), "uniform-fan-in", 0, 0,
     init_names, "initial weights"},
    {"recompute", PARAM_INT, offsetof(struct backprop, recompute), "1", 1, NET_LAYERS,
     NULL,
     "segments whose activations share memory and are computed twice; 1 = all are kept"},
    OPTIM_PARAMS(struct backprop, options, "adam", "0.001", "0"),
    {0},
};

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct backprop *bp = self;
    struct net *net = &bp->net;
    char head[32];

    snprintf(head, sizeof head, "dense %d", env->n_out);
    if (net_parse(net, bp->layers, env->image, err) != OK ||
        net_add(net, head, err) != OK)
        return err->status;
    net_recompute(net, bp->recompute);
    bp->w.n = net->n_weight;
    bp->w.data = arena_take(env->arena, TAG_WEIGHT, bp->w.n, sizeof(real));
    bp->g = arena_take(env->arena, TAG_GRADIENT, bp->w.n, sizeof(real));
    bp->state = arena_take(env->arena, TAG_STATE, net->n_state, sizeof(real));
    optim_init(&bp->optim, &bp->options, bp->w, env->arena, env->hook);
    net_take_work(net, &bp->work, env->n_train, env->n_score, false, env->n_thread,
                  env->arena);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    net_init_weights(net, bp->w.data, (enum init)bp->init, env->rng);
    net_init_state(net, bp->state);
    return OK;
}

/* state: the running statistics to move. */
static real gradient(struct backprop *bp, const struct batch *batch, real *state,
                     struct rng rng, real *g)
{
    struct net_pass pass = {bp->w.data, &bp->work, batch->x, rng};
    struct mat logit = net_forward(&bp->net, &pass, state, NET_TRAIN);
    real loss = loss_cross_entropy(logit, batch);

    net_backward(&bp->net, &pass, logit, g, false);
    return loss;
}

static bool batch_norms(const void *self)
{
    return ((const struct backprop *)self)->net.n_state > 0;
}

/* grad leaves the running statistics alone; step moves them by the batch that grad saw.
 * In between they wait in bp->g: train alone uses it as a gradient, and it is as long as
 * the weights, of which a batch norm has as many as it has statistics. Memory of their
 * own would count in peak_bytes. */
static void copy_state(const struct backprop *bp, real *to, const real *from)
{
    if (batch_norms(bp))
        memcpy(to, from, bp->net.n_state * sizeof *to);
}

static real grad(void *self, const struct batch *batch, struct rng rng, real *g)
{
    struct backprop *bp = self;

    copy_state(bp, bp->g, bp->state);
    return gradient(bp, batch, bp->g, rng, g);
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    struct backprop *bp = self;
    real loss = gradient(bp, batch, bp->state, rng, bp->g);

    optim_step(&bp->optim, bp->g, batch->progress);
    return loss;
}

static void step(void *self, real *g, struct progress progress)
{
    struct backprop *bp = self;

    copy_state(bp, bp->state, bp->g);
    optim_step(&bp->optim, g, progress);
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct backprop *bp = self;

    mat_copy(out, net_score(&bp->net, bp->w.data, bp->state, &bp->work, x));
}

static int n_feature(const void *self)
{
    const struct backprop *bp = self;

    return bp->net.layer[bp->net.n_layer - 1].n_in;
}

static void features(const void *self, struct mat x, struct rng rng, struct mat out)
{
    const struct backprop *bp = self;

    mat_copy(out, net_features(&bp->net, bp->w.data, bp->state, &bp->work, x));
}

/* A dense layer above a dense one; that above a convolution reads its map. */
static bool reads(const void *self, int k, struct readout *readout)
{
    const struct backprop *bp = self;
    int n_dense = 0;

    for (int l = 0; l < bp->net.n_layer; l++) {
        const struct layer *layer = &bp->net.layer[l];

        if (layer->kind != LAYER_DENSE)
            continue;
        if (n_dense++ == k + 1) {
            real *w = bp->w.data + layer->weight;

            *readout = (struct readout){k + 1, mat_of(w, layer->n_in, layer->n_unit)};
            return true;
        }
    }
    return false;
}

static struct vec weights(const void *self)
{
    return ((const struct backprop *)self)->w;
}

static double flops(const void *self)
{
    const struct backprop *bp = self;

    return net_flops_forward(&bp->net) + net_flops_backward(&bp->net, false);
}

static double score_flops(const void *self)
{
    return net_flops_forward(&((const struct backprop *)self)->net);
}

const struct learner learner_backprop = {
    .name = "backprop",
    .about = "back-propagation with softmax cross-entropy on an MLP or CNN",
    .source = "Rumelhart, Hinton & Williams 1986, Nature 323",
    .params = params,
    .size = sizeof(struct backprop),
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
    .step = step,
    .batch_norms = batch_norms,
    .reads = reads,
};
