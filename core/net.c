#include "core/net.h"

#include <assert.h>
#include <string.h>

/* Reals that the hungriest stage needs. */
static size_t net_scratch(const struct net *net, int workers)
{
    size_t most = 0;

    for (int l = 0; l < net->n_layer; l += net->layer[l].span) {
        const struct layer *layer = &net->layer[l];
        size_t n = layer->kind == LAYER_CONV ? stage_scratch(&layer->stage, workers) : 0;

        most = n > most ? n : most;
    }
    return most;
}

static void take_stored(const struct net *net, struct net_work *work, int n_train,
                        struct arena *arena)
{
    size_t n = (size_t)n_train;

    work->n_train = n_train;
    work->value = arena_take(arena, TAG_ACTIVATION, n * net->n_value, sizeof(real));
    work->mark = arena_take(arena, TAG_ACTIVATION, n * net->n_mark, 1);
    work->scale = arena_take(arena, TAG_ACTIVATION, net->n_scale + n * net->n_scale_row,
                             sizeof(real));
}

void net_take_more(const struct net *net, struct net_work *work,
                   const struct net_work *first, struct arena *arena)
{
    *work = *first;
    work->n_score = 0;
    take_stored(net, work, first->n_train, arena);
}

void net_take_work(const struct net *net, struct net_work *work, int n_train, int n_score,
                   bool want_dx, int workers, struct arena *arena)
{
    size_t most = (size_t)(n_train > n_score ? n_train : n_score);
    size_t n_in = (size_t)shape_size(net->in);
    size_t wide = want_dx && n_in > net->widest ? n_in : net->widest;

    work->n_score = n_score;
    take_stored(net, work, n_train, arena);
    work->delta[0] = arena_take(arena, TAG_SCRATCH, most * wide, sizeof(real));
    work->delta[1] = arena_take(arena, TAG_SCRATCH, most * wide, sizeof(real));
    work->workers = workers;
    work->scratch =
        arena_take(arena, TAG_SCRATCH, net_scratch(net, workers), sizeof(real));
}

static size_t n_matrix(const struct layer *layer)
{
    return (size_t)layer->n_in * (size_t)layer->n_unit;
}

/* W of a layer; its bias stands right after it. BLAS does not write to its inputs. */
static struct mat weight_of(const struct layer *layer, const real *w)
{
    union {
        const real *in;
        real *out;
    } at = {.in = w + layer->weight};

    return mat_of(at.out, layer->n_in, layer->n_unit);
}

static const real *bias_of(const struct layer *layer, const real *w)
{
    return w + layer->weight + n_matrix(layer);
}

void net_init_weights(const struct net *net, real *w, enum init init, struct rng rng)
{
    for (int l = 0; l < net->n_layer; l++) {
        const struct layer *layer = &net->layer[l];
        real *at = w + layer->weight;

        if (layer->kind == LAYER_BATCHNORM) {
            for (int j = 0; j < layer->n_unit; j++) {
                at[j] = 1;
                at[layer->n_unit + j] = 0;
            }
        } else if (layer->n_unit) {
            init_layer(init, mat_of(at, layer->n_in, layer->n_unit), at + n_matrix(layer),
                       rng_at(rng, (uint64_t)l));
        }
    }
}

void net_init_state(const struct net *net, real *state)
{
    for (int l = 0; l < net->n_layer; l++) {
        const struct layer *layer = &net->layer[l];

        if (layer->kind != LAYER_BATCHNORM)
            continue;
        for (int j = 0; j < layer->n_unit; j++) {
            state[layer->state + (size_t)j] = 0;
            state[layer->state + (size_t)(layer->n_unit + j)] = 1;
        }
    }
}

/* Rows of pixels as positions x channels, for norms per channel. */
static struct mat by_channel(struct mat x, struct shape shape)
{
    assert(x.ld == x.cols || shape.channels == x.cols);
    if (shape.channels == x.cols)
        return x;
    return mat_of(x.at, x.rows * shape.height * shape.width, shape.channels);
}

