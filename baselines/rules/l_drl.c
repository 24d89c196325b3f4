/* Target propagation that follows the gradient: the feedback of every block learns the
 * transpose of the block's Jacobian by a local difference reconstruction loss, so that
 * its targets are those of back-propagation (Ernoult, Normandin, Moudgil, Spinney,
 * Belilovsky, Rish, Richards & Bengio 2022, arXiv:2202.00102, algorithm 2; constants from
 * the code they published).
 *
 *   blocks and feedback  s_n = F_n(s_{n-1}), G_n: baselines/rules/feedback_net.h; no G_1
 *   feedback loss        L_n = -2 <e_x, G(F(x + e_x)) - G(F(x))> + |G(y + e_y) - G(y)|^2
 *                        with x = s_{n-1}, y = s_n, noises N(0, sigma^2), F as given;
 *                        sums over units, mean over rows, `steps` times per batch. G is
 *                        linear in V, hence L_n is computed from differences below V.
 *   targets              t_N = s_N - beta (softmax - onehot), row by row;
 *                        t_{n-1} = s_{n-1} + G_n(t_n) - G_n(s_n)
 *   forward loss         1/2 |F_n(s_{n-1}) - t_n|^2, sum over units, mean over rows
 *
 * In F(x + e_x) the pools keep the maxima of the clean pass: L_n is about the Jacobian at
 * x, and where an image is flat noise would choose among equals.
 *
 * The feedback is trained by SGD with momentum mu. In one batch its distance to its goal
 * shrinks by a share of about 2 sigma^2 lr steps P / (1 - mu), P the positions of the
 * block's output; `contraction` is that share and sets each block's learning rate. */
#include <stddef.h>

#include "baselines/rules/feedback_net.h"
#include "core/nn/loss.h"
#include "core/optim/optimizer.h"
#include "core/plug/learner.h"

enum { BUFFERS = 6 };

struct l_drl {
    char layers[PARAM_TEXT_MAX];
    int init, steps;
    double beta, sigma, contraction, feedback_momentum;
    struct optim_options options;

    struct feedback_net net; /* ends in a dense layer of n_out logits */
    struct vec w;            /* all W and b, then all V */
    real *g;                 /* of W and b, or of V */
    struct optim forward_optim, back_optim[NET_LAYERS + 1];
    real *value[NET_LAYERS + 1], *map[NET_LAYERS + 1]; /* s_n and act(..), n_train rows */
    uint8_t *from[NET_LAYERS + 1];
    real *buffer[BUFFERS]; /* rows x widest each */
    real *scratch;
};

static const struct param params[] = {
    {"net", PARAM_TEXT, offsetof(struct l_drl, layers), "mlp-400-400", 0, 0, NULL,
     "blocks of conv or dense, an activation, a pool (the paper: conv C 3, elu, pool 2)"},
    {"init", PARAM_CHOICE, offsetof(struct l_drl, init), "uniform-fan-in", 0, 0,
     init_names, "initial weights of both directions"},
    {"beta", PARAM_NUMBER, offsetof(struct l_drl, beta), "0.7", 1e-6, 1e3, NULL,
     "step from the output to its target"},
    {"sigma", PARAM_NUMBER, offsetof(struct l_drl, sigma), "0.1", 1e-4, 1e3, NULL,
     "noise that the feedback is trained with"},
    {"steps", PARAM_INT, offsetof(struct l_drl, steps), "10", 0, 10000, NULL,
     "steps of every block's feedback on each batch"},
    {"contraction", PARAM_NUMBER, offsetof(struct l_drl, contraction), "0.4", 0, 1e3,
     NULL, "share by which the feedback comes nearer to its goal in a batch"},
    {"feedback_momentum", PARAM_NUMBER, offsetof(struct l_drl, feedback_momentum), "0.9",
     0, 0.99999, NULL, "momentum of the feedback"},
    OPTIM_PARAMS_AS(struct l_drl, options, "sgd", "0.05", "0.9", "0.999", "1e-8", "0"),
    {0},
};

static real *back_weights(const struct l_drl *ld)
{
    return ld->w.data + ld->net.n_weight;
}

