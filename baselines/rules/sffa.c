/* The symmetric Forward-Forward algorithm (SFFA; Terres-Escudero, Del Ser & Garcia-Bringas
 * 2024, CoLLAs, arXiv:2409.07387), as in the authors' continual experiments
 * (erikberter/SFFA_CoLLAS). Half of a layer's units are positive, half negative, and its
 * goodness is the probability that an image x and a label k belong together:
 *
 *   h_l = top(sigmoid(u_l W_l + b_l)),  u_1 = [x, s_k],  u_l = [h_{l-1}, x, s_k]
 *   g_l = sum of h^2 over the positive half / sum of h^2 over both
 *   p = g_1 g_2 ... g_L
 *
 * top leaves the K largest values of each half and makes the others 0; s_k is a pattern of
 * random bits that stands for class k and never changes. The loss is the mean over rows
 * and the labels that compete for them of -log p for the true one, -log (1 - p) for all
 * others. A layer's input counts as given: W_l follows the loss through g_l alone, so the
 * layers share no more than the number p. The class is the label with the largest p.
 *
 * g is kept within 0.0001..0.9999, beyond which there is no gradient. Theirs, but not here:
 * where tasks share their outputs they decide by the mean of the g_l. */
#include <stddef.h>
#include <string.h>
#include <tgmath.h>

#include "core/nn/mlp.h"
#include "core/optim/optimizer.h"
#include "core/plug/learner.h"

struct sffa {
    char layers[PARAM_TEXT_MAX];
    int init, keep, pattern;
    double density;
    struct optim_options options;

    int n_out, n_given; /* of x and s_k together */
    struct mlp mlp;     /* with the inputs u_l */
    struct vec w;
    real *g;
    struct optim optim;
    struct mat code;  /* s_k, n_out x pattern */
    struct mat input; /* rows x [h, x, s], h at its widest and flush with x */
    struct mlp_values values;
    struct mat goodness, d; /* rows x layers; rows x widest */
    real *largest, *slope;  /* K; by row, the loss by p */
    int32_t *row;           /* of the batch: those for which a label competes */
};

static const struct param params[] = {
    {"net", PARAM_TEXT, offsetof(struct sffa, layers), "mlp-400-400", 0, 0, NULL,
     "hidden layers, mlp-A-B-...: sigmoids, the first half of a layer positive"},
    {"init", PARAM_CHOICE, offsetof(struct sffa, init), "uniform-fan-in", 0, 0,
     init_names, "initial weights"},
    {"keep", PARAM_INT, offsetof(struct sffa, keep), "15", 1, 1e6, NULL,
     "K, the units of each half of a layer that are not made 0"},
    {"pattern", PARAM_INT, offsetof(struct sffa, pattern), "100", 1, 1e6, NULL,
     "bits that stand for a label"},
    {"density", PARAM_NUMBER, offsetof(struct sffa, density), "0.2", 0, 1, NULL,
     "share of ones among them"},
    OPTIM_PARAMS(struct sffa, options, "adam", "0.001", "0"),
    {0},
};

static const real least = (real)1e-4, tiny = (real)1e-9;

/* Layers from the second on read x and s_k too. */
static void widen(struct mlp *mlp, int n_given)
{
    size_t added = 0;

    for (int l = 2; l <= mlp->n_layer; l++) {
        struct mlp_layer *layer = &mlp->layer[l];

        layer->weight += added;
        layer->n_in += n_given;
        added += (size_t)n_given * (size_t)layer->n_out;
    }
    mlp->n_weight += added;
}

static enum status plan(struct sffa *sffa, const struct learner_env *env,
                        struct error *err)
{
    struct shape given = {1, 1, shape_size(env->image) + sffa->pattern};

    sffa->n_out = env->n_out;
    sffa->n_given = given.channels;
    if (mlp_parse(&sffa->mlp, "sffa", sffa->layers, env->image, err) != OK ||
        mlp_parse(&sffa->mlp, "sffa", sffa->layers, given, err) != OK)
        return err->status;
    if (strncmp(sffa->layers, "mlp-", 4) != 0)
        return error_set(err, ERR_USAGE,
                         "sffa has sigmoids of its own; write mlp-A-B-...");
    for (int l = 1; l <= sffa->mlp.n_layer; l++) {
        if (sffa->mlp.layer[l].n_out % 2)
            return error_set(err, ERR_USAGE,
                             "sffa halves its layers; write even numbers of units");
        sffa->mlp.layer[l].activation = ACT_SIGMOID;
    }
    widen(&sffa->mlp, sffa->n_given);
    return OK;
}

