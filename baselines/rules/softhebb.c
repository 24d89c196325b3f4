/* SoftHebb: layers of soft winner-take-all units that learn without labels and without
 * feedback in one pass over the data, below a linear head (Moraitis, Toichkin, Journe,
 * Chua & Guo 2022, arXiv:2107.05747; Journe, Garcia Rodriguez, Guo & Moraitis 2023,
 * arXiv:2209.11883, section 3; constants from the code they published).
 *
 *   input       xhat: batch norm without gain and shift, per channel of the image or map
 *               and per unit below
 *   competition u = xhat W,   y = softmax(t u); anti-Hebbian losers: y of all units but
 *               the winner of the row changes its sign
 *   learning    D_k = sum over rows of y_k (xhat - u_k w_k), Oja's rule made soft; over
 *               the largest |D| of the layer, times eta | |w_k| - 1 |^p per unit: a unit
 *               whose weights have reached length 1 stops learning
 *   output      triangle: max(0, u - mean of the row's u)^power; or softmax(output_t u)
 *
 * The layers are dense or convolutions, without biases. In a map every position is a row of
 * its own: its units compete, its patch xhat is learnt, its u make the triangle, before a
 * max-pool where the net has one. What the net writes as activation is read as `output`.
 *
 * order: epoch is the paper's: in the first epoch of a task its images are gone through
 * once for each layer, one after the other, then for the head, in later epochs for the
 * head alone; order: batch trains all from every batch. Layers in training are normalised
 * by the batch, others by the running statistics. */
#include <stddef.h>

#include "baselines/rules/soft_layers.h"
#include "baselines/rules/soft_wta.h"
#include "core/nn/loss.h"
#include "core/optim/optimizer.h"

enum order { ORDER_BATCH, ORDER_EPOCH };
enum losers { LOSERS_HEBBIAN, LOSERS_ANTI };
enum statistics { STATISTICS_RUN, STATISTICS_FIRST };

static const char *const order_names[] = {"batch", "epoch", NULL};
static const char *const losers_names[] = {"hebbian", "anti-hebbian", NULL};
static const char *const statistics_names[] = {"run", "first-task", NULL};

struct softhebb {
    char layers[PARAM_TEXT_MAX];
    int order, losers, statistics;
    double hebb_lr, hebb_power, t, range;
    struct optim_options options; /* of the head */

    struct soft_layers soft;
    struct vec w; /* W_1, W_2, ..., then the head's W (n_L x n_out), b */
    struct mat head;
    real *g; /* of one layer or of the head */
    struct optim layer_optim[NET_LAYERS + 1], head_optim;
    struct soft_wta wta;
    struct mat logit; /* n_train x n_out */
};

static const struct param params[] = {
    {"net", PARAM_TEXT, offsetof(struct softhebb, layers), "mlp-400-400", 0, 0, NULL,
     "soft winner-take-all layers: mlp-A-B-..., or conv or dense, relu, pool"},
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
    {"output", PARAM_CHOICE, offsetof(struct softhebb, soft.output), "triangle", 0, 0,
     soft_output_names, "what a layer passes on"},
    {"power", PARAM_NUMBER, offsetof(struct softhebb, soft.power), "0.7", 1e-6, 10, NULL,
     "of the triangle"},
    {"output_t", PARAM_NUMBER, offsetof(struct softhebb, soft.output_t), "5", 1e-6, 1e6,
     NULL, "inverse temperature of the softmax that is passed on"},
    {"statistics", PARAM_CHOICE, offsetof(struct softhebb, statistics), "run", 0, 0,
     statistics_names, "running statistics: of all tasks as they come, or of the first"},
    OPTIM_PARAMS(struct softhebb, options, "adam", "0.001", "0"),
    {0},
};

static void take_memory(struct softhebb *sh, const struct learner_env *env)
{
    struct arena *arena = env->arena;
    int rows = env->n_train > env->n_score ? env->n_train : env->n_score;
    int top = soft_layers_out(&sh->soft), units = soft_layers_units(&sh->soft);
    size_t n_layers = soft_layers_weights(&sh->soft);
    size_t most = (size_t)(top + 1) * (size_t)env->n_out;

    sh->w.n = n_layers + most;
    sh->w.data = arena_take(arena, TAG_WEIGHT, sh->w.n, sizeof(real));
    sh->head = mat_of(sh->w.data + n_layers, top, env->n_out);
    for (int l = 1; l <= sh->soft.modules.n; l++) {
        size_t n = (size_t)sh->soft.layer[l].rows * (size_t)sh->soft.layer[l].cols;

        most = n > most ? n : most;
    }
    sh->g = arena_take(arena, TAG_GRADIENT, most, sizeof(real));
    soft_layers_take(&sh->soft, sh->w.data, rows, arena);
    sh->wta.length = arena_take(arena, TAG_SCRATCH, (size_t)units, sizeof(real));
    sh->wta.pull = arena_take(arena, TAG_SCRATCH, (size_t)units, sizeof(real));
    sh->logit = mat_take(arena, TAG_SCRATCH, env->n_train, env->n_out);
}