static void take_values(struct l_drl *ld, const struct learner_env *env)
{
    size_t rows = (size_t)env->n_train;

    for (int n = 1; n <= ld->net.n_layer; n++) {
        const struct feedback_layer *layer = &ld->net.layer[n];
        size_t out = rows * (size_t)shape_size(layer->out);

        ld->value[n] = arena_take(env->arena, TAG_ACTIVATION, out, sizeof(real));
        ld->map[n] = ld->value[n];
        if (!layer->pooled)
            continue;
        ld->map[n] = arena_take(env->arena, TAG_ACTIVATION,
                                rows * (size_t)shape_size(layer->map), sizeof(real));
        ld->from[n] = arena_take(env->arena, TAG_ACTIVATION, out, 1);
    }
}

static void take_memory(struct l_drl *ld, const struct learner_env *env)
{
    const struct feedback_net *net = &ld->net;
    size_t rows = (size_t)(env->n_train > env->n_score ? env->n_train : env->n_score);
    size_t most = net->n_weight;

    most = net->n_back > most ? net->n_back : most;
    ld->w.n = net->n_weight + net->n_back;
    ld->w.data = arena_take(env->arena, TAG_WEIGHT, ld->w.n, sizeof(real));
    ld->g = arena_take(env->arena, TAG_GRADIENT, most, sizeof(real));
    take_values(ld, env);
    for (int i = 0; i < BUFFERS; i++)
        ld->buffer[i] =
            arena_take(env->arena, TAG_SCRATCH, rows * (size_t)net->widest, sizeof(real));
    if (net->n_scratch)
        ld->scratch = arena_take(env->arena, TAG_SCRATCH, net->n_scratch, sizeof(real));
}

static void take_optimisers(struct l_drl *ld, const struct learner_env *env)
{
    struct optim_options back = {.optimizer = OPTIM_SGD,
                                 .momentum = ld->feedback_momentum,
                                 .schedule = ld->options.schedule};
    double sigma2 = ld->sigma * ld->sigma, rest = 1 - ld->feedback_momentum;

    optim_init(&ld->forward_optim, &ld->options,
               (struct vec){ld->w.data, ld->net.n_weight}, env->arena, env->hook);
    for (int n = 2; n <= ld->net.n_layer; n++) {
        const struct feedback_layer *layer = &ld->net.layer[n];
        struct mat v = feedback_layer_back(layer, back_weights(ld));
        int positions = layer->out.height * layer->out.width;

        back.lr = ld->contraction * rest / (2 * sigma2 * positions);
        if (ld->steps)
            back.lr /= ld->steps;
        optim_init(&ld->back_optim[n], &back,
                   (struct vec){v.data, (size_t)v.rows * (size_t)v.cols}, env->arena,
                   env->hook);
    }
}

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct l_drl *ld = self;
    struct rng down = rng_child(env->rng, "feedback");

    if (feedback_net_parse(&ld->net, "l-drl", ld->layers, env->image, env->n_out, err) !=
        OK)
        return err->status;
    take_memory(ld, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    take_optimisers(ld, env);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    for (int n = 1; n <= ld->net.n_layer; n++) {
        const struct feedback_layer *layer = &ld->net.layer[n];

        init_layer((enum init)ld->init, feedback_layer_weight(layer, ld->w.data),
                   feedback_layer_bias(layer, ld->w.data), rng_at(env->rng, (uint64_t)n));
        if (n > 1)
            init_layer((enum init)ld->init, feedback_layer_back(layer, back_weights(ld)),
                       NULL, rng_at(down, (uint64_t)n));
    }
    return OK;
}

static struct mat scratch_of(const struct l_drl *ld, int buffer, int rows,
                             struct shape shape)
{
    return mat_of(ld->buffer[buffer], rows, shape_size(shape));
}

/* s_n; s_0 = x. */
static struct mat value(const struct l_drl *ld, const struct batch *batch, int n)
{
    if (n == 0)
        return batch->x;
    return mat_of(ld->value[n], batch->x.rows, shape_size(ld->net.layer[n].out));
}

static struct mat map(const struct l_drl *ld, int n, int rows)
{
    return mat_of(ld->map[n], rows, shape_size(ld->net.layer[n].map));
}

static void forward(const struct l_drl *ld, const struct batch *batch)
{
    for (int n = 1; n <= ld->net.n_layer; n++)
        feedback_layer_up(&ld->net.layer[n], ld->w.data, value(ld, batch, n),
                          map(ld, n, batch->x.rows), ld->from[n], value(ld, batch, n - 1),
                          ld->scratch);
}

