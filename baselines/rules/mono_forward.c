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
 * of their rows (Nokland & Eidnes, section 2.1; baselines/rules/similarity.h), read
 * through a learned map R_l of n_l x n_l:
 *   loss of W_l = (1 - s) pred(h_l M_l) + s sim(h_l R_l)
 * M_l and R_l are each trained by their own part, unscaled. 0.99 is their `predsim`, 1
 * their `sim`. Their batch norm is left out: its statistics would pass from task to
 * task. */
#include <stddef.h>

#include "baselines/rules/similarity.h"
#include "core/nn/loss.h"
#include "core/nn/mlp.h"
#include "core/optim/optimizer.h"

enum decision { DECISION_LAST, DECISION_SUM };

static const char *const decision_names[] = {"last", "sum", NULL};

struct mono_forward {
    char layers[PARAM_TEXT_MAX];
    int init, decision;
    double similarity, dropout;
    struct optim_options options;

    int n_out;
    struct mlp mlp;
    struct vec w; /* the MLP, then M_1, R_1, M_2, ...; no R where similarity is 0 */
    real *g;      /* of one layer, and of its heads */
    struct optim *mlp_optim, *head_optim; /* by layer, from 1 */
    struct mlp_pair pair;
    struct mat d, a, da; /* n_train x widest; h R and its derivative */
    struct similarity sim;
    struct mat goodness; /* rows x n_out */
};

static const struct param params[] = {
    {"net", PARAM_TEXT, offsetof(struct mono_forward, layers), "mlp-400-400", 0, 0, NULL,
     "hidden layers: mlp-A-B-... or dense layers and activations"},
    {"init", PARAM_CHOICE, offsetof(struct mono_forward, init), "uniform-fan-in", 0, 0,
     init_names, "initial weights"},
    {"decision", PARAM_CHOICE, offsetof(struct mono_forward, decision), "last", 0, 0,
     decision_names, "the class from the last layer's goodness or the sum over layers"},
    {"similarity", PARAM_NUMBER, offsetof(struct mono_forward, similarity), "0", 0, 1,
     NULL, "share of the similarity loss: 0.99 for predsim, 1 for sim"},
    {"dropout", PARAM_NUMBER, offsetof(struct mono_forward, dropout), "0", 0, 0.99, NULL,
     "share of hidden units that the next layer does not see in training"},
    OPTIM_PARAMS(struct mono_forward, options, "adam", "0.001", "0"),
    {0},
};

/* Reals of M_l and R_l together. */
static size_t head_size(const struct mono_forward *mf, int l)
{
    size_t n = (size_t)mf->mlp.layer[l].n_out;

    return n * (size_t)mf->n_out + (mf->similarity > 0 ? n * n : 0);
}

static struct vec heads(const struct mono_forward *mf, int l)
{
    size_t at = mf->mlp.n_weight;

    for (int below = 1; below < l; below++)
        at += head_size(mf, below);
    return (struct vec){mf->w.data + at, head_size(mf, l)};
}

/* M_l, and R_l behind it, in a block laid out as heads. */
static struct mat projection(const struct mono_forward *mf, int l, real *block)
{
    return mat_of(block, mf->mlp.layer[l].n_out, mf->n_out);
}

static struct mat similarity_map(const struct mono_forward *mf, int l, real *block)
{
    int n = mf->mlp.layer[l].n_out;

    return mat_of(block + (size_t)n * (size_t)mf->n_out, n, n);
}

static void take_memory(struct mono_forward *mf, const struct learner_env *env)
{
    struct arena *arena = env->arena;
    const struct mlp *mlp = &mf->mlp;
    size_t L = (size_t)mlp->n_layer, most = 0;
    int rows = env->n_train > env->n_score ? env->n_train : env->n_score;

    mf->w.n = mlp->n_weight;
    for (int l = 1; l <= mlp->n_layer; l++) {
        size_t n = (size_t)(mlp->layer[l].n_in + 1) * (size_t)mlp->layer[l].n_out;

        mf->w.n += head_size(mf, l);
        n += head_size(mf, l);
        most = n > most ? n : most;
    }
    mf->w.data = arena_take(arena, TAG_WEIGHT, mf->w.n, sizeof(real));
    mf->g = arena_take(arena, TAG_GRADIENT, most, sizeof(real));
    mf->mlp_optim = arena_take(arena, TAG_FIXED, L + 1, sizeof *mf->mlp_optim);
    mf->head_optim = arena_take(arena, TAG_FIXED, L + 1, sizeof *mf->head_optim);
    mf->pair = mlp_take_pair(mlp, rows, arena);
    mf->d = mat_take(arena, TAG_SCRATCH, env->n_train, mlp->widest);
    if (mf->similarity > 0) {
        mf->a = mat_take(arena, TAG_SCRATCH, env->n_train, mlp->widest);
        mf->da = mat_take(arena, TAG_SCRATCH, env->n_train, mlp->widest);
        similarity_take(&mf->sim, env->n_train, arena);
    }
    mf->goodness = mat_take(arena, TAG_SCRATCH, rows, mf->n_out);
}

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct mono_forward *mf = self;
    struct rng rng = rng_child(env->rng, "heads");

    mf->n_out = env->n_out;
    if (mlp_parse(&mf->mlp, "mono-forward", mf->layers, env->image, err) != OK)
        return err->status;
    take_memory(mf, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    mlp_init_weights(&mf->mlp, mf->w.data, (enum init)mf->init, env->rng);
    for (int l = 1; l <= mf->mlp.n_layer; l++) {
        struct vec head = heads(mf, l);

        optim_init(&mf->mlp_optim[l], &mf->options,
                   mlp_dense(&mf->mlp, mf->w.data, l).all, env->arena, env->hook);
        optim_init(&mf->head_optim[l], &mf->options, head, env->arena, env->hook);
        init_layer((enum init)mf->init, projection(mf, l, head.data), NULL,
                   rng_at(rng, (uint64_t)l));
        if (mf->similarity > 0)
            init_layer((enum init)mf->init, similarity_map(mf, l, head.data), NULL,
                       rng_at(rng_child(rng, "similarity"), (uint64_t)l));
    }
    return arena_check(env->arena, err);
}

