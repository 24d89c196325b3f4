/* Forward-Forward: every layer is trained alone to give images with their true label high
 * goodness and images with a wrong label low goodness (Hinton 2022, arXiv:2212.13345,
 * sections 2 and 3.3; constants from the code he published with it); or unsupervised,
 * real images against hybrids of two (section 3.2, baselines/rules/hybrid.h).
 *
 * Goodness g = sum_j h_j^2 of a layer's ReLU output, p = sigmoid((g - theta) / T), theta
 * in units of the width. Layers read the output of the one below divided by its root mean
 * square, so that its length, the goodness, is hidden from them. With D the ascent
 * direction in the activity, for a positive (+) and a negative (-) row
 *
 *   D+ = (1 - p+) h+ + lambda (mean of m - m),   D- = -p- h-,   dW = xhat^T D / n
 *
 * which is half the gradient of log p+ + log (1 - p-), and the term that keeps the
 * running means m of the units' activities together; that one is not gated by the ReLU,
 * since it is meant to revive units that never fire.
 *
 * A softmax head reads the normalised activities of all layers but the first (of the only
 * layer, where there is one) on images with a neutral label. It draws the wrong labels
 * ("hard" negatives), and may decide the class in one pass; by default the class is the
 * label with which the same layers' goodness is highest, the product of the first layer
 * with the image being shared by all labels.
 *
 * Labels compete as the harness says, row by row, and only classes seen in training take
 * part (with `unseen: yes` all): wrong labels are drawn among them (a row with only one
 * has no negative), the neutral label is uniform over them, and only they are tried at
 * inference, since the goodness of a label that was never trained means nothing.
 *
 * Unsupervised there are no labels in the rows, and the head alone decides.
 *
 * Hinton's optimiser v = .9 v + .1 dW, W += eps (v - decay W) is sgd with momentum 0.9
 * and lr = eps / 10, except that the decay is not delayed. */
#include <stddef.h>
#include <string.h>
#include <tgmath.h>

#include "baselines/rules/forward_forward.h"
#include "core/nn/loss.h"

static const char *const place_names[] = {"append", "overlay", NULL};
static const char *const negatives_names[] = {"labels", "hybrids", NULL};
static const char *const decision_names[] = {"goodness", "softmax", NULL};

static const struct param params[] = {
    {"net", PARAM_TEXT, offsetof(struct forward_forward, layers), "mlp-400-400", 0, 0,
     NULL, "hidden layers with ReLU: mlp-A-B-..."},
    {"init", PARAM_CHOICE, offsetof(struct forward_forward, init), "lecun", 0, 0,
     init_names, "initial weights"},
    {"label", PARAM_CHOICE, offsetof(struct forward_forward, label), "append", 0, 0,
     place_names, "behind the image, or over its first values (a black border)"},
    {"strength", PARAM_NUMBER, offsetof(struct forward_forward, strength), "1", 1e-6, 1e6,
     NULL, "value that stands for the label"},
    {"negatives", PARAM_CHOICE, offsetof(struct forward_forward, negatives), "labels", 0,
     0, negatives_names,
     "images with a wrong label; or hybrids of two images, unsupervised (then the head "
     "decides)"},
    {"blur", PARAM_INT, offsetof(struct forward_forward, blur), "6", 0, 100, NULL,
     "of hybrids: passes of the blur that makes blobs of the mask"},
    {"unseen", PARAM_BOOL, offsetof(struct forward_forward, unseen), "no", 0, 0, NULL,
     "labels of classes not seen yet are drawn and tried as well"},
    {"hard", PARAM_NUMBER, offsetof(struct forward_forward, hard), "1", 0, 1, NULL,
     "share of wrong labels drawn from the head's softmax; the others are uniform"},
    {"threshold", PARAM_NUMBER, offsetof(struct forward_forward, threshold), "1", 0, 1e6,
     NULL, "theta, goodness per unit"},
    {"temperature", PARAM_NUMBER, offsetof(struct forward_forward, temperature), "1",
     1e-6, 1e6, NULL, "T, divides goodness - theta"},
    {"peer", PARAM_NUMBER, offsetof(struct forward_forward, peer), "0.03", 0, 1e3, NULL,
     "lambda of the peer normalisation"},
    {"decision", PARAM_CHOICE, offsetof(struct forward_forward, decision), "goodness", 0,
     0, decision_names,
     "the class by goodness, label by label, or from the head in one pass"},
    {"head_lr", PARAM_NUMBER, offsetof(struct forward_forward, head_lr), "0.01", 1e-12,
     1e6, NULL, "learning rate of the head"},
    {"head_decay", PARAM_NUMBER, offsetof(struct forward_forward, head_decay), "0.003", 0,
     1e3, NULL, "weight decay of the head"},
    OPTIM_PARAMS_AS(struct forward_forward, options, "sgd", "0.001", "0.9", "0.999",
                    "1e-8", "0.002"),
    {0},
};

