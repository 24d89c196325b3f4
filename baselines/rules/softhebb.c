/* SoftHebb: layers of soft winner-take-all units that learn without labels and without
 * feedback in one pass over the data, below a linear head (Moraitis, Toichkin, Journe,
 * Chua & Guo 2022, arXiv:2107.05747; Journe, Garcia Rodriguez, Guo & Moraitis 2023,
 * arXiv:2209.11883, section 3; constants from the code they published).
 *
 *   input       xhat: batch norm without gain and shift, per channel of the image and per
 *               unit below
 *   competition u = xhat W,   y = softmax(t u); anti-Hebbian losers: y of all units but
 *               the winner of the row changes its sign
 *   learning    D_k = sum over rows of y_k (xhat - u_k w_k), Oja's rule made soft; over
 *               the largest |D| of the layer, times eta | |w_k| - 1 |^p per unit: a unit
 *               whose weights have reached length 1 stops learning
 *   output      triangle: max(0, u - mean of the row's u)^power; or softmax(output_t u)
 *
 * The layers have dense weights without biases. order: epoch is the paper's: in the first
 * epoch of a task its images are gone through once for each layer, one after the other,
 * then for the head, in later epochs for the head alone; order: batch trains all from
 * every batch. Layers in training are normalised by the batch, others by the running
 * statistics. */
#include <stddef.h>
#include <tgmath.h>

#include "baselines/rules/soft_wta.h"
#include "core/nn/loss.h"
#include "core/nn/mlp.h"
#include "core/optim/optimizer.h"

enum order { ORDER_BATCH, ORDER_EPOCH };
enum losers { LOSERS_HEBBIAN, LOSERS_ANTI };
enum output { OUTPUT_TRIANGLE, OUTPUT_SOFTMAX };
enum statistics { STATISTICS_RUN, STATISTICS_FIRST };

static const char *const order_names[] = {"batch", "epoch", NULL};
static const char *const losers_names[] = {"hebbian", "anti-hebbian", NULL};
static const char *const output_names[] = {"triangle", "softmax", NULL};
static const char *const statistics_names[] = {"run", "first-task", NULL};

struct softhebb {
    char layers[PARAM_TEXT_MAX];
    int order, losers, output, statistics;
    double hebb_lr, hebb_power, t, range, power, output_t;
    struct optim_options options; /* of the head */

    struct shape image;
    struct mlp mlp; /* for its sizes */
    struct vec w;   /* W_1, W_2, ..., then the head's W (n_L x n_out), b */
    struct mat head;
    real *g;                       /* of one layer or of the head */
    real *mean, *variance, *scale; /* of each layer's inputs: running; of the batch */
    real *one, *zero;              /* gains and shifts */
    struct optim layer_optim[NET_LAYERS + 1], head_optim;
    struct mat input, u, y; /* of a layer; rows x its widest */
    struct soft_wta wta;
    struct mat logit; /* n_train x n_out */
};

static const struct param params[] = {
    {"net", PARAM_TEXT, offsetof(struct softhebb, layers), "mlp-400-400", 0, 0, NULL,
     "widths of the soft winner-take-all layers: mlp-A-B-..."},
    {"order", PARAM_CHOICE, offsetof(struct softhebb, order), "epoch", 0, 0, order_names,
     "layers and head all from each batch, or one pass over the data each"},
    {"losers", PARAM_CHOICE, offsetof(struct softhebb, losers), "anti-hebbian", 0, 0,
     losers_names, "do the units that lose a row learn, or unlearn it?"},
    {"t", PARAM_NUMBER, offsetof(struct softhebb, t), "1", 1e-6, 1e6, NULL,
     "inverse temperature of the competition"},
    {"hebb_lr", PARAM_NUMBER, offsetof(struct softhebb, hebb_lr), "0.08", 1e-12, 1e6,
     NULL, "eta, learning rate of the layers"},
    {"hebb_power", PARAM_NUMBER, offsetof(struct softhebb, hebb_power), "0.5", 0, 10,
     NULL, "p, how a unit's rate follows the distance of its length from 1"},
    {"range", PARAM_NUMBER, offsetof(struct softhebb, range), "25", 1e-6, 1e6, NULL,
     "length of a unit's initial weights, N(0, range^2 / inputs)"},
    {"output", PARAM_CHOICE, offsetof(struct softhebb, output), "triangle", 0, 0,
     output_names, "what a layer passes on"},
    {"power", PARAM_NUMBER, offsetof(struct softhebb, power), "0.7", 1e-6, 10, NULL,
     "of the triangle"},
    {"output_t", PARAM_NUMBER, offsetof(struct softhebb, output_t), "5", 1e-6, 1e6, NULL,
     "inverse temperature of the softmax that is passed on"},
    {"statistics", PARAM_CHOICE, offsetof(struct softhebb, statistics), "run", 0, 0,
     statistics_names, "running statistics: of all tasks as they come, or of the first"},
    OPTIM_PARAMS(struct softhebb, options, "adam", "0.001", "0"),
    {0},
};

