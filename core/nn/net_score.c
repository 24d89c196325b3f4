#include "core/nn/net_memory.h"

#include <assert.h>

/* A layer, or the stage that begins with it. */
static void layer_score(const struct net *net, int l, const real *w, real *state,
                        const struct net_work *work, struct mat out, struct mat in)
{
    const struct layer *layer = &net->layer[l];
    struct fused_conv_data fused;

    switch (layer->kind) {
    case LAYER_CONV:
        fused = net_fused_conv(net, l, w, state, work, out, in, false);
        fused_conv_score(&layer->fused, &fused);
        break;
    case LAYER_POOL:
        pool_forward(&layer->window, out, in, NULL);
        break;
    case LAYER_DENSE:
        dense_forward(out, in, layer_weight(layer, w), layer_bias(layer, w));
        break;
    case LAYER_ACTIVATION:
        act_forward(layer->activation, out, in);
        break;
    case LAYER_BATCHNORM:
        batchnorm_infer(layer_channels(out, layer->out), layer_channels(in, layer->in),
                        layer_batchnorm(layer, w, state, work->scale + layer->scale));
        break;
    case LAYER_LAYERNORM:
    case LAYER_RMSNORM: /* the scales have room for n_train rows: one at a time */
        mat_copy(out, in);
        for (int i = 0; i < out.rows; i++)
            (layer->kind == LAYER_LAYERNORM ? layernorm_forward : rmsnorm_forward)(
                mat_rows(out, i, 1), layer_row_scale(net, work, layer));
        break;
    case LAYER_DROPOUT: /* left out */
        break;
    }
}

/* The first n layers, which end where a stage ends. */
static struct mat score_layers(const struct net *net, const real *w, real *state,
                               const struct net_work *work, struct mat x, int n)
{
    struct mat in = x;

    assert(x.rows <= work->n_score && x.cols == shape_size(net->in));
    for (int l = 0; l < n; l += net->layer[l].span) {
        const struct layer *layer = &net->layer[l];
        real *into = in.data == work->delta[0] ? work->delta[1] : work->delta[0];
        struct mat out = mat_of(into, x.rows, shape_size(layer[layer->span - 1].out));

        if (layer->kind == LAYER_DROPOUT)
            continue;
        layer_score(net, l, w, state, work, out, in);
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
    return 2.0 * (double)layer_matrix(layer) * layer->out.height * layer->out.width;
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
    int kept = net_segment(net, net->n_layer); /* the last segment runs once */
    double flops = 0;

    for (int l = 0; l < net->n_layer; l++)
        flops += layer_flops(&net->layer[l]) *
                 ((l > 0 || want_dx ? 2 : 1) + (l < kept ? 1 : 0));
    return flops;
}
