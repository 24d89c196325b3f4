/* Local greedy forward gradient with perturbed activities, LG-FG-A (Ren, Kornblith, Liao
 * & Hinton 2023, arXiv:2210.03310, sections 3 and 4; constants from the code they
 * published). The network is cut into blocks that learn alone (baselines/rules/mixer.h).
 *
 * Each unit of each example is perturbed, u ~ N(0, 1); one forward-mode pass through the
 * block, all its layers perturbed at once, gives the slope of every loss along u, and
 *   dloss/dz ~ slope u,  unbiased: E[(grad . u) u] = grad,
 * which goes back through the layer norm below z and gives the gradient of the weights,
 * dW = xhat^T dz. Units that the ReLU has turned off are not perturbed.
 *
 * The block's loss, the cross-entropy of its head, is replicated over patches p and
 * groups g: every L_pg has that value, but its derivative flows through the features xq
 * of its own patch and group alone. With r = dloss/dlogits of an example,
 *   slope_pg = 1/P sum_c in g dxq_pc (W_head r)_c,
 * and the local gradients add up to that of the block's loss. Fewer perturbed units reach
 * each loss, so its slope is less noisy: E|slope u|^2 = (d + 2) |grad|^2 for d units.
 *
 * Heads and the classifier get their exact gradient, the classifier a tenth of it. With
 * `estimator: exact` the true dloss/dz takes the place of slope u and everything else
 * stays as it is (LG-BP of the paper), a control for the cost of the noise. */
#include <stddef.h>
#include <string.h>

#include "baselines/rules/local_gradient.h"
#include "core/nn/loss.h"
#include "core/plug/learner.h"

enum estimator { ESTIMATOR_FORWARD, ESTIMATOR_EXACT };
enum heads { HEADS_RANDOM, HEADS_ZERO };

static const char *const estimator_names[] = {"forward", "exact", NULL};
static const char *const heads_names[] = {"random", "zero", NULL};

static const struct param params[] = {
    {"net", PARAM_TEXT, offsetof(struct local_gradient, layers), "mlp-400-400", 0, 0,
     NULL, "hidden layers, a block each: mlp-A-B-...; or local-mixer"},
    {"groups", PARAM_INT, offsetof(struct local_gradient, groups), "0", 0, 4096, NULL,
     "groups of channels with a loss of their own; 0 = the most up to 16 that fit"},
    {"norm", PARAM_BOOL, offsetof(struct local_gradient, norm), "yes", 0, 0, NULL,
     "of an MLP: layer norm before and after each dense layer and before the heads"},
    {"blocks", PARAM_INT, offsetof(struct local_gradient, blocks), "1", 1, 16, NULL,
     "of local-mixer: blocks"},
    {"patches", PARAM_INT, offsetof(struct local_gradient, patches), "1", 1, 64, NULL,
     "of local-mixer: patches on a side"},
    {"channels", PARAM_INT, offsetof(struct local_gradient, channels), "256", 1, 65536,
     NULL, "of local-mixer: channels of a patch"},
    {"estimator", PARAM_CHOICE, offsetof(struct local_gradient, estimator), "forward", 0,
     0, estimator_names, "slope along a perturbation, or the exact local gradient"},
    {"classifier_rate", PARAM_NUMBER, offsetof(struct local_gradient, classifier_rate),
     "0.1", 0, 1e3, NULL, "learning rate of the classifier, times lr"},
    {"heads", PARAM_CHOICE, offsetof(struct local_gradient, heads), "random", 0, 0,
     heads_names, "initial weights of the blocks' heads (the published code: random)",
     true},
    OPTIM_PARAMS(struct local_gradient, options, "sgd", "0.1", "0.0001"),
    {0},
};

static enum status plan(struct local_gradient *lg, const struct learner_env *env,
                        struct error *err)
{
    struct mlp mlp;

