/* A net that is not trained: scores, features, and how many operations a pass takes. */
#include "core/nn/net_memory.h"

#include <assert.h>

struct mat net_score_layers(const struct net *net, int end, const struct net_run *run)
{
    const struct net_work *work = run->work;
    struct mat in = run->x;

    assert(in.rows <= work->n_score && in.cols == shape_size(net->layer[run->first].in));
    for (int l = run->first; l < end; l += net->layer[l].span) {
        const struct layer *layer = &net->layer[l];
        real *into = in.data == work->delta[0] ? work->delta[1] : work->delta[0];
        struct mat out = mat_of(into, in.rows, shape_size(layer[layer->span - 1].out));

        if (layer->kind == LAYER_DROPOUT)
            continue;
        layer_forward(net, l, run, out, in);
        in = out;
    }
    return in;
}

static struct mat score_to(const struct net *net, const real *w, real *state,
                           const struct net_work *work, struct mat x, int end)
{
    struct net_run run = {.w = w, .x = x, .state = state, .work = work};

    return net_score_layers(net, end, &run);
}

struct mat net_score(const struct net *net, const real *w, real *state,
                     const struct net_work *work, struct mat x)
{
    return score_to(net, w, state, work, x, net->n_layer);
}

struct mat net_features(const struct net *net, const real *w, real *state,
                        const struct net_work *work, struct mat x)
{
    return score_to(net, w, state, work, x, net->n_layer - 1);
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