static enum status check_net(const struct forward_forward *ff, struct error *err)
{
    for (int l = 1; l <= ff->mlp.n_layer; l++)
        if (ff->mlp.layer[l].linear || ff->mlp.layer[l].activation != ACT_RELU)
            return error_set(err, ERR_USAGE,
                             "forward-forward measures the goodness of ReLUs; write "
                             "mlp-A-B-..., or relu after every dense layer");
    if (ff->label == PLACE_OVERLAY && ff->labelled.n_image < ff->labelled.n_class)
        return error_set(err, ERR_USAGE,
                         "an image of %d values has no room for a label of %d; write "
                         "label: append",
                         ff->labelled.n_image, ff->n_out);
    return OK;
}

static void take_memory(struct forward_forward *ff, const struct learner_env *env)
{
    struct arena *arena = env->arena;
    const struct mlp *mlp = &ff->mlp;
    int both = 2 * env->n_train, rows = both > env->n_score ? both : env->n_score;
    size_t most = 0, n_head;

    n_head = (mlp->n_value - mlp->layer[ff->first].value) * (size_t)ff->n_out;
    for (int l = 1; l <= mlp->n_layer; l++) {
        size_t n = (size_t)(mlp->layer[l].n_in + 1) * (size_t)mlp->layer[l].n_out;

        most = n > most ? n : most;
    }
    most = n_head > most ? n_head : most;
    ff->w.n = mlp->n_weight + n_head;
    ff->w.data = arena_take(arena, TAG_WEIGHT, ff->w.n, sizeof(real));
    ff->g = arena_take(arena, TAG_GRADIENT, most, sizeof(real));
    ff->layer_optim =
        arena_take(arena, TAG_FIXED, (size_t)mlp->n_layer + 1, sizeof *ff->layer_optim);
    ff->activity = arena_take(arena, TAG_STATE, mlp->n_value, sizeof(real));
    ff->met = arena_take(arena, TAG_STATE, (size_t)ff->n_out, 1);
    ff->allowed = arena_take(arena, TAG_SCRATCH, (size_t)ff->n_out, 1);
    if (ff->negatives == NEGATIVES_HYBRIDS)
        hybrid_take(&ff->hybrid, env->image, ff->blur, arena);
    labelled_take(&ff->labelled, rows, mlp->layer[1].n_in, arena);
    ff->neutral = mlp_take_values(mlp, env->n_train, arena);
    ff->pair = mlp_take_pair(mlp, rows, arena);
    ff->d = mat_take(arena, TAG_SCRATCH, both, mlp->widest);
    ff->logit = mat_take(arena, TAG_SCRATCH, env->n_train, ff->n_out);
    ff->wrong = mat_take(arena, TAG_SCRATCH, env->n_train, ff->n_out);
    ff->shared = mat_take(arena, TAG_SCRATCH, env->n_score, mlp->layer[1].n_out);
    ff->scale = arena_take(arena, TAG_SCRATCH, (size_t)rows, sizeof(real));
    ff->share = arena_take(arena, TAG_SCRATCH, (size_t)both, sizeof(real));
    ff->pull = arena_take(arena, TAG_SCRATCH, (size_t)mlp->widest, sizeof(real));
}

