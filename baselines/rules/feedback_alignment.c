/* Feedback alignment: errors travel back through fixed random matrices instead of the
 * transposed weights. Two learners:
 *
 *   fa   layer by layer (Lillicrap, Cownden, Tweed & Akerman 2016, Nature Communications
 * 7, 13276):  d_l = (d_{l+1} B_{l+1}) . act'(z_l),  B_{l+1} of n_{l+1} x n_l in the place
 *        of W_{l+1}^T
 *   dfa  from the output straight to every layer (Nokland 2016, arXiv:1609.01596, eq. 7):
 *        d_l = (e B_l) . act'(z_l),  B_l of classes x n_l
 *
 * with e = d_L = softmax - onehot over what competes; the updates are those of
 * back-propagation, dW_l = h_{l-1}^T d_l. With B = W^T both would be back-propagation
 * (dfa: in a linear net, with the product of the weights above). B ~ N(0, 1 / rows of B)
 * times an option and never changes. */
#include <stddef.h>
#include <tgmath.h>

#include "baselines/rules/feedback.h"
#include "core/loss.h"
#include "core/optim.h"
#include "core/trunk.h"

struct feedback_alignment {
    char layers[PARAM_TEXT_MAX];
    int init;
    double feedback;
    struct optim_options options;

    bool direct;        /* dfa */
    struct trunk trunk; /* ends in a linear layer of n_out logits */
    struct vec w;
    real *g;
    struct mat back[NET_LAYERS + 1]; /* what brings the error to layer l */
    struct optim optim;
    struct trunk_values values;
    struct trunk_pair pair;
};

static const struct param params[] = {
    {"net", PARAM_TEXT, offsetof(struct feedback_alignment, layers), "mlp-400-400", 0, 0,
     NULL, "hidden layers: mlp-A-B-... or dense layers and activations"},
    {"init", PARAM_CHOICE, offsetof(struct feedback_alignment, init), "uniform-fan-in", 0,
     0, init_names, "initial weights"},
    {"feedback", PARAM_NUMBER, offsetof(struct feedback_alignment, feedback), "1", 0, 1e6,
     NULL, "standard deviation of the feedback weights, times the root of their fan-in"},
    OPTIM_PARAMS(struct feedback_alignment, options, "adam", "0.001", "0"),
    {0},
};

static void take_feedback(struct feedback_alignment *fa, struct arena *arena)
{
    const struct trunk *trunk = &fa->trunk;

    for (int l = 1; l < trunk->n_layer; l++) {
        int from = fa->direct ? trunk->n_layer : l + 1;

        fa->back[l] =
            mat_take(arena, TAG_FIXED, trunk->layer[from].n_out, trunk->layer[l].n_out);
    }
}

static void draw_feedback(const struct feedback_alignment *fa, struct rng rng)
{
    for (int l = 1; l < fa->trunk.n_layer; l++) {
        struct mat b = fa->back[l];
        struct rng own = rng_at(rng, (uint64_t)l);

        rng_normal(&own, b.at, (size_t)b.rows * (size_t)b.cols,
                   (real)(fa->feedback / sqrt((double)b.rows)));
    }
}

static enum status prepare(struct feedback_alignment *fa, const char *rule,
                           const struct learner_env *env, struct error *err)
{
    struct trunk *trunk = &fa->trunk;
    int rows = env->n_train > env->n_score ? env->n_train : env->n_score;

    if (trunk_parse(trunk, rule, fa->layers, env->image, err) != OK)
        return err->status;
    trunk_add(trunk, env->n_out);
    fa->w.n = trunk->n_weight;
    fa->w.at = arena_take(env->arena, TAG_WEIGHT, fa->w.n, sizeof(real));
    fa->g = arena_take(env->arena, TAG_GRADIENT, fa->w.n, sizeof(real));
    take_feedback(fa, env->arena);
    fa->values = trunk_take_values(trunk, env->n_train, env->arena);
    fa->pair = trunk_take_pair(trunk, rows, env->arena);
    optim_init(&fa->optim, &fa->options, fa->w, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    trunk_init_weights(trunk, fa->w.at, (enum init)fa->init, env->rng);
    draw_feedback(fa, rng_child(env->rng, "feedback"));
    return OK;
}

static enum status init_fa(void *self, const struct learner_env *env, struct error *err)
{
    return prepare(self, "fa", env, err);
}

static enum status init_dfa(void *self, const struct learner_env *env, struct error *err)
{
    struct feedback_alignment *fa = self;

    fa->direct = true;
    return prepare(fa, "dfa", env, err);
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct feedback_alignment *fa = self;
    struct feedback feedback = {fa->back, fa->direct};
    struct mat e = trunk_forward(&fa->trunk, fa->w.at, &fa->values, batch->x);
    real loss = loss_cross_entropy(e, batch);

    feedback_gradient(&fa->trunk, feedback, &fa->values, &fa->pair, batch->x, e, fa->g);
    optim_step(&fa->optim, fa->g, batch->at);
    return loss;
}

static void score(const void *self, struct mat x, struct classes among, struct rng rng,
                  struct mat out)
{
    const struct feedback_alignment *fa = self;

    mat_copy(out, trunk_score(&fa->trunk, fa->w.at, &fa->pair, x));
}

static int n_feature(const void *self)
{
    const struct feedback_alignment *fa = self;

    return fa->trunk.layer[fa->trunk.n_layer - 1].n_out;
}

static void features(const void *self, struct mat x, struct rng rng, struct mat out)
{
    const struct feedback_alignment *fa = self;

    mat_copy(out, trunk_climb(&fa->trunk, fa->w.at, &fa->pair, x, fa->trunk.n_layer - 1));
}

static struct vec weights(const void *self)
{
    return ((const struct feedback_alignment *)self)->w;
}

/* Forward, weight gradients, and the way back. */
static double flops(const void *self)
{
    const struct feedback_alignment *fa = self;
    double back = 0;

    for (int l = 1; l < fa->trunk.n_layer; l++)
        back += 2.0 * fa->back[l].rows * fa->back[l].cols;
    return 2 * trunk_flops(&fa->trunk) + back;
}

const struct learner fa = {
    .name = "fa",
    .about = "feedback alignment: errors travel back through fixed random weights",
    .source = "Lillicrap et al. 2016, Nature Communications 7, 13276",
    .params = params,
    .size = sizeof(struct feedback_alignment),
    .can = CAN_SOFT | CAN_DOOR,
    .init = init_fa,
    .train = train,
    .score = score,
    .n_feature = n_feature,
    .features = features,
    .weights = weights,
    .flops = flops,
};

const struct learner dfa = {
    .name = "dfa",
    .about = "direct feedback alignment: the output error goes straight to every layer",
    .source = "Nokland 2016, arXiv:1609.01596",
    .params = params,
    .size = sizeof(struct feedback_alignment),
    .can = CAN_SOFT | CAN_DOOR,
    .init = init_dfa,
    .train = train,
    .score = score,
    .n_feature = n_feature,
    .features = features,
    .weights = weights,
    .flops = flops,
};