/* d = dpred/dh, and the gradient of M_l into g. */
static real predict(const struct mono_forward *mf, const struct batch *batch, int l,
                    struct mat h, struct mat d, real *g)
{
    struct mat e = mat_rows(mf->goodness, 0, h.rows);
    struct mat m = projection(mf, l, heads(mf, l).data);
    real loss;

    mat_mul(e, h, m, false); /* G = h M */
    loss = loss_cross_entropy(e, batch);
    mat_mul_nt(d, e, m, false);
    mat_mul_tn(projection(mf, l, g), h, e, false);
    return loss;
}

/* d = (1 - s) d + s dsim/dh, and the gradient of R_l into g. */
static real match(const struct mono_forward *mf, const struct batch *batch, int l,
                  struct mat h, struct mat d, real *g)
{
    struct mat map = similarity_map(mf, l, heads(mf, l).data);
    struct mat a = mat_of(mf->a.data, h.rows, h.cols);
    struct mat da = mat_of(mf->da.data, h.rows, h.cols);
    real s = (real)mf->similarity, loss;

    mat_mul(a, h, map, false);
    loss = similarity_loss(&mf->sim, batch, mf->n_out, a, da);
    mat_mul_tn(similarity_map(mf, l, g), h, da, false);
    mat_mul_nt(a, da, map, false);
    for (size_t i = 0; i < (size_t)d.rows * (size_t)d.cols; i++)
        d.data[i] = (1 - s) * d.data[i] + s * a.data[i];
    return loss;
}

/* One update of layer l, whose output on x is h; the loss before it. */
static real train_layer(const struct mono_forward *mf, const struct batch *batch, int l,
                        struct mat x, struct mat h)
{
    struct mat d = mat_of(mf->d.data, h.rows, h.cols);
    struct mat dw = mat_of(mf->g, x.cols, h.cols);
    real *db = mf->g + (size_t)x.cols * (size_t)h.cols, *head = db + h.cols;
    real loss = predict(mf, batch, l, h, d, head), s = (real)mf->similarity;

    if (s > 0)
        loss = (1 - s) * loss + s * match(mf, batch, l, h, d, head);
    mlp_layer_backward(&mf->mlp, l, d, h);
    dense_backward(dw, db, x, d);
    optim_step(&mf->mlp_optim[l], mf->g, batch->progress);
    optim_step(&mf->head_optim[l], head, batch->progress);
    return loss;
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct mono_forward *mf = self;
    struct mat x = batch->x;
    real loss = 0;

    for (int l = 1; l <= mf->mlp.n_layer; l++) {
        struct mat h = mlp_pair_value(&mf->mlp, &mf->pair, l, x.rows);

        mlp_layer_forward(&mf->mlp, mf->w.data, l, h, x);
        loss += train_layer(mf, batch, l, x, h);
        if (mf->dropout > 0)
            dropout(h, (real)mf->dropout, rng_at(rng, (uint64_t)l));
        x = h;
    }
    return loss;
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct mono_forward *mf = self;
    int L = mf->mlp.n_layer, first = mf->decision == DECISION_SUM ? 1 : L;

    for (int l = 1; l <= L; l++) {
        struct mat h = mlp_pair_value(&mf->mlp, &mf->pair, l, x.rows);

        mlp_layer_forward(&mf->mlp, mf->w.data, l, h, x);
        if (l >= first)
            mat_mul(out, h, projection(mf, l, heads(mf, l).data), l > first);
        x = h;
    }
}

static int n_feature(const void *self)
{
    const struct mono_forward *mf = self;

    return mf->mlp.layer[mf->mlp.n_layer].n_out;
}

static void features(const void *self, struct mat x, struct rng rng, struct mat out)
{
    const struct mono_forward *mf = self;

    mat_copy(out, mlp_score(&mf->mlp, mf->w.data, &mf->pair, x));
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

    return 2 * mlp_flops(&mf->mlp) + 6.0 * (double)(mf->w.n - mf->mlp.n_weight);
}

static double score_flops(const void *self)
{
    const struct mono_forward *mf = self;
    int L = mf->mlp.n_layer, first = mf->decision == DECISION_SUM ? 1 : L;
    double flops = mlp_flops(&mf->mlp);

    for (int l = first; l <= L; l++)
        flops += 2.0 * mf->mlp.layer[l].n_out * mf->n_out;
    return flops;
}

const struct learner learner_mono_forward = {
    .name = "mono-forward",
    .about = "every layer of an MLP trained alone by a local prediction loss",
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