/* noise, and to = from + noise */
static void disturb(const struct l_drl *ld, struct mat noise, struct mat to,
                    struct mat from, struct rng *rng)
{
    rng_normal(rng, noise.data, (size_t)noise.rows * (size_t)noise.cols, (real)ld->sigma);
    for (int i = 0; i < to.rows; i++)
        for (int j = 0; j < to.cols; j++)
            mat_row(to, i)[j] = mat_row(from, i)[j] + mat_row(noise, i)[j];
}

static void subtract(struct mat a, struct mat b)
{
    for (size_t i = 0; i < (size_t)a.rows * (size_t)a.cols; i++)
        a.data[i] -= b.data[i];
}

/* Each row times factor and its share of the mean. */
static void weigh(struct mat a, const struct batch *batch, real factor)
{
    for (int i = 0; i < a.rows; i++)
        for (int j = 0; j < a.cols; j++)
            mat_row(a, i)[j] *= factor * batch_weight(batch, i) / (real)a.rows;
}

/* One step of V_n. With p and q the differences of act(unpool(..)) that the noises make,
 *   L = -2 <e_x, p V^T> + |q V^T|^2,   dV = -2 e_x^T p + 2 (q V^T)^T q. */
static void train_back(const struct l_drl *ld, const struct batch *batch, int n,
                       struct rng rng)
{
    const struct feedback_layer *layer = &ld->net.layer[n];
    int rows = batch->x.rows;
    struct mat x = value(ld, batch, n - 1), y = value(ld, batch, n);
    struct mat noise = scratch_of(ld, 0, rows, layer->in),
               near = scratch_of(ld, 1, rows, layer->in);
    struct mat p = scratch_of(ld, 2, rows, layer->map),
               q = scratch_of(ld, 3, rows, layer->map);
    struct mat clean = scratch_of(ld, 4, rows, layer->map),
               other = scratch_of(ld, 5, rows, layer->out);
    struct mat up = layer->pooled ? q : other; /* room for the map of other */

    feedback_layer_spread(layer, clean, y, ld->from[n]);
    disturb(ld, noise, near, x, &rng);
    feedback_layer_follow(layer, ld->w.data, other, up, ld->from[n], near, ld->scratch);
    feedback_layer_spread(layer, p, other, ld->from[n]);
    subtract(p, clean);
    disturb(ld, scratch_of(ld, 1, rows, layer->out), other, y, &rng);
    feedback_layer_spread(layer, q, other, ld->from[n]);
    subtract(q, clean);
    feedback_layer_down(layer, back_weights(ld), near, q, ld->scratch);
    weigh(near, batch, 2);
    weigh(noise, batch, -2);
    feedback_layer_down_gradient(layer, ld->g, (struct mat[]){near, noise},
                                 (struct mat[]){q, p}, ld->scratch);
    optim_step(&ld->back_optim[n], feedback_layer_back(layer, ld->g).data,
               batch->progress);
}

/* d = t_N - s_N, and the loss; e is working memory. */
static real output_step(const struct l_drl *ld, const struct batch *batch, struct mat d,
                        struct mat e)
{
    struct mat logit = value(ld, batch, ld->net.n_layer);

    mat_copy(d, logit);
    mat_copy(e, logit);
    for (int i = 0; i < d.rows; i++) {
        softmax_row(mat_row(d, i), batch_competing(batch, i), d.cols);
        mat_row(d, i)[batch->y[i]] -= 1;
        for (int k = 0; k < d.cols; k++)
            mat_row(d, i)[k] *= -(real)ld->beta;
    }
    return loss_cross_entropy(e, batch);
}

/* The gradient of F_n from d = t_n - s_n. */
static void forward_gradient(const struct l_drl *ld, const struct batch *batch, int n,
                             struct mat d)
{
    const struct feedback_layer *layer = &ld->net.layer[n];
    struct mat dy = scratch_of(ld, 4, d.rows, layer->out);

    mat_copy(dy, d);
    weigh(dy, batch, -1);
    feedback_layer_gradient(layer, ld->g, value(ld, batch, n - 1), map(ld, n, d.rows),
                            ld->from[n], dy, scratch_of(ld, 5, d.rows, layer->map),
                            ld->scratch);
}