/* scale: that of the layer, or of the stage that it belongs to. */
static struct batchnorm batchnorm_of(const struct layer *layer, const real *w,
                                     real *state, real *scale)
{
    const real *gain = w + layer->weight;
    real *mean = state ? state + layer->state : NULL;

    return (struct batchnorm){gain, gain + layer->n_unit, mean,
                              mean ? mean + layer->n_unit : NULL, scale};
}

static real *row_scale(const struct net *net, const struct net_work *work,
                       const struct layer *layer)
{
    return work->scale + net->n_scale + layer->scale * (size_t)work->n_train;
}

static uint8_t *mark_of(const struct layer *layer, const struct net_work *work)
{
    return work->mark + layer->mark * (size_t)work->n_train;
}

/* What the rows store at an offset of the values of one row. */
static real *stored(const struct net_work *work, size_t offset)
{
    return work->value + offset * (size_t)work->n_train;
}

/* The stored output of layer l for n rows. */
static struct mat value_of(const struct net *net, const struct net_work *work, int l,
                           int n)
{
    const struct layer *layer = &net->layer[l];

    return mat_of(stored(work, layer->value), n, shape_size(layer->out));
}

/* What a batch norm keeps: its normalised input, as positions x channels. */
static struct mat hat_of(const struct layer *layer, const struct net_work *work, int n)
{
    struct mat hat = mat_of(stored(work, layer->hat), n, shape_size(layer->in));

    return by_channel(hat, layer->in);
}

static struct mat input_of(const struct net *net, const struct net_work *work, int l,
                           struct mat x)
{
    return l == 0 ? x : value_of(net, work, l - 1, x.rows);
}

static struct rng rng_of(struct rng rng, int l)
{
    return rng_at(rng, (uint64_t)l);
}

/* What the stage that begins at layer l runs on; training: with the memory of its
 * backward pass. */
static struct stage_data stage_of(const struct net *net, int l, const real *w,
                                  real *state, const struct net_work *work, struct mat y,
                                  struct mat x, bool training)
{
    const struct layer *head = &net->layer[l];
    struct stage_data at = {x.rows,
                            x,
                            y,
                            weight_of(head, w),
                            bias_of(head, w),
                            .scratch = work->scratch,
                            .workers = work->workers};

    if (training) {
        at.mark = stage_marks(&head->stage) ? mark_of(head, work) : NULL;
        at.z = stage_maps(&head->stage) ? stored(work, head->hat) : NULL;
        at.won = stage_winners(&head->stage) ? stored(work, head->won) : NULL;
    }
    if (head->stage.norm) {
        at.norm = batchnorm_of(head + 1, w, state, work->scale + head->scale);
        at.mean = at.norm.scale + head->out.channels;
    }
    return at;
}

struct mat net_output(const struct net *net, const struct net_work *work, int n)
{
    return value_of(net, work, net->n_layer - 1, n);
}

/* Layers first..end-1. running: where the running statistics are, or NULL to leave them.
 */
static void forward_layers(const struct net *net, int first, int end, const real *w,
                           real *running, const struct net_work *work, struct mat x,
                           struct rng rng)
{
    for (int l = first; l < end; l += net->layer[l].span) {
        const struct layer *layer = &net->layer[l];
        struct mat in = input_of(net, work, l, x);
        struct mat out = value_of(net, work, l + layer->span - 1, x.rows);
        struct stage_data stage;

        switch (layer->kind) {
        case LAYER_CONV: /* with all of its stage */
            stage = stage_of(net, l, w, running, work, out, in, true);
            stage_forward(&layer->stage, &stage);
            break;
        case LAYER_POOL:
            pool_forward(&layer->window, out, in, mark_of(layer, work));
            break;
        case LAYER_DENSE:
            dense_forward(out, in, weight_of(layer, w), bias_of(layer, w));
            break;
        case LAYER_ACTIVATION:
            act_forward(layer->activation, out, in);
            break;
        case LAYER_BATCHNORM:
            batchnorm_forward(
                by_channel(out, layer->out), hat_of(layer, work, x.rows),
                by_channel(in, layer->in),
                batchnorm_of(layer, w, running, work->scale + layer->scale));
            break;
        case LAYER_LAYERNORM:
            mat_copy(out, in);
            layernorm_forward(out, row_scale(net, work, layer));
            break;
        case LAYER_RMSNORM:
            mat_copy(out, in);
            rmsnorm_forward(out, row_scale(net, work, layer));
            break;
        case LAYER_DROPOUT:
            mat_copy(out, in);
            dropout(out, (real)layer->rate, rng_of(rng, l));
            break;
        }
    }
}