    if (strcmp(lg->layers, "local-mixer") == 0)
        return mixer_of_patches(&lg->mixer, env->image, lg->blocks, lg->patches,
                                lg->channels, lg->groups, env->n_out, err);
    if (mlp_parse(&mlp, "lg-fg-a", lg->layers, env->image, err) != OK)
        return err->status;
    return mixer_of_mlp(&lg->mixer, &mlp, env->image, lg->groups, lg->norm, env->n_out,
                        err);
}

static struct vec classifier_weights(const struct local_gradient *lg)
{
    size_t at = lg->mixer.classifier;

    return (struct vec){lg->w.data + at, lg->w.n - at};
}

static void take_memory(struct local_gradient *lg, const struct learner_env *env)
{
    struct arena *arena = env->arena;
    const struct mixer *mixer = &lg->mixer;
    int images = env->n_train > env->n_score ? env->n_train : env->n_score;
    size_t rows = (size_t)images * (size_t)mixer->n_patch, deepest, most, n;

    deepest = (size_t)mixer->deepest;
    n = rows * (size_t)mixer->widest;
    most = mixer->n_weight - mixer->classifier;
    for (int b = 0; b < mixer->n_block; b++)
        most = mixer->block[b].n_weight > most ? mixer->block[b].n_weight : most;
    lg->w.n = mixer->n_weight;
    lg->w.data = arena_take(arena, TAG_WEIGHT, lg->w.n, sizeof(real));
    lg->g = arena_take(arena, TAG_GRADIENT, most, sizeof(real));
    lg->block_optim =
        arena_take(arena, TAG_FIXED, (size_t)mixer->n_block, sizeof *lg->block_optim);
    lg->values = arena_take(arena, TAG_FIXED, deepest, sizeof *lg->values);
    lg->u = arena_take(arena, TAG_FIXED, deepest, sizeof *lg->u);
    for (size_t i = 0; lg->values && lg->u && i < deepest; i++) {
        mixer_take_values(mixer, &lg->values[i], images, arena);
        lg->u[i] = arena_take(arena, TAG_SCRATCH, n, sizeof(real));
    }
    lg->input = arena_take(arena, TAG_ACTIVATION, n, sizeof(real));
    lg->one = arena_take(arena, TAG_SCRATCH, n, sizeof(real));
    lg->two = arena_take(arena, TAG_SCRATCH, n, sizeof(real));
    lg->scale =
        arena_take(arena, TAG_SCRATCH, rows * (size_t)mixer->n_group, sizeof(real));
    lg->slope =
        arena_take(arena, TAG_SCRATCH, rows * (size_t)mixer->n_group, sizeof(real));
    lg->mean = mat_take(arena, TAG_SCRATCH, images, mixer->widest);
    lg->share = mat_take(arena, TAG_SCRATCH, images, mixer->widest);
    lg->logit = mat_take(arena, TAG_SCRATCH, images, mixer->n_class);
}

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct local_gradient *lg = self;
    struct optim_options classifier = lg->options;

    if (plan(lg, env, err) != OK)
        return err->status;
    take_memory(lg, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    for (int b = 0; b < lg->mixer.n_block; b++) {
        const struct mixer_block *block = &lg->mixer.block[b];

        optim_init(&lg->block_optim[b], &lg->options,
                   (struct vec){lg->w.data + block->weight, block->n_weight}, env->arena,
                   env->hook);
    }
    classifier.lr *= lg->classifier_rate;
    optim_init(&lg->classifier_optim, &classifier, classifier_weights(lg), env->arena,
               env->hook);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    mixer_init_weights(&lg->mixer, lg->w.data, env->rng);
    if (lg->heads == HEADS_RANDOM)
        mixer_init_heads(&lg->mixer, lg->w.data, rng_child(env->rng, "heads"));
    return OK;
}

/* ---------------------------------------------------------------- forward */

