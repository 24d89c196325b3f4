#include "core/nn/net_memory.h"

#include <assert.h>

static struct rng rng_of(struct rng rng, int l)
{
    return rng_at(rng, (uint64_t)l);
}

/* A layer, or the stage that begins with it. */
static void layer_forward(const struct net *net, int l, const real *w, real *running,
                          const struct net_work *work, struct mat out, struct mat in,
                          struct rng rng)
{
    const struct layer *layer = &net->layer[l];
    struct fused_conv_data fused;

    switch (layer->kind) {
    case LAYER_CONV:
        fused = net_fused_conv(net, l, w, running, work, out, in, true);
        fused_conv_forward(&layer->fused, &fused);
        break;
    case LAYER_POOL:
        pool_forward(&layer->window, out, in, layer_mark(layer, work));
        break;
    case LAYER_DENSE:
        dense_forward(out, in, layer_weight(layer, w), layer_bias(layer, w));
        break;
    case LAYER_ACTIVATION:
        act_forward(layer->activation, out, in);
        break;
    case LAYER_BATCHNORM:
        batchnorm_forward(layer_channels(out, layer->out),
                          layer_hat(layer, work, in.rows), layer_channels(in, layer->in),
                          layer_batchnorm(layer, w, running, work->scale + layer->scale));
        break;
    case LAYER_LAYERNORM:
        mat_copy(out, in);
        layernorm_forward(out, layer_row_scale(net, work, layer));
        break;
    case LAYER_RMSNORM:
        mat_copy(out, in);
        rmsnorm_forward(out, layer_row_scale(net, work, layer));
        break;
    case LAYER_DROPOUT:
        mat_copy(out, in);
        dropout(out, (real)layer->rate, rng_of(rng, l));
        break;
    }
}

/* Layers first..end-1. running: where the running statistics are, or NULL to leave them.
 */
static void forward_layers(const struct net *net, int first, int end, const real *w,
                           real *running, const struct net_work *work, struct mat x,
                           struct rng rng)
{
    for (int l = first; l < end; l += net->layer[l].span) {
        struct mat in = net_input(net, work, l, x);
        struct mat out = net_value(net, work, l + net->layer[l].span - 1, x.rows);

        layer_forward(net, l, w, running, work, out, in, rng);
    }
}

size_t net_squares(const struct net *net)
{
    return net->layer[0].kind == LAYER_CONV ? fused_conv_squares(&net->layer[0].fused)
                                            : 0;
}

void net_square(const struct net *net, const struct net_work *work, struct mat x,
                double *squares)
{
    struct fused_conv_data at = {
        .n = x.rows, .x = x, .scratch = work->scratch, .workers = work->workers};

    fused_conv_square(&net->layer[0].fused, &at, squares);
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
        return net_value(net, work, l - 1, d.rows).data;
    return d.data == work->delta[0] ? work->delta[1] : work->delta[0];
}

static void fused_conv_layer_backward(const struct net *net, int l, const real *w,
                                      const struct net_work *work, struct mat in,
                                      struct mat d, struct mat dx, real *g)
{
    const struct layer *layer = &net->layer[l];
    struct fused_conv_data fused =
        net_fused_conv(net, l, w, NULL, work, (struct mat){0}, in, true);
    real *dw = g + layer->weight, *dnorm = g + layer[layer->span > 1].weight;

    fused_conv_backward(&layer->fused, &fused,
                        (struct fused_conv_gradient){
                            mat_of(dw, layer->n_in, layer->n_unit),
                            dw + layer_matrix(layer), dnorm, dnorm + layer->n_unit},
                        d, dx);
}

/* One layer or stage backward: d (of the output) becomes the derivative of the input, in
 * place or in `into`; g gets the layer's gradient. */
static struct mat layer_backward(const struct net *net, int l, const real *w,
                                 const struct net_work *work, struct mat x, struct mat d,
                                 real *into, real *g, bool want_dx, struct rng rng)
{
    const struct layer *layer = &net->layer[l];
    struct mat in = net_input(net, work, l, x), out = net_value(net, work, l, x.rows);
    struct mat dx = mat_of(into, x.rows, shape_size(layer->in));
    real *dw = g + layer->weight;

    switch (layer->kind) {
    case LAYER_CONV:
        fused_conv_layer_backward(net, l, w, work, in, d, want_dx ? dx : (struct mat){0},
                                  g);
        return dx;
    case LAYER_POOL:
        if (want_dx)
            pool_backward(&layer->window, dx, d, layer_mark(layer, work));
        return dx;
    case LAYER_DENSE:
        dense_backward(mat_of(dw, layer->n_in, layer->n_unit), dw + layer_matrix(layer),
                       in, d);
        if (want_dx)
            mat_mul_nt(dx, d, layer_weight(layer, w), false); /* dX = dY W^T */
        return dx;
    case LAYER_ACTIVATION:
        act_backward(layer->activation, d, layer->activation == ACT_SILU ? in : out);
        return d;
    case LAYER_BATCHNORM:
        batchnorm_backward(layer_channels(d, layer->out), dw, dw + layer->n_unit,
                           layer_hat(layer, work, x.rows),
                           layer_batchnorm(layer, w, NULL, work->scale + layer->scale));
        return d;
    case LAYER_LAYERNORM:
        layernorm_backward(d, out, layer_row_scale(net, work, layer));
        return d;
    case LAYER_RMSNORM:
        rmsnorm_backward(d, out, layer_row_scale(net, work, layer));
        return d;
    case LAYER_DROPOUT:
        dropout(d, (real)layer->rate, rng_of(rng, l));
        return d;
    }
    return d;
}

/* dy may lie among the values, which the next segment is computed over. */
static struct mat out_of_values(const struct net_work *work, struct mat d)
{
    struct mat safe = mat_of(work->delta[0], d.rows, d.cols);

    if (d.data == work->delta[0] || d.data == work->delta[1])
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
        begin = net_segment(net, end);
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