struct mat net_forward(const struct net *net, const real *w, real *state,
                       const struct net_work *work, struct mat x, enum net_mode mode,
                       struct rng rng)
{
    assert(x.rows <= work->n_train && x.cols == shape_size(net->in));
    forward_layers(net, 0, net->n_layer, w, mode == NET_TRAIN ? state : NULL, work, x,
                   rng);
    return net_output(net, work, x.rows);
}

/* Where the derivative of layer l's input goes. A stage is done with its images a few at
 * a time, and writes over them while they are in the cache; else it is the memory that d
 * does not lie in. */
static real *room_for_dx(const struct net *net, int l, const struct net_work *work,
                         struct mat d)
{
    if (l > 0 && net->layer[l].kind == LAYER_CONV && !net->layer[l - 1].kept)
        return value_of(net, work, l - 1, d.rows).at;
    return d.at == work->delta[0] ? work->delta[1] : work->delta[0];
}

/* One layer or stage backward: d (of the output) becomes the derivative of the input, in
 * place or in `into`; g gets the layer's gradient. */
static struct mat layer_backward(const struct net *net, int l, const real *w,
                                 const struct net_work *work, struct mat x, struct mat d,
                                 real *into, real *g, bool want_dx, struct rng rng)
{
    const struct layer *layer = &net->layer[l];
    struct mat in = input_of(net, work, l, x), out = value_of(net, work, l, x.rows);
    struct mat dx = mat_of(into, x.rows, shape_size(layer->in));
    real *dw = g + layer->weight, *dnorm = g + layer[layer->span > 1].weight;
    struct stage_data stage;

    switch (layer->kind) {
    case LAYER_CONV:
        stage = stage_of(net, l, w, NULL, work, (struct mat){0}, in, true);
        stage_backward(&layer->stage, &stage,
                       (struct stage_gradient){mat_of(dw, layer->n_in, layer->n_unit),
                                               dw + n_matrix(layer), dnorm,
                                               dnorm + layer->n_unit},
                       d, want_dx ? dx : (struct mat){0});
        return dx;
    case LAYER_POOL:
        if (want_dx)
            pool_backward(&layer->window, dx, d, mark_of(layer, work));
        return dx;
    case LAYER_DENSE:
        dense_backward(mat_of(dw, layer->n_in, layer->n_unit), dw + n_matrix(layer), in,
                       d);
        if (want_dx)
            mat_mul_nt(dx, d, weight_of(layer, w), false); /* dX = dY W^T */
        return dx;
    case LAYER_ACTIVATION:
        act_backward(layer->activation, d, layer->activation == ACT_SILU ? in : out);
        return d;
    case LAYER_BATCHNORM:
        batchnorm_backward(by_channel(d, layer->out), dw, dw + layer->n_unit,
                           hat_of(layer, work, x.rows),
                           batchnorm_of(layer, w, NULL, work->scale + layer->scale));
        return d;
    case LAYER_LAYERNORM:
        layernorm_backward(d, out, row_scale(net, work, layer));
        return d;
    case LAYER_RMSNORM:
        rmsnorm_backward(d, out, row_scale(net, work, layer));
        return d;
    case LAYER_DROPOUT:
        dropout(d, (real)layer->rate, rng_of(rng, l));
        return d;
    }
    return d;
}

/* Where the segment begins that ends before layer `end`. */
static int segment_begin(const struct net *net, int end)
{
    int l = end - 1;

    while (l > 0 && !net->layer[l - 1].checkpoint)
        l--;
    return l;
}