/* The images as rows of patches, where the input of a block lies. */
static struct mat first_input(const struct local_gradient *lg, struct mat x)
{
    struct mat rows =
        mat_of(lg->input, x.rows * lg->mixer.n_patch, lg->mixer.layer[0].n_in);

    mixer_cut(&lg->mixer, x, rows);
    return rows;
}

static struct mat block_forward(const struct local_gradient *lg, int b, struct mat input)
{
    const struct mixer_block *block = &lg->mixer.block[b];
    struct mat h = input;

    for (int i = 0; i < block->n_layer; i++)
        h = mixer_forward(&lg->mixer, block->first + i, lg->w.data, &lg->values[i], h,
                          input);
    return h;
}

/* The output of a block becomes the input of the next. */
static struct mat hand_over(const struct local_gradient *lg, struct mat h)
{
    struct mat input = mat_of(lg->input, h.rows, h.cols);

    mat_copy(input, h);
    return input;
}

/* mean_i = 1/P sum of the rows of image i */
static struct mat average(const struct local_gradient *lg, struct mat rows)
{
    int P = lg->mixer.n_patch;
    struct mat mean = mat_of(lg->mean.data, rows.rows / P, rows.cols);

    memset(mean.data, 0, (size_t)mean.rows * (size_t)mean.cols * sizeof *mean.data);
    for (int r = 0; r < rows.rows; r++)
        for (int c = 0; c < rows.cols; c++)
            mat_row(mean, r / P)[c] += mat_row(rows, r)[c] / (real)P;
    return mean;
}

static struct mat head_logits(const struct local_gradient *lg, size_t head,
                              struct mat mean)
{
    real *w = lg->w.data + head;
    struct mat logit = mat_rows(lg->logit, 0, mean.rows);

    dense_forward(logit, mean, mat_of(w, mean.cols, logit.cols),
                  w + (size_t)mean.cols * (size_t)logit.cols);
    return logit;
}

/* What the classifier reads: the mean over the patches, normalised. */
static struct mat final_features(const struct local_gradient *lg, struct mat h)
{
    struct mat mean = average(lg, h);

    if (lg->mixer.norm)
        layernorm_forward(mean, lg->scale);
    return mean;
}

/* ---------------------------------------------------------------- one block */

/* The features of the head, xq, in the memory of `one`. */
static struct mat head_features(const struct local_gradient *lg, struct mat h)
{
    struct mat xq = mat_of(lg->one, h.rows, h.cols);

    mat_copy(xq, h);
    if (lg->mixer.norm)
        layernorm_forward(mixer_pieces(xq, xq.cols / lg->mixer.n_group), lg->scale);
    return xq;
}

/* The loss of a head; its gradient goes to g, share = W r / P. */
static real head_loss(const struct local_gradient *lg, const struct batch *batch,
                      size_t head, struct mat mean, real *g)
{
    struct mat logit = head_logits(lg, head, mean);
    struct mat share = mat_of(lg->share.data, mean.rows, mean.cols);
    size_t n = (size_t)mean.cols * (size_t)logit.cols;
    real loss = loss_cross_entropy(logit, batch);

    dense_backward(mat_of(g, mean.cols, logit.cols), g + n, mean, logit);
    mat_mul_nt(share, logit, mat_of(lg->w.data + head, mean.cols, logit.cols), false);
    for (size_t i = 0; i < (size_t)share.rows * (size_t)share.cols; i++)
        share.data[i] /= (real)lg->mixer.n_patch;
    return loss;
}

/* One update of block b, whose output is h; the loss before it. Its input is overwritten.
 */
static real train_block(const struct local_gradient *lg, const struct batch *batch, int b,
                        struct mat h, struct rng rng)
{
    const struct mixer_block *block = &lg->mixer.block[b];
    struct mat xq = head_features(lg, h);
    real loss = head_loss(lg, batch, block->head, average(lg, xq),
                          lg->g + (block->head - block->weight));

