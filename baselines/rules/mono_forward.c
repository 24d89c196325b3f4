/* Mono-Forward: every hidden layer is trained alone, by the cross-entropy of a linear
 * projection of its own activity; no gradient crosses a layer (Gong, Li & Abdulla 2025,
 * arXiv:2501.09238). Equal to the `pred` loss of Nokland & Eidnes 2019
 * (arXiv:1901.06656, section 2.2) without its extras.
 *
 * Goodness per class G_l = h_l M_l, M_l of n_l x classes, without a bias; then
 *   E = dloss/dG_l of the softmax cross-entropy over what competes
 *   dM_l = h_l^T E,   dW_l = h_{l-1}^T (E M_l^T . act'(z_l)),   h_{l-1} taken as given.
 * All layers learn from the same batch, each with an optimiser of its own; the forward
 * pass needs the activity of two layers at a time only. The class is read from the last
 * layer's goodness, or from the sum over the layers.
 *
 * With `similarity` s > 0 the layers also learn to tell classes apart by the similarity
 * of their rows (Nokland & Eidnes, section 2.1), read through a learned map R_l:
 *   loss of W_l = (1 - s) pred(h_l, M_l) + s sim(h_l, R_l)
 * M_l and R_l are each trained by their own part, unscaled. 0.99 is their `predsim`, 1
 * their `sim`. What both losses are of a convolution's map: baselines/rules/local_head.h.
 *
 * A layer is a convolution or dense layer with norm and activation; pools and dropout
 * belong to the next one, as in the authors' code, but those at the end of the net to the
 * last (core/nn/modules.h). They put batch norm everywhere; here it is a layer that the
 * net has or has not, as its statistics pass from task to task. */
#include <stddef.h>

#include "baselines/rules/local_head.h"
#include "core/nn/modules.h"
#include "core/optim/optimizer.h"

enum decision { DECISION_LAST, DECISION_SUM };

static const char *const decision_names[] = {"last", "sum", NULL};

struct mono_forward {
    char layers[PARAM_TEXT_MAX];
    int init, decision, head_inputs;
    double similarity, dropout;
    struct optim_options options;

    struct modules modules;
    struct local_head *head; /* by module, from 1 */
    struct vec w;            /* the net, then M_1, R_1, M_2, ... */
    real *g;                 /* of one module, and of its head */
    real *state;
    struct optim *module_optim, *head_optim; /* by module, from 1 */
    struct net_work training, scoring;
    struct local_head_work work;
};

static const struct param params[] = {
    {"net", PARAM_TEXT, offsetof(struct mono_forward, layers), "mlp-400-400", 0, 0, NULL,
     "hidden layers: a preset or a list of layers"},
    {"init", PARAM_CHOICE, offsetof(struct mono_forward, init), "uniform-fan-in", 0, 0,
     init_names, "initial weights"},
    {"decision", PARAM_CHOICE, offsetof(struct mono_forward, decision), "last", 0, 0,
     decision_names, "the class from the last layer's goodness or the sum over layers"},
    {"head_inputs", PARAM_INT, offsetof(struct mono_forward, head_inputs), "4096", 1,
     1000000, NULL,
     "a convolution's map is averaged until its local classifier has no more inputs",
     .added_later = true},
    {"similarity", PARAM_NUMBER, offsetof(struct mono_forward, similarity), "0", 0, 1,
     NULL, "share of the similarity loss: 0.99 for predsim, 1 for sim"},
    {"dropout", PARAM_NUMBER, offsetof(struct mono_forward, dropout), "0", 0, 0.99, NULL,
     "share of hidden units that the next layer does not see in training"},
    OPTIM_PARAMS(struct mono_forward, options, "adam", "0.001", "0"),
    {0},
};

/* The block of a module's head. */
static struct vec head_of(const struct mono_forward *mf, int s)
{
    size_t at = mf->modules.net.n_weight;

    for (int below = 1; below < s; below++)
        at += local_head_size(&mf->head[below]);
    return (struct vec){mf->w.data + at, local_head_size(&mf->head[s])};
}