/* W_l; the offsets of the MLP count a bias per unit, but there is none here. */
static struct mat weights_of(const struct softhebb *sh, int l)
{
    const struct mlp_layer *layer = &sh->mlp.layer[l];

    return mat_of(sh->w.data + (layer->weight - layer->value), layer->n_in, layer->n_out);
}

/* Channels of the image for layer 1, units of the layer below for the others; offset is
 * where they begin among the statistics. */
static int channels_of(const struct softhebb *sh, int l, size_t *offset)
{
    *offset = l == 1 ? 0 : (size_t)sh->image.channels + sh->mlp.layer[l - 1].value;
    return l == 1 ? sh->image.channels : sh->mlp.layer[l].n_in;
}

static void take_memory(struct softhebb *sh, const struct learner_env *env)
{
    struct arena *arena = env->arena;
    const struct mlp *mlp = &sh->mlp;
    size_t n_layers = mlp->n_weight - mlp->n_value, most = 0;
    size_t n_norm = (size_t)sh->image.channels + mlp->n_value;
    int rows = env->n_train > env->n_score ? env->n_train : env->n_score;
    int n_in = mlp->layer[1].n_in, top = mlp->layer[mlp->n_layer].n_out;
    int widest = n_in > mlp->widest ? n_in : mlp->widest;

    sh->w.n = n_layers + (size_t)(top + 1) * (size_t)env->n_out;
    sh->w.data = arena_take(arena, TAG_WEIGHT, sh->w.n, sizeof(real));
    sh->head = mat_of(sh->w.data + n_layers, top, env->n_out);
    most = (size_t)(top + 1) * (size_t)env->n_out;
    for (int l = 1; l <= mlp->n_layer; l++) {
        size_t n = (size_t)mlp->layer[l].n_in * (size_t)mlp->layer[l].n_out;

        most = n > most ? n : most;
    }
    sh->g = arena_take(arena, TAG_GRADIENT, most, sizeof(real));
    sh->mean = arena_take(arena, TAG_STATE, n_norm, sizeof(real));
    sh->variance = arena_take(arena, TAG_STATE, n_norm, sizeof(real));
    sh->scale = arena_take(arena, TAG_SCRATCH, n_norm, sizeof(real));
    sh->one = arena_take(arena, TAG_FIXED, n_norm, sizeof(real));
    sh->zero = arena_take(arena, TAG_FIXED, n_norm, sizeof(real));
    sh->input = mat_take(arena, TAG_SCRATCH, rows, widest);
    sh->u = mat_take(arena, TAG_SCRATCH, rows, mlp->widest);
    sh->y = mat_take(arena, TAG_SCRATCH, rows, mlp->widest);
    sh->wta.length = arena_take(arena, TAG_SCRATCH, (size_t)mlp->widest, sizeof(real));
    sh->wta.pull = arena_take(arena, TAG_SCRATCH, (size_t)mlp->widest, sizeof(real));
    sh->logit = mat_take(arena, TAG_SCRATCH, env->n_train, env->n_out);
}