/* to = t_{n-1} - s_{n-1} from d = t_n - s_n, which becomes t_n. */
static void step_below(const struct l_drl *ld, const struct batch *batch, int n,
                       struct mat to, struct mat d)
{
    const struct feedback_layer *layer = &ld->net.layer[n];
    struct mat y = value(ld, batch, n);
    struct mat b = scratch_of(ld, 2, d.rows, layer->map),
               clean = scratch_of(ld, 3, d.rows, layer->map);

    for (size_t i = 0; i < (size_t)d.rows * (size_t)d.cols; i++)
        d.data[i] += y.data[i];
    feedback_layer_spread(layer, b, d, ld->from[n]);
    feedback_layer_spread(layer, clean, y, ld->from[n]);
    subtract(b, clean);
    feedback_layer_down(layer, back_weights(ld), to, b, ld->scratch);
}

static real train_forward(const struct l_drl *ld, const struct batch *batch)
{
    int rows = batch->x.rows, N = ld->net.n_layer;
    struct shape out = ld->net.layer[N].out;
    struct mat d = scratch_of(ld, N % 2, rows, out);
    real loss = output_step(ld, batch, d, scratch_of(ld, 2, rows, out));

    for (int n = N; n >= 1; n--) {
        struct mat to = scratch_of(ld, (n - 1) % 2, rows, ld->net.layer[n].in);

        forward_gradient(ld, batch, n, d);
        if (n > 1)
            step_below(ld, batch, n, to, d);
        d = to;
    }
    optim_step(&ld->forward_optim, ld->g, batch->progress);
    return loss;
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct l_drl *ld = self;

    forward(ld, batch);
    for (int n = 2; n <= ld->net.n_layer; n++)
        for (int k = 0; k < ld->steps; k++)
            train_back(ld, batch, n, rng_at(rng_at(rng, (uint64_t)n), (uint64_t)k));
    return train_forward(ld, batch);
}

/* The first n blocks, nothing kept; s_n, which for n = 0 is x. */
static struct mat forward_to(const struct l_drl *ld, struct mat x, int n)
{
    for (int m = 1; m <= n; m++) {
        const struct feedback_layer *layer = &ld->net.layer[m];
        struct mat y = scratch_of(ld, m % 2, x.rows, layer->out);

        feedback_layer_up(layer, ld->w.data, y,
                          layer->pooled ? scratch_of(ld, 2, x.rows, layer->map) : y, NULL,
                          x, ld->scratch);
        x = y;
    }
    return x;
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct l_drl *ld = self;

    mat_copy(out, forward_to(ld, x, ld->net.n_layer));
}

static int n_feature(const void *self)
{
    const struct l_drl *ld = self;

    return shape_size(ld->net.layer[ld->net.n_layer].in);
}

static void features(const void *self, struct mat x, struct rng rng, struct mat out)
{
    const struct l_drl *ld = self;

    mat_copy(out, forward_to(ld, x, ld->net.n_layer - 1));
}

static struct vec weights(const void *self)
{
    return ((const struct l_drl *)self)->w;
}

/* Per block a forward pass and its gradient; for those with feedback one feedback pass,
 * and four products a step: forward, feedback, and two gradients. */
static double flops(const void *self)
{
    const struct l_drl *ld = self;
    double flops = 0;

    for (int n = 1; n <= ld->net.n_layer; n++)
        flops +=
            feedback_layer_flops(&ld->net.layer[n]) * (n > 1 ? 3 + 4 * ld->steps : 2);
    return flops;
}

static double score_flops(const void *self)
{
    const struct l_drl *ld = self;
    double flops = 0;

    for (int n = 1; n <= ld->net.n_layer; n++)
        flops += feedback_layer_flops(&ld->net.layer[n]);
    return flops;
}

const struct learner learner_l_drl = {
    .name = "l-drl",
    .about =
        "target propagation whose feedback learns the transposed Jacobian, MLP or CNN",
    .source = "Ernoult et al. 2022, arXiv:2202.00102",
    .params = params,
    .size = sizeof(struct l_drl),
    .init = init,
    .train = train,
    .score = score,
    .n_feature = n_feature,
    .features = features,
    .weights = weights,
    .flops = flops,
    .score_flops = score_flops,
};