    if (lg->estimator == ESTIMATOR_EXACT)
        local_gradient_exact(lg, b, xq);
    else
        local_gradient_forward(lg, b, xq, rng);
    optim_step(&lg->block_optim[b], lg->g, batch->progress);
    return loss;
}

static real train_classifier(const struct local_gradient *lg, const struct batch *batch,
                             struct mat h)
{
    real loss = head_loss(lg, batch, lg->mixer.classifier, final_features(lg, h), lg->g);

    optim_step(&lg->classifier_optim, lg->g, batch->progress);
    return loss;
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct local_gradient *lg = self;
    struct mat input = first_input(lg, batch->x);
    real loss = 0;

    for (int b = 0; b < lg->mixer.n_block; b++) {
        struct mat h = block_forward(lg, b, input);

        loss += train_block(lg, batch, b, h, rng_at(rng, (uint64_t)b));
        input = hand_over(lg, h);
    }
    return loss + train_classifier(lg, batch, input);
}

/* ---------------------------------------------------------------- the plug */

static struct mat top_features(const struct local_gradient *lg, struct mat x)
{
    struct mat input = first_input(lg, x);

    for (int b = 0; b < lg->mixer.n_block; b++)
        input = hand_over(lg, block_forward(lg, b, input));
    return final_features(lg, input);
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct local_gradient *lg = self;

    mat_copy(out, head_logits(lg, lg->mixer.classifier, top_features(lg, x)));
}

static int n_feature(const void *self)
{
    const struct mixer *mixer = &((const struct local_gradient *)self)->mixer;

    return mixer->block[mixer->n_block - 1].n_out;
}

static void features(const void *self, struct mat x, struct rng rng, struct mat out)
{
    mat_copy(out, top_features(self, x));
}

static struct vec weights(const void *self)
{
    return ((const struct local_gradient *)self)->w;
}

/* Forward, the tangent (of all layers of a block but the first) and the weight gradients;
 * three products with each head. */
static double flops(const void *self)
{
    const struct mixer *mixer = &((const struct local_gradient *)self)->mixer;
    double flops = 6.0 * n_feature(self) * mixer->n_class;

    for (int b = 0; b < mixer->n_block; b++) {
        const struct mixer_block *block = &mixer->block[b];

        flops += 6.0 * block->n_out * mixer->n_class;
        for (int i = 0; i < block->n_layer; i++)
            flops += (i > 0 ? 3 : 2) * mixer_layer_flops(mixer, block->first + i);
    }
    return flops;
}

static double score_flops(const void *self)
{
    const struct mixer *mixer = &((const struct local_gradient *)self)->mixer;
    double flops = 2.0 * n_feature(self) * mixer->n_class;

    for (int b = 0; b < mixer->n_block; b++)
        for (int i = 0; i < mixer->block[b].n_layer; i++)
            flops += mixer_layer_flops(mixer, mixer->block[b].first + i);
    return flops;
}

/* Layer norm gives the features of a head the squared length of their number. */
static double logit_rate(const void *self)
{
    const struct local_gradient *lg = self;
    int most = n_feature(self);

    for (int b = 0; b < lg->mixer.n_block; b++)
        if (lg->mixer.block[b].n_out > most)
            most = lg->mixer.block[b].n_out;
    return lg->mixer.norm && lg->options.optimizer == OPTIM_SGD ? lg->options.lr * most
                                                                : 0;
}

const struct learner learner_lg_fg_a = {
    .name = "lg-fg-a",
    .about = "local greedy forward gradient: blocks learn from slopes along perturbed "
             "activities",
    .source = "Ren, Kornblith, Liao & Hinton 2023, arXiv:2210.03310",
    .params = params,
    .size = sizeof(struct local_gradient),
    .can = CAN_SOFT | CAN_HOOK,
    .init = init,
    .train = train,
    .score = score,
    .weights = weights,
    .flops = flops,
    .score_flops = score_flops,
    .n_feature = n_feature,
    .features = features,
    .logit_rate = logit_rate,
};