static void take_optimisers(struct softhebb *sh, const struct learner_env *env)
{
    struct optim_options layer = {
        .optimizer = OPTIM_SGD, .lr = sh->hebb_lr, .schedule = sh->options.schedule};

    for (int l = 1; l <= sh->soft.modules.n; l++) {
        struct mat w = sh->soft.layer[l];

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

    sh->wta.anti = sh->losers == LOSERS_ANTI;
    sh->wta.power = sh->hebb_power;
    if (soft_layers_parse(&sh->soft, sh->layers, env->image, err) != OK)
        return err->status;
    take_memory(sh, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    take_optimisers(sh, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    soft_layers_draw(&sh->soft, sh->range, env->rng);
    init_layer(INIT_UNIFORM_FAN_IN, sh->head, sh->w.data + sh->w.n - sh->head.cols,
               rng_child(env->rng, "head"));
    return OK;
}

/* One Hebbian update of layer l, whose input x is the output of the layer below. */
static void train_layer(const struct softhebb *sh, const struct batch *batch, int l,
                        struct mat x)
{
    bool follow = sh->statistics == STATISTICS_RUN || batch->progress.task == 0;
    struct mat in = soft_layers_normalise(&sh->soft, l, x, true, follow);
    struct mat w = sh->soft.layer[l], u = soft_layers_current(&sh->soft, l, in);
    struct mat y = mat_of(sh->soft.y.data, u.rows, u.cols);
    struct mat g = mat_of(sh->g, w.rows, w.cols);

    soft_wta_compete(y, u, sh->t);
    soft_wta_reward(&sh->wta, y, batch);
    soft_layers_correlate(&sh->soft, l, g, in, y);
    soft_wta_change(&sh->wta, g, w, u, y);
    optim_step(&sh->layer_optim[l], sh->g, batch->progress);
}

/* The loss of the head; its update where wanted. */
static real train_head(const struct softhebb *sh, const struct batch *batch, bool update,
                       struct rng rng)
{
    struct mat h = soft_layers_run(&sh->soft, batch->x, sh->soft.modules.n, &rng);
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
    return progress.epoch == 0 ? l == progress.pass + 1 : l > sh->soft.modules.n;
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct softhebb *sh = self;
    int L = sh->soft.modules.n;

    for (int l = 1; l <= L; l++)
        if (trains(sh, l, batch->progress))
            train_layer(sh, batch, l, soft_layers_run(&sh->soft, batch->x, l - 1, &rng));
    return train_head(sh, batch, trains(sh, L + 1, batch->progress), rng);
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct softhebb *sh = self;
    struct mat h = soft_layers_run(&sh->soft, x, sh->soft.modules.n, NULL);

    dense_forward(out, h, sh->head, sh->w.data + sh->w.n - out.cols);
}

static int n_feature(const void *self)
{
    return ((const struct softhebb *)self)->head.rows;
}

static void features(const void *self, struct mat x, struct rng rng, struct mat out)
{
    const struct softhebb *sh = self;

    mat_copy(out, soft_layers_run(&sh->soft, x, sh->soft.modules.n, NULL));
}

static struct vec weights(const void *self)
{
    return ((const struct softhebb *)self)->w;
}

static int passes(const void *self, int epoch)
{
    const struct softhebb *sh = self;
    int n_layer = sh->soft.modules.n ? sh->soft.modules.n : NET_LAYERS; /* before init */

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

    for (int l = 1; l <= sh->soft.modules.n; l++) {
        if (trains(sh, l, progress))
            flops += up + 2 * module_flops(&sh->soft.modules, l);
        up += module_flops(&sh->soft.modules, l);
    }
    return flops + up + (trains(sh, sh->soft.modules.n + 1, progress) ? 2 : 1) * head;
}

static double flops(const void *self)
{
    return pass_flops(self, (struct progress){.epoch = 1});
}

static double score_flops(const void *self)
{
    const struct softhebb *sh = self;

    return net_flops_forward(&sh->soft.modules.net) + 2.0 * sh->head.rows * sh->head.cols;
}

const struct learner learner_softhebb = {
    .name = "softhebb",
    .about = "soft winner-take-all layers without labels or feedback, and a linear head; "
             "MLP or CNN",
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