/* dy may lie among the values, which the next segment is computed over. */
static struct mat out_of_values(const struct net_work *work, struct mat d)
{
    struct mat safe = mat_of(work->delta[0], d.rows, d.cols);

    if (d.at == work->delta[0] || d.at == work->delta[1])
        return d;
    mat_copy(safe, d);
    return safe;
}

struct mat net_backward(const struct net *net, const real *w, const struct net_work *work,
                        struct mat x, struct mat dy, real *g, bool want_dx,
                        struct rng rng)
{
    struct mat d = dy;

    for (int end = net->n_layer, begin; end > 0; end = begin) {
        begin = segment_begin(net, end);
        if (end < net->n_layer) {
            d = out_of_values(work, d);
            forward_layers(net, begin, end, w, NULL, work, x, rng);
        }
        for (int l = end - 1; l >= begin; l--)
            if (net->layer[l].span > 0)
                d = layer_backward(net, l, w, work, x, d, room_for_dx(net, l, work, d), g,
                                   l > 0 || want_dx, rng);
    }
    return want_dx ? d : (struct mat){0};
}

/* The first n layers, which end where a stage ends. */
static struct mat score_layers(const struct net *net, const real *w, real *state,
                               const struct net_work *work, struct mat x, int n)
{
    struct mat in = x;

    assert(x.rows <= work->n_score && x.cols == shape_size(net->in));
    for (int l = 0; l < n; l += net->layer[l].span) {
        const struct layer *layer = &net->layer[l];
        real *into = in.at == work->delta[0] ? work->delta[1] : work->delta[0];
        struct mat out = mat_of(into, x.rows, shape_size(layer[layer->span - 1].out));
        struct stage_data stage;

        switch (layer->kind) {
        case LAYER_CONV:
            stage = stage_of(net, l, w, state, work, out, in, false);
            stage_score(&layer->stage, &stage);
            break;
        case LAYER_POOL:
            pool_forward(&layer->window, out, in, NULL);
            break;
        case LAYER_DENSE:
            dense_forward(out, in, weight_of(layer, w), bias_of(layer, w));
            break;
        case LAYER_ACTIVATION:
            act_forward(layer->activation, out, in);
            break;
        case LAYER_BATCHNORM:
            batchnorm_infer(by_channel(out, layer->out), by_channel(in, layer->in),
                            batchnorm_of(layer, w, state, work->scale + layer->scale));
            break;
        case LAYER_LAYERNORM:
        case LAYER_RMSNORM: /* the scales have room for n_train rows: one at a time */
            mat_copy(out, in);
            for (int i = 0; i < out.rows; i++)
                (layer->kind == LAYER_LAYERNORM ? layernorm_forward : rmsnorm_forward)(
                    mat_rows(out, i, 1), row_scale(net, work, layer));
            break;
        case LAYER_DROPOUT:
            continue;
        }
        in = out;
    }
    return in;
}

struct mat net_score(const struct net *net, const real *w, real *state,
                     const struct net_work *work, struct mat x)
{
    return score_layers(net, w, state, work, x, net->n_layer);
}

struct mat net_features(const struct net *net, const real *w, real *state,
                        const struct net_work *work, struct mat x)
{
    return score_layers(net, w, state, work, x, net->n_layer - 1);
}

static double layer_flops(const struct layer *layer)
{
    if (layer->kind == LAYER_BATCHNORM)
        return 0;
    return 2.0 * (double)n_matrix(layer) * layer->out.height * layer->out.width;
}

double net_flops_forward(const struct net *net)
{
    double flops = 0;

    for (int l = 0; l < net->n_layer; l++)
        flops += layer_flops(&net->layer[l]);
    return flops;
}

double net_flops_backward(const struct net *net, bool want_dx)
{
    int kept = segment_begin(net, net->n_layer); /* the last segment runs once */
    double flops = 0;

    for (int l = 0; l < net->n_layer; l++)
        flops += layer_flops(&net->layer[l]) *
                 ((l > 0 || want_dx ? 2 : 1) + (l < kept ? 1 : 0));
    return flops;
}