static void take_optimisers(struct forward_forward *ff, const struct learner_env *env)
{
    struct optim_options head = ff->options;
    size_t n = ff->mlp.n_weight;

    head.lr = ff->head_lr;
    head.weight_decay = ff->head_decay;
    for (int l = 1; l <= ff->mlp.n_layer; l++)
        optim_init(&ff->layer_optim[l], &ff->options,
                   mlp_dense(&ff->mlp, ff->w.data, l).all, env->arena, env->hook);
    optim_init(&ff->head_optim, &head, (struct vec){ff->w.data + n, ff->w.n - n},
               env->arena, env->hook);
}

/* The head starts at 0, the running means at 1/2. */
static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct forward_forward *ff = self;
    bool hybrids = ff->negatives == NEGATIVES_HYBRIDS;
    struct shape row = {1, 1, shape_size(env->image) + env->n_out};

    ff->n_out = env->n_out;
    ff->labelled = (struct labelled){
        .strength = (real)ff->strength,
        .n_image = shape_size(env->image),
        .n_class = hybrids ? 0 : env->n_out,
        .slot = ff->label == PLACE_APPEND ? shape_size(env->image) : 0,
    };
    if (mlp_parse(&ff->mlp, "forward-forward", ff->layers, env->image, err) != OK ||
        check_net(ff, err) != OK)
        return err->status;
    if (ff->label == PLACE_APPEND && !hybrids &&
        mlp_parse(&ff->mlp, "forward-forward", ff->layers, row, err) != OK)
        return err->status;
    ff->first = ff->mlp.n_layer > 1 ? 2 : 1;
    take_memory(ff, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    take_optimisers(ff, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    mlp_init_weights(&ff->mlp, ff->w.data, (enum init)ff->init, env->rng);
    for (size_t j = 0; j < ff->mlp.n_value; j++)
        ff->activity[j] = (real)0.5;
    return OK;
}

/* One update of the head on neutral labels; `wrong` keeps the logits. The loss before it.
 */
static real train_head(const struct forward_forward *ff, const struct batch *batch)
{
    int n = batch->x.rows;
    struct mat e = mat_rows(ff->logit, 0, n);
    real loss;

    for (int i = 0; i < n; i++)
        labelled_write_neutral(&ff->labelled, i, mat_row(batch->x, i),
                               ff_labels(ff, batch_competing(batch, i)));
    ff_head_forward(ff, labelled_normalise(&ff->labelled, n), &ff->neutral, e);
    mat_copy(mat_rows(ff->wrong, 0, n), e);
    loss = loss_cross_entropy(e, batch);
    for (int l = ff->first; l <= ff->mlp.n_layer; l++)
        mat_mul_tn(ff_head(ff, ff->g, l), mlp_value(&ff->mlp, &ff->neutral, l, n), e,
                   false);
    optim_step(&ff->head_optim, ff->g, batch->progress);
    return loss;
}

/* A row with a wrong label; false where there is none. */
static bool write_mislabelled(const struct forward_forward *ff, const struct batch *batch,
                              int row, int i, struct rng *rng)
{
    int wrong = labelled_draw_wrong(&ff->labelled, mat_row(ff->wrong, i),
                                    ff_labels(ff, batch_competing(batch, i)), batch->y[i],
                                    ff->hard, rng);

    labelled_write(&ff->labelled, row, mat_row(batch->x, i),
                   wrong < 0 ? batch->y[i] : wrong);
    return wrong >= 0;
}

/* A hybrid of image i and another one of the batch; false where there is none. */
static bool write_hybrid(const struct forward_forward *ff, const struct batch *batch,
                         int row, int i, struct rng *rng)
{
    int n = batch->x.rows, other = i;

    if (n > 1)
        other = (i + 1 + (int)rng_below(rng, (uint32_t)n - 1)) % n;
    hybrid_write(&ff->hybrid, mat_row(ff->labelled.input, row), mat_row(batch->x, i),
                 mat_row(batch->x, other), rng);
    return n > 1;
}

/* The positive rows, then as many negative ones, and the weight of each over n. */
static struct mat write_both(const struct forward_forward *ff, const struct batch *batch,
                             struct rng rng)
{
    bool hybrids = ff->negatives == NEGATIVES_HYBRIDS;
    int n = batch->x.rows;

    for (int i = 0; i < n; i++) {
        const real *x = mat_row(batch->x, i);
        bool negative = hybrids ? write_hybrid(ff, batch, n + i, i, &rng)
                                : write_mislabelled(ff, batch, n + i, i, &rng);

        if (hybrids)
            labelled_write_neutral(&ff->labelled, i, x, NULL);
        else
            labelled_write(&ff->labelled, i, x, batch->y[i]);
        ff->share[i] = batch_weight(batch, i) / (real)n;
        ff->share[n + i] = negative ? ff->share[i] : 0;
    }
    return labelled_normalise(&ff->labelled, 2 * n);
}

/* m = .9 m + .1 mean of h+, rows by their weight; pull = lambda (mean of m - m). */
static void peer_pull(const struct forward_forward *ff, real *m, struct mat h)
{
    real total = 0, mean = 0, *pull = ff->pull;

    memset(pull, 0, (size_t)h.cols * sizeof *pull);
    for (int i = 0; i < h.rows; i++) {
        total += ff->share[i];
        for (int j = 0; j < h.cols; j++)
            pull[j] += ff->share[i] * mat_row(h, i)[j];
    }
    for (int j = 0; j < h.cols; j++) {
        if (total > 0)
            m[j] += (real)0.1 * (pull[j] / total - m[j]);
        mean += m[j] / (real)h.cols;
    }
    for (int j = 0; j < h.cols; j++)
        pull[j] = (real)ff->peer * (mean - m[j]);
}

/* log (1 + e^x) */
static real softplus(real x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/* d = -share D of a layer with output h, the first half of the rows positive; the loss
 * -log p+ - log (1 - p-). */
static real layer_signal(const struct forward_forward *ff, struct mat d, struct mat h)
{
    real theta = (real)(ff->threshold * h.cols), T = (real)ff->temperature, loss = 0;

    for (int i = 0; i < h.rows; i++) {
        bool positive = i < h.rows / 2;
        const real *v = mat_row(h, i);
        real logit = (ff_goodness(v, h.cols) - theta) / T, share = ff->share[i];
        real wrong = positive ? -logit : logit; /* log odds of the wrong class */
        real factor = share / (1 + exp(-wrong));

        loss += share * softplus(wrong);
        for (int j = 0; j < h.cols; j++)
            mat_row(d, i)[j] =
                positive ? -factor * v[j] - share * ff->pull[j] : factor * v[j];
    }
    return loss;
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct forward_forward *ff = self;
    int n = batch->x.rows;
    struct mat x;
    real loss;

    for (int i = 0; i < n; i++)
        ff->met[batch->y[i]] = 1;
    loss = train_head(ff, batch);
    x = write_both(ff, batch, rng);
    for (int l = 1; l <= ff->mlp.n_layer; l++) {
        struct mat h = mlp_pair_value(&ff->mlp, &ff->pair, l, 2 * n);
        struct mat d = mat_of(ff->d.data, 2 * n, h.cols);
        real *db = ff->g + (size_t)x.cols * (size_t)h.cols;

        mlp_layer_forward(&ff->mlp, ff->w.data, l, h, x);
        peer_pull(ff, ff->activity + ff->mlp.layer[l].value, mat_rows(h, 0, n));
        loss += layer_signal(ff, d, h);
        dense_backward(mat_of(ff->g, x.cols, h.cols), db, x, d);
        optim_step(&ff->layer_optim[l], ff->g, batch->progress);
        rmsnorm_forward(h, ff->scale);
        x = h;
    }
    return loss;
}

static struct vec weights(const void *self)
{
    return ((const struct forward_forward *)self)->w;
}

/* Three forward passes and two weight gradients (neutral, positive, negative); the head.
 */
static double flops(const void *self)
{
    const struct forward_forward *ff = self;

    return 5 * mlp_flops(&ff->mlp) + 4.0 * (double)(ff->w.n - ff->mlp.n_weight);
}

const struct learner learner_forward_forward = {
    .name = "forward-forward",
    .about = "every layer of an MLP trained alone to tell positive from negative data",
    .source = "Hinton 2022, arXiv:2212.13345",
    .params = params,
    .size = sizeof(struct forward_forward),
    .can = CAN_HOOK,
    .init = init,
    .train = train,
    .score = ff_score,
    .n_feature = ff_n_feature,
    .features = ff_features,
    .weights = weights,
    .flops = flops,
    .score_flops = ff_score_flops,
};
