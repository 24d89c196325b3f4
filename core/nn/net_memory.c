/* Where the parts of a net lie, and its initial weights. */
#include "core/nn/net_memory.h"

#include <assert.h>

/* Reals that the fused convolution needs that needs most. */
static size_t net_scratch(const struct net *net, int workers)
{
    size_t most = 0;

    for (int l = 0; l < net->n_layer; l += net->layer[l].span) {
        const struct layer *layer = &net->layer[l];
        size_t n =
            layer->kind == LAYER_CONV ? fused_conv_scratch(&layer->fused, workers) : 0;

        most = n > most ? n : most;
    }
    return most;
}

void net_take_stored(const struct net *net, struct net_work *work, int n_train,
                     struct arena *arena)
{
    size_t n = (size_t)n_train;

    work->n_train = n_train;
    work->argmax = arena_take(arena, TAG_ACTIVATION, n * net->n_argmax, 1);
    work->scale = arena_take(arena, TAG_ACTIVATION, net->n_scale + n * net->n_scale_row,
                             sizeof(real));
}

void net_take_scratch(const struct net *net, struct net_work *work, int workers,
                      struct arena *arena)
{
    work->workers = workers;
    work->squares = NULL;
    work->scratch =
        arena_take(arena, TAG_SCRATCH, net_scratch(net, workers), sizeof(real));
}

static void take_values(const struct net *net, struct net_work *work, int n_train,
                        struct arena *arena)
{
    work->value =
        arena_take(arena, TAG_ACTIVATION, (size_t)n_train * net->n_value, sizeof(real));
    net_take_stored(net, work, n_train, arena);
}

void net_take_more(const struct net *net, struct net_work *work,
                   const struct net_work *first, struct arena *arena)
{
    *work = *first;
    work->n_score = 0;
    take_values(net, work, first->n_train, arena);
}

void net_take_work(const struct net *net, struct net_work *work, int n_train, int n_score,
                   bool want_dx, int workers, struct arena *arena)
{
    size_t most = (size_t)(n_train > n_score ? n_train : n_score);
    size_t n_in = (size_t)shape_size(net->in);
    size_t wide = want_dx && n_in > net->widest ? n_in : net->widest;

    work->n_score = n_score;
    take_values(net, work, n_train, arena);
    work->delta[0] = arena_take(arena, TAG_SCRATCH, most * wide, sizeof(real));
    work->delta[1] = arena_take(arena, TAG_SCRATCH, most * wide, sizeof(real));
    net_take_scratch(net, work, workers, arena);
}

/* ---------------------------------------------------------------- weights, state */

size_t layer_matrix(const struct layer *layer)
{
    return (size_t)layer->n_in * (size_t)layer->n_unit;
}

struct mat layer_weight(const struct layer *layer, const real *w)
{
    /* struct mat has no const, and a cast that takes const away is a warning; whoever
     * multiplies by the weights does not write to them */
    union {
        const real *read_only;
        real *data;
    } weight = {.read_only = w + layer->weight};

    return mat_of(weight.data, layer->n_in, layer->n_unit);
}

const real *layer_bias(const struct layer *layer, const real *w)
{
    return w + layer->weight + layer_matrix(layer);
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
            init_layer(init, mat_of(at, layer->n_in, layer->n_unit),
                       at + layer_matrix(layer), rng_at(rng, (uint64_t)l));
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

struct batchnorm layer_batchnorm(const struct layer *layer, const real *w, real *state,
                                 real *scale)
{
    const real *gain = w + layer->weight;
    real *mean = state ? state + layer->state : NULL;

    return (struct batchnorm){gain, gain + layer->n_unit, mean,
                              mean ? mean + layer->n_unit : NULL, scale};
}

/* ---------------------------------------------------------------- activations */

struct mat layer_channels(struct mat x, struct shape shape)
{
    assert(x.ld == x.cols || shape.channels == x.cols);
    if (shape.channels == x.cols)
        return x;
    return mat_of(x.data, x.rows * shape.height * shape.width, shape.channels);
}

real *layer_row_scale(const struct net *net, const struct net_work *work,
                      const struct layer *layer)
{
    return work->scale + net->n_scale + layer->scale * (size_t)work->n_train;
}

uint8_t *layer_argmax(const struct layer *layer, const struct net_work *work)
{
    return work->argmax + layer->argmax * (size_t)work->n_train;
}

/* What the rows store at an offset of the values of one row. */
static real *stored(const struct net_work *work, size_t offset)
{
    return work->value + offset * (size_t)work->n_train;
}

struct mat net_value(const struct net *net, const struct net_work *work, int l, int n)
{
    const struct layer *layer = &net->layer[l];

    return mat_of(stored(work, layer->value), n, shape_size(layer->out));
}

struct mat layer_xhat(const struct layer *layer, const struct net_work *work, int n)
{
    struct mat xhat = mat_of(stored(work, layer->xhat), n, shape_size(layer->in));

    return layer_channels(xhat, layer->in);
}

struct mat net_input(const struct net *net, const struct net_run *run, int l)
{
    return l == run->first ? run->x : net_value(net, run->work, l - 1, run->x.rows);
}

struct fused_conv_data net_fused_conv(const struct net *net, int l,
                                      const struct net_run *run, struct mat y,
                                      struct mat x)
{
    const struct layer *first = &net->layer[l];
    const struct net_work *work = run->work;
    const struct fused_conv *fused = &first->fused;
    struct fused_conv_data data = {x.rows,
                                   x,
                                   y,
                                   layer_weight(first, run->w),
                                   layer_bias(first, run->w),
                                   run->back,
                                   .scratch = work->scratch,
                                   .workers = work->workers};

    if (run->training) {
        data.squares = l == 0 ? work->squares : NULL;
        data.argmax = fused_conv_keeps_argmax(fused) ? layer_argmax(first, work) : NULL;
        data.z = fused_conv_keeps_maps(fused) ? stored(work, first->xhat) : NULL;
        data.winners =
            fused_conv_keeps_winners(fused) ? stored(work, first->winners) : NULL;
    }
    if (fused->norm) {
        data.norm =
            layer_batchnorm(first + 1, run->w, run->state, work->scale + first->scale);
        data.mean = data.norm.scale + first->out.channels;
        data.moments = fused_conv_moments(fused) ? data.mean + first->out.channels : NULL;
    }
    return data;
}

struct mat net_output(const struct net *net, const struct net_work *work, int n)
{
    return net_value(net, work, net->n_layer - 1, n);
}

int net_segment(const struct net *net, int end)
{
    int l = end - 1;

    while (l > 0 && !net->layer[l - 1].checkpoint)
        l--;
    return l;
}