/* Reals of all heads, and of the largest gradient. */
static size_t head_sizes(const struct mono_forward *mf, size_t *most)
{
    size_t all = 0;

    *most = 0;
    for (int s = 1; s <= mf->modules.n; s++) {
        size_t n = local_head_size(&mf->head[s]);

        all += n;
        n += module_size(&mf->modules, s);
        *most = n > *most ? n : *most;
    }
    return all;
}

static void take_heads(struct mono_forward *mf, const struct learner_env *env)
{
    size_t n = (size_t)mf->modules.n + 1;

    mf->head = arena_take(env->arena, TAG_FIXED, n, sizeof *mf->head);
    mf->module_optim = arena_take(env->arena, TAG_FIXED, n, sizeof *mf->module_optim);
    mf->head_optim = arena_take(env->arena, TAG_FIXED, n, sizeof *mf->head_optim);
    for (int s = 1; mf->head && s <= mf->modules.n; s++)
        mf->head[s] = local_head_of(mf->modules.module[s].out, mf->head_inputs,
                                    env->n_out, mf->similarity > 0);
}

static void take_memory(struct mono_forward *mf, const struct learner_env *env)
{
    struct arena *arena = env->arena;
    const struct net *net = &mf->modules.net;
    size_t most;

    mf->w.n = net->n_weight + head_sizes(mf, &most);
    mf->w.data = arena_take(arena, TAG_WEIGHT, mf->w.n, sizeof(real));
    mf->g = arena_take(arena, TAG_GRADIENT, most, sizeof(real));
    mf->state = arena_take(arena, TAG_STATE, net->n_state, sizeof(real));
    modules_take_work(&mf->modules, &mf->training, &mf->scoring, env->n_train,
                      env->n_score, env->n_thread, arena);
    local_head_take(&mf->work, mf->head + 1, mf->modules.n, env->n_train, env->n_score,
                    arena);
}