static void take_memory(struct sffa *sffa, const struct learner_env *env)
{
    struct arena *arena = env->arena;
    const struct mlp *mlp = &sffa->mlp;
    int rows = env->n_train > env->n_score ? env->n_train : env->n_score;

    sffa->w.n = mlp->n_weight;
    sffa->w.data = arena_take(arena, TAG_WEIGHT, sffa->w.n, sizeof(real));
    sffa->g = arena_take(arena, TAG_GRADIENT, sffa->w.n, sizeof(real));
    sffa->code = mat_take(arena, TAG_FIXED, sffa->n_out, sffa->pattern);
    sffa->input = mat_take(arena, TAG_SCRATCH, rows, mlp->widest + sffa->n_given);
    sffa->values = mlp_take_values(mlp, rows, arena);
    sffa->goodness = mat_take(arena, TAG_SCRATCH, rows, mlp->n_layer);
    sffa->d = mat_take(arena, TAG_SCRATCH, rows, mlp->widest);
    sffa->largest = arena_take(arena, TAG_SCRATCH, (size_t)sffa->keep, sizeof(real));
    sffa->slope = arena_take(arena, TAG_SCRATCH, (size_t)rows, sizeof(real));
    sffa->row = arena_take(arena, TAG_SCRATCH, (size_t)rows, sizeof *sffa->row);
}

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct sffa *sffa = self;
    struct rng bits = rng_child(env->rng, "labels");

    if (plan(sffa, env, err) != OK)
        return err->status;
    take_memory(sffa, env);
    optim_init(&sffa->optim, &sffa->options, sffa->w, env->arena, env->hook);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    mlp_init_weights(&sffa->mlp, sffa->w.data, (enum init)sffa->init, env->rng);
    for (int i = 0; i < sffa->n_out * sffa->pattern; i++)
        sffa->code.data[i] = rng_uniform(&bits) < (real)sffa->density;
    return OK;
}

/* The K largest of n values stay, of equal ones the first; the others become 0. */
static void leave_largest(const struct sffa *sffa, real *h, int n)
{
    real *top = sffa->largest, bar = -INFINITY;
    int n_top = 0, keep = sffa->keep, equal = 0;

    for (int j = 0; j < n; j++) {
        int at;

        if (n_top == keep && !(h[j] > top[keep - 1]))
            continue;
        at = n_top < keep ? n_top++ : keep - 1;
        for (; at > 0 && top[at - 1] < h[j]; at--)
            top[at] = top[at - 1];
        top[at] = h[j];
    }
    if (n_top == keep)
        bar = top[keep - 1];
    for (int k = 0; k < n_top; k++)
        equal += top[k] == bar;
    for (int j = 0; j < n; j++)
        if (h[j] < bar || (h[j] == bar && equal-- <= 0))
            h[j] = 0;
}

static real sum_of_squares(const real *h, int n)
{
    real sum = 0;

    for (int j = 0; j < n; j++)
        sum += h[j] * h[j];
    return sum;
}

/* u_l of n rows: the values below, and what stands behind them. */
static struct mat layer_input(const struct sffa *sffa, int l, int n)
{
    int begin = sffa->mlp.widest, below = 0;
    struct mat u;

    if (l > 1)
        below = sffa->mlp.layer[l - 1].n_out;
    u = mat_cols(mat_rows(sffa->input, 0, n), begin - below, below + sffa->n_given);
    if (l > 1)
        mat_copy(mat_cols(u, 0, below), mlp_value(&sffa->mlp, &sffa->values, l - 1, n));
    return u;
}

/* All layers on the images and label that stand in the input; goodness gets the g_l. */
static void forward(const struct sffa *sffa, int n)
{
    for (int l = 1; l <= sffa->mlp.n_layer; l++) {
        struct mat h = mlp_value(&sffa->mlp, &sffa->values, l, n);
        int half = h.cols / 2;

        mlp_layer_forward(&sffa->mlp, sffa->w.data, l, h, layer_input(sffa, l, n));
        for (int i = 0; i < n; i++) {
            real *row = mat_row(h, i), positive, negative, g;

            leave_largest(sffa, row, half);
            leave_largest(sffa, row + half, half);
            positive = sum_of_squares(row, half) + tiny;
            negative = sum_of_squares(row + half, half) + tiny;
            g = positive / (positive + negative);
            g = g < least ? least : g;
            mat_row(sffa->goodness, i)[l - 1] = g > 1 - least ? 1 - least : g;
        }
    }
}

static void write_input(const struct sffa *sffa, int row, const real *image, int label)
{
    real *to = mat_row(sffa->input, row) + sffa->mlp.widest;
    size_t n_image = (size_t)(sffa->n_given - sffa->pattern);

    memcpy(to, image, n_image * sizeof *to);
    memcpy(to + n_image, mat_row(sffa->code, label), (size_t)sffa->pattern * sizeof *to);
}

static real probability(const struct sffa *sffa, int i)
{
    real p = 1;

    for (int l = 0; l < sffa->mlp.n_layer; l++)
        p *= mat_row(sffa->goodness, i)[l];
    return p;
}