static void take_optimisers(struct softhebb *sh, const struct learner_env *env)
{
    struct optim_options layer = {
        .optimizer = OPTIM_SGD, .lr = sh->hebb_lr, .schedule = sh->options.schedule};

    for (int l = 1; l <= sh->mlp.n_layer; l++) {
        struct mat w = weights_of(sh, l);

        optim_init(&sh->layer_optim[l], &layer,
                   (struct vec){w.data, (size_t)w.rows * (size_t)w.cols}, env->arena,
                   env->hook);
    }
    optim_init(
        &sh->head_optim, &sh->options,
        (struct vec){sh->head.data, sh->w.n - (size_t)(sh->head.data - sh->w.data)},
        env->arena, env->hook);
}

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct softhebb *sh = self;
    size_t n_norm;

    sh->image = env->image;
    sh->wta.anti = sh->losers == LOSERS_ANTI;
    sh->wta.power = sh->hebb_power;
    if (mlp_parse(&sh->mlp, "softhebb", sh->layers, env->image, err) != OK)
        return err->status;
    take_memory(sh, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    take_optimisers(sh, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    n_norm = (size_t)sh->image.channels + sh->mlp.n_value;
    for (size_t j = 0; j < n_norm; j++)
        sh->one[j] = sh->variance[j] = 1;
    for (int l = 1; l <= sh->mlp.n_layer; l++) {
        struct mat w = weights_of(sh, l);
        struct rng rng = rng_at(env->rng, (uint64_t)l);

        rng_normal(&rng, w.data, (size_t)w.rows * (size_t)w.cols,
                   (real)(sh->range / sqrt((double)w.rows)));
    }
    init_layer(INIT_UNIFORM_FAN_IN, sh->head, sh->w.data + sh->w.n - sh->head.cols,
               rng_child(env->rng, "head"));
    return OK;
}

/* xhat of layer l, in `input`; by the statistics of the batch, with the running ones
 * updated where `follow`, or by the running ones. */
static struct mat normalise(const struct softhebb *sh, int l, struct mat x, bool by_batch,
                            bool follow)
{
    struct mat to = mat_of(sh->input.data, x.rows, x.cols);
    size_t at;
    int n = channels_of(sh, l, &at);
    struct mat in = mat_of(to.data, x.rows * x.cols / n, n);
    struct batchnorm norm = {sh->one, sh->zero, sh->mean + at, sh->variance + at,
                             sh->scale + at};

    mat_copy(to, x);
    if (by_batch && !follow)
        norm.mean = norm.variance = NULL;
    if (by_batch)
        batchnorm_forward(in, in, in, norm);
    else
        batchnorm_infer(in, in, norm);
    return to;
}

static struct mat current(const struct softhebb *sh, int l, struct mat input)
{
    struct mat w = weights_of(sh, l), u = mat_of(sh->u.data, input.rows, w.cols);

    mat_mul(u, input, w, false);
    return u;
}

/* The output of layer l, in y. */
static struct mat layer_output(const struct softhebb *sh, struct mat u)
{
    struct mat y = mat_of(sh->y.data, u.rows, u.cols);

    if (sh->output == OUTPUT_SOFTMAX) {
        soft_wta_compete(y, u, sh->output_t);
        return y;
    }
    for (int i = 0; i < u.rows; i++) {
        const real *v = mat_row(u, i);
        real mean = 0;

        for (int k = 0; k < u.cols; k++)
            mean += v[k] / (real)u.cols;
        for (int k = 0; k < u.cols; k++)
            mat_row(y, i)[k] = v[k] > mean ? pow(v[k] - mean, (real)sh->power) : 0;
    }
    return y;
}

/* The first n layers as in inference; h_n, which for n = 0 is x. */
static struct mat forward_to(const struct softhebb *sh, struct mat x, int n)
{
    for (int l = 1; l <= n; l++)
        x = layer_output(sh, current(sh, l, normalise(sh, l, x, false, false)));
    return x;
}

/* One Hebbian update of layer l, whose input x is the output of the layer below. */
static void train_layer(const struct softhebb *sh, const struct batch *batch, int l,
                        struct mat x)
{
    bool follow = sh->statistics == STATISTICS_RUN || batch->progress.task == 0;
    struct mat in = normalise(sh, l, x, true, follow), w = weights_of(sh, l);
    struct mat u = current(sh, l, in), y = mat_of(sh->y.data, u.rows, u.cols);
    struct mat g = mat_of(sh->g, w.rows, w.cols);

    soft_wta_compete(y, u, sh->t);
    soft_wta_change(&sh->wta, g, w, in, u, y, batch);
    optim_step(&sh->layer_optim[l], sh->g, batch->progress);
}

/* The loss of the head; its update where wanted. */
static real train_head(const struct softhebb *sh, const struct batch *batch, bool update)
{
    struct mat h = forward_to(sh, batch->x, sh->mlp.n_layer);
    struct mat e = mat_rows(sh->logit, 0, h.rows), dw = sh->head;
    real loss;

    dense_forward(e, h, sh->head, sh->w.data + sh->w.n - e.cols);
    loss = loss_cross_entropy(e, batch);
    if (!update)
        return loss;
    dw.data = sh->g;
    dense_backward(dw, sh->g + (size_t)dw.rows * (size_t)dw.cols, h, e);
    optim_step(&sh->head_optim, sh->g, batch->progress);
    return loss;
}

/* Does this pass train layer l, the head as l = n_layer + 1? */
static bool trains(const struct softhebb *sh, int l, struct progress progress)
{
    if (sh->order == ORDER_BATCH)
        return true;
    return progress.epoch == 0 ? l == progress.pass + 1 : l > sh->mlp.n_layer;
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct softhebb *sh = self;
    int L = sh->mlp.n_layer;

    for (int l = 1; l <= L; l++)
        if (trains(sh, l, batch->progress))
            train_layer(sh, batch, l, forward_to(sh, batch->x, l - 1));
    return train_head(sh, batch, trains(sh, L + 1, batch->progress));
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct softhebb *sh = self;
    struct mat h = forward_to(sh, x, sh->mlp.n_layer);

    dense_forward(out, h, sh->head, sh->w.data + sh->w.n - out.cols);
}

static int n_feature(const void *self)
{
    return ((const struct softhebb *)self)->head.rows;
}

static void features(const void *self, struct mat x, struct rng rng, struct mat out)
{
    const struct softhebb *sh = self;

    mat_copy(out, forward_to(sh, x, sh->mlp.n_layer));
}

static struct vec weights(const void *self)
{
    return ((const struct softhebb *)self)->w;
}

static int passes(const void *self, int epoch)
{
    const struct softhebb *sh = self;
    int n_layer = sh->mlp.n_layer ? sh->mlp.n_layer : NET_LAYERS; /* before init */

    return sh->order == ORDER_EPOCH && epoch == 0 ? n_layer + 1 : 1;
}

static const char *needs_tasks(const void *self)
{
    return ((const struct softhebb *)self)->order == ORDER_EPOCH
               ? "layer after layer is trained, each in a pass of its own; write order: "
                 "batch"
               : NULL;
}

/* The forward pass to each layer in training, its currents and its change; the loss. */
static double pass_flops(const void *self, struct progress progress)
{
    const struct softhebb *sh = self;
    double head = 2.0 * sh->head.rows * sh->head.cols, up = 0, flops = 0;

    for (int l = 1; l <= sh->mlp.n_layer; l++) {
        if (trains(sh, l, progress))
            flops += up + 2 * mlp_layer_flops(&sh->mlp, l);
        up += mlp_layer_flops(&sh->mlp, l);
    }
    return flops + up + (trains(sh, sh->mlp.n_layer + 1, progress) ? 2 : 1) * head;
}

static double flops(const void *self)
{
    return pass_flops(self, (struct progress){.epoch = 1});
}

static double score_flops(const void *self)
{
    const struct softhebb *sh = self;

    return mlp_flops(&sh->mlp) + 2.0 * sh->head.rows * sh->head.cols;
}

const struct learner learner_softhebb = {
    .name = "softhebb",
    .about = "soft winner-take-all layers without labels or feedback, and a linear head",
    .source = "Journe et al. 2023, arXiv:2209.11883; Moraitis et al. 2022",
    .params = params,
    .size = sizeof(struct softhebb),
    .init = init,
    .train = train,
    .score = score,
    .n_feature = n_feature,
    .features = features,
    .weights = weights,
    .flops = flops,
    .score_flops = score_flops,
    .passes = passes,
    .needs_tasks = needs_tasks,
    .pass_flops = pass_flops,
};