static void draw(const struct mono_forward *mf, struct rng rng)
{
    struct rng heads = rng_child(rng, "heads"), similar = rng_child(heads, "similarity");

    modules_init_weights(&mf->modules, mf->w.data, (enum init)mf->init, rng);
    net_init_state(&mf->modules.net, mf->state);
    for (int s = 1; s <= mf->modules.n; s++) {
        real *block = head_of(mf, s).data;

        init_layer((enum init)mf->init, local_head_projection(&mf->head[s], block), NULL,
                   rng_at(heads, (uint64_t)s));
        if (mf->similarity > 0)
            init_layer((enum init)mf->init, local_head_similarity(&mf->head[s], block),
                       NULL, rng_at(similar, (uint64_t)s));
    }
}

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct mono_forward *mf = self;

    if (modules_parse(&mf->modules, "mono-forward", mf->layers, env->image, 0,
                      CUT_BEFORE_POOLS, err) != OK)
        return err->status;
    modules_alternate(&mf->modules);
    take_heads(mf, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    take_memory(mf, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    for (int s = 1; s <= mf->modules.n; s++) {
        optim_init(&mf->module_optim[s], &mf->options,
                   module_block(&mf->modules, mf->w.data, s), env->arena, env->hook);
        optim_init(&mf->head_optim[s], &mf->options, head_of(mf, s), env->arena,
                   env->hook);
    }
    if (arena_check(env->arena, err) != OK)
        return err->status;
    draw(mf, env->rng);
    return OK;
}

/* d = (1 - s) d + s dsim/dh, and the gradient of R into g. */
static real match(const struct mono_forward *mf, const struct batch *batch, int s,
                  struct mat h, struct mat d, real *g)
{
    real share = (real)mf->similarity, loss;
    struct mat dsim = local_head_match(&mf->head[s], &mf->work, batch, h,
                                       head_of(mf, s).data, g, &loss);

    for (size_t i = 0; i < (size_t)d.rows * (size_t)d.cols; i++)
        d.data[i] = (1 - share) * d.data[i] + share * dsim.data[i];
    return loss;
}

/* One update of module s, which returned h in the pass; the loss before it. */
static real train_module(const struct mono_forward *mf, const struct batch *batch, int s,
                         const struct net_pass *pass, struct mat h)
{
    struct mat d = mat_of(mf->training.delta[0], h.rows, h.cols);
    real *head = mf->g + module_size(&mf->modules, s), share = (real)mf->similarity;
    real loss = local_head_predict(&mf->head[s], &mf->work, batch, h, head_of(mf, s).data,
                                   d, head);

    if (share > 0)
        loss = (1 - share) * loss + share * match(mf, batch, s, h, d, head);
    module_backward(&mf->modules, s, pass, (struct module_error){.dy = d, .g = mf->g});
    optim_step(&mf->module_optim[s], mf->g, batch->progress);
    optim_step(&mf->head_optim[s], head, batch->progress);
    return loss;
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct mono_forward *mf = self;
    struct net_pass pass = {mf->w.data, &mf->training, batch->x, rng_child(rng, "net")};
    real loss = 0;

    for (int s = 1; s <= mf->modules.n; s++) {
        struct mat h = module_forward(&mf->modules, s, &pass, mf->state, NET_TRAIN);

        loss += train_module(mf, batch, s, &pass, h);
        if (mf->dropout > 0)
            dropout(h, (real)mf->dropout, rng_at(rng, (uint64_t)s));
        pass.x = h;
    }
    return loss;
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct mono_forward *mf = self;
    int n = mf->modules.n, first = mf->decision == DECISION_SUM ? 1 : n;

    for (int s = 1; s <= n; s++) {
        const struct local_head *head = &mf->head[s];

        x = module_score(&mf->modules, s, mf->w.data, mf->state, &mf->scoring, x);
        if (s >= first)
            mat_mul(out, local_head_pool(head, &mf->work, x),
                    local_head_projection(head, head_of(mf, s).data), s > first);
    }
}

static int n_feature(const void *self)
{
    const struct mono_forward *mf = self;

    return shape_size(mf->head[mf->modules.n].pooled);
}

/* What the last projection reads. */
static void features(const void *self, struct mat x, struct rng rng, struct mat out)
{
    const struct mono_forward *mf = self;

    for (int s = 1; s <= mf->modules.n; s++)
        x = module_score(&mf->modules, s, mf->w.data, mf->state, &mf->scoring, x);
    mat_copy(out, local_head_pool(&mf->head[mf->modules.n], &mf->work, x));
}

static struct vec weights(const void *self)
{
    return ((const struct mono_forward *)self)->w;
}

/* Forward and weight gradient of each layer; three products with each of its heads. The
 * products of rows with rows depend on the batch and are left out. */
static double flops(const void *self)
{
    const struct mono_forward *mf = self;
    double heads = 0;

    for (int s = 1; s <= mf->modules.n; s++)
        heads +=
            local_head_predict_flops(&mf->head[s]) + local_head_match_flops(&mf->head[s]);
    return 2 * net_flops_forward(&mf->modules.net) + 3 * heads;
}

static double score_flops(const void *self)
{
    const struct mono_forward *mf = self;
    int n = mf->modules.n, first = mf->decision == DECISION_SUM ? 1 : n;
    double flops = net_flops_forward(&mf->modules.net);

    for (int s = first; s <= n; s++)
        flops += local_head_predict_flops(&mf->head[s]);
    return flops;
}

const struct learner learner_mono_forward = {
    .name = "mono-forward",
    .about = "every layer of an MLP or CNN trained alone by a local prediction loss",
    .source =
        "Gong, Li & Abdulla 2025, arXiv:2501.09238; predsim: Nokland & Eidnes 2019, "
        "arXiv:1901.06656",
    .params = params,
    .size = sizeof(struct mono_forward),
    .can = CAN_HOOK,
    .init = init,
    .train = train,
    .score = score,
    .n_feature = n_feature,
    .features = features,
    .weights = weights,
    .flops = flops,
    .score_flops = score_flops,
};