/* d = the derivative of the loss by the pre-activations of layer l, from dp by p: g_l by
 * h_j is 2 h_j (1 - g_l) / S in the positive half, - 2 h_j g_l / S in the other, S the sum
 * of squares; the sigmoid adds h_j (1 - h_j), which is 0 where top has made h_j 0. */
static void row_signal(const struct sffa *sffa, int l, int i, real dp, real *d)
{
    struct mat h = mlp_value(&sffa->mlp, &sffa->values, l, i + 1);
    const real *v = mat_row(h, i);
    real g = mat_row(sffa->goodness, i)[l - 1], factor;
    int half = h.cols / 2;

    factor = 2 * dp * probability(sffa, i) / (g * (sum_of_squares(v, h.cols) + 2 * tiny));
    if (g <= least || g >= 1 - least)
        factor = 0;
    for (int j = 0; j < h.cols; j++)
        d[j] = factor * (j < half ? 1 - g : -g) * v[j] * v[j] * (1 - v[j]);
}

/* The rows for which the label competes, with it; how many. */
static int gather(const struct sffa *sffa, const struct batch *batch, int label)
{
    int n = 0;

    for (int i = 0; i < batch->x.rows; i++)
        if (batch_competing(batch, i)[label]) {
            write_input(sffa, n, mat_row(batch->x, i), label);
            sffa->row[n++] = i;
        }
    return n;
}

/* The weight of row i over the rows and its labels. */
static real row_share(const struct sffa *sffa, const struct batch *batch, int i)
{
    const uint8_t *on = batch_competing(batch, i);
    int n = 0;

    for (int k = 0; k < sffa->n_out; k++)
        n += on[k];
    return batch_weight(batch, i) / (real)(batch->x.rows * n);
}

/* The loss of a label that is tried with n rows, and its derivative by each p. */
static real label_loss(const struct sffa *sffa, const struct batch *batch, int label,
                       int n)
{
    real loss = 0;

    for (int i = 0; i < n; i++) {
        real share = row_share(sffa, batch, sffa->row[i]), p = probability(sffa, i);
        bool mine = batch->y[sffa->row[i]] == label;

        sffa->slope[i] = mine ? -share / p : share / (1 - p);
        loss -= share * log(mine ? p : 1 - p);
    }
    return loss;
}

/* The loss of one label; its gradient is added. */
static real train_label(const struct sffa *sffa, const struct batch *batch, int label)
{
    int n = gather(sffa, batch, label);
    real loss;

    if (n == 0) /* a label of other tasks than those in the batch */
        return 0;
    forward(sffa, n);
    loss = label_loss(sffa, batch, label, n);
    for (int l = 1; l <= sffa->mlp.n_layer; l++) {
        struct dense to = mlp_dense(&sffa->mlp, sffa->g, l);
        struct mat d = mat_of(sffa->d.data, n, to.w.cols);

        for (int i = 0; i < n; i++) {
            row_signal(sffa, l, i, sffa->slope[i], mat_row(d, i));
            for (int j = 0; j < d.cols; j++)
                to.b[j] += mat_row(d, i)[j];
        }
        mat_mul_tn(to.w, layer_input(sffa, l, n), d, true);
    }
    return loss;
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct sffa *sffa = self;
    real loss = 0;

    memset(sffa->g, 0, sffa->w.n * sizeof *sffa->g);
    for (int k = 0; k < sffa->n_out; k++)
        loss += train_label(sffa, batch, k);
    optim_step(&sffa->optim, sffa->g, batch->progress);
    return loss;
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct sffa *sffa = self;

    for (int k = 0; k < competing.n; k++) {
        if (!competing.on[k])
            continue;
        for (int i = 0; i < x.rows; i++)
            write_input(sffa, i, mat_row(x, i), k);
        forward(sffa, x.rows);
        for (int i = 0; i < x.rows; i++)
            mat_row(out, i)[k] = probability(sffa, i);
    }
}

static struct vec weights(const void *self)
{
    return ((const struct sffa *)self)->w;
}

/* Where every label competes: forward, and the gradients of the weights. */
static double flops(const void *self)
{
    const struct sffa *sffa = self;

    return 2 * sffa->n_out * mlp_flops(&sffa->mlp);
}

static double score_flops(const void *self)
{
    const struct sffa *sffa = self;

    return sffa->n_out * mlp_flops(&sffa->mlp);
}

const struct learner learner_sffa = {
    .name = "sffa",
    .about = "every layer of an MLP says by its positive half whether a label fits",
    .source = "Terres-Escudero et al. 2024, arXiv:2409.07387",
    .params = params,
    .size = sizeof(struct sffa),
    .can = CAN_HOOK,
    .init = init,
    .train = train,
    .score = score,
    .weights = weights,
    .flops = flops,
    .score_flops = score_flops,
};
