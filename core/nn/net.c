/* A net in training: forward, backward, with recomputation. */
#include "core/nn/net_memory.h"

#include <assert.h>

static struct rng rng_of(struct rng rng, int l)
{
    return rng_at(rng, (uint64_t)l);
}

/* The scale of a row is kept for the backward pass. */
static void row_norm(const struct layer *layer, struct mat out, struct mat in,
                     real *scale, bool keep)
{
    bool layernorm = layer->kind == LAYER_LAYERNORM;

    mat_copy(out, in);
    for (int i = 0; i < out.rows; i++)
        (layernorm ? layernorm_forward : rmsnorm_forward)(mat_rows(out, i, 1),
                                                          scale + (keep ? i : 0));
}

static void batch_norm(const struct layer *layer, const struct net_run *run,
                       struct mat out, struct mat in)
{
    struct batchnorm norm =
        layer_batchnorm(layer, run->w, run->state, run->work->scale + layer->scale);
    struct mat y = layer_channels(out, layer->out), x = layer_channels(in, layer->in);

    if (run->training)
        batchnorm_forward(y, layer_xhat(layer, run->work, in.rows), x, norm);
    else
        batchnorm_infer(y, x, norm);
}

void layer_forward(const struct net *net, int l, const struct net_run *run,
                   struct mat out, struct mat in)
{
    const struct layer *layer = &net->layer[l];
    const struct net_work *work = run->work;
    struct fused_conv_data fused;

    switch (layer->kind) {
    case LAYER_CONV:
        fused = net_fused_conv(net, l, run, out, in);
        (run->training ? fused_conv_forward : fused_conv_score)(&layer->fused, &fused);
        break;
    case LAYER_POOL:
        pool_forward(&layer->window, out, in,
                     run->training ? layer_argmax(layer, work) : NULL);
        break;
    case LAYER_DENSE:
        dense_forward(out, in, layer_weight(layer, run->w), layer_bias(layer, run->w));
        break;
    case LAYER_ACTIVATION:
        act_forward(layer->activation, out, in);
        break;
    case LAYER_BATCHNORM:
        batch_norm(layer, run, out, in);
        break;
    case LAYER_LAYERNORM:
    case LAYER_RMSNORM:
        row_norm(layer, out, in, layer_row_scale(net, work, layer), run->training);
        break;
    case LAYER_DROPOUT:
        mat_copy(out, in);
        if (run->training)
            dropout(out, (real)layer->rate, rng_of(run->rng, l));
        break;
    }
}

void net_forward_layers(const struct net *net, int begin, int end,
                        const struct net_run *run)
{
    for (int l = begin; l < end; l += net->layer[l].span) {
        int last = l + net->layer[l].span - 1;

        layer_forward(net, l, run, net_value(net, run->work, last, run->x.rows),
                      net_input(net, run, l));
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

struct net_run net_training_run(const struct net_pass *pass, real *state)
{
    return (struct net_run){pass->w, pass->x, state, pass->work, true, pass->rng};
}

struct mat net_forward(const struct net *net, const struct net_pass *pass, real *state,
                       enum net_mode mode)
{
    struct net_run run = net_training_run(pass, mode == NET_TRAIN ? state : NULL);
    int n = pass->x.rows;

    assert(n <= pass->work->n_train && pass->x.cols == shape_size(net->in));
    net_forward_layers(net, 0, net->n_layer, &run);
    return net_output(net, pass->work, n);
}

/* Where the derivative of layer l's input goes: over the input of a fused convolution,
 * which takes a few images at a time while they are in the cache; else to the buffer that
 * d does not lie in. */
static real *room_for_dx(const struct net *net, int l, const struct net_run *run,
                         struct mat d)
{
    const struct net_work *work = run->work;

    if (l > run->first && net->layer[l].kind == LAYER_CONV && !net->layer[l - 1].kept)
        return net_input(net, run, l).data;
    return d.data == work->delta[0] ? work->delta[1] : work->delta[0];
}

/* Where the gradient of layer l begins; NULL where none is wanted. */
static real *gradient_of(const struct net *net, int l, const struct net_run *run, real *g)
{
    return g ? g + (net->layer[l].weight - net->layer[run->first].weight) : NULL;
}

static void fused_conv_layer_backward(const struct net *net, int l,
                                      const struct net_run *run, struct mat in,
                                      struct mat d, struct mat dx, real *g)
{
    const struct layer *layer = &net->layer[l];
    struct fused_conv_data fused = net_fused_conv(net, l, run, (struct mat){0}, in);
    struct fused_conv_gradient to = {0};

    if (g) {
        to.dw = mat_of(gradient_of(net, l, run, g), layer->n_in, layer->n_unit);
        to.db = to.dw.data + layer_matrix(layer);
        to.dgain = gradient_of(net, l + (layer->span > 1), run, g);
        to.dshift = to.dgain + layer->n_unit;
    }
    fused_conv_backward(&layer->fused, &fused, to, d, dx);
}

static void dense_layer_backward(const struct layer *layer, const struct net_run *run,
                                 struct mat in, struct mat d, struct mat dx, real *dw)
{
    struct mat back = run->back.data ? run->back : layer_weight(layer, run->w);

    if (dw)
        dense_backward(mat_of(dw, layer->n_in, layer->n_unit), dw + layer_matrix(layer),
                       in, d);
    if (dx.data)
        mat_mul_nt(dx, d, back, false); /* dX = dY W^T */
}

/* One layer or fused convolution backward: d (of the output) becomes the derivative of
 * the input, in place or in another buffer; g gets the layer's gradient. */
static struct mat layer_backward(const struct net *net, int l, const struct net_run *run,
                                 struct mat d, real *g, bool want_dx)
{
    const struct layer *layer = &net->layer[l];
    const struct net_work *work = run->work;
    int n = run->x.rows;
    struct mat in = net_input(net, run, l), out = net_value(net, work, l, n), dx = {0};
    real *dw = gradient_of(net, l, run, g);

    if (want_dx)
        dx = mat_of(room_for_dx(net, l, run, d), n, shape_size(layer->in));
    switch (layer->kind) {
    case LAYER_CONV:
        fused_conv_layer_backward(net, l, run, in, d, dx, g);
        return dx;
    case LAYER_POOL:
        if (want_dx)
            pool_backward(&layer->window, dx, d, layer_argmax(layer, work));
        return dx;
    case LAYER_DENSE:
        dense_layer_backward(layer, run, in, d, dx, dw);
        return dx;
    case LAYER_ACTIVATION:
        act_backward(layer->activation, d, layer->activation == ACT_SILU ? in : out);
        return d;
    case LAYER_BATCHNORM:
        batchnorm_backward(
            layer_channels(d, layer->out), dw, dw + layer->n_unit,
            layer_xhat(layer, work, n),
            layer_batchnorm(layer, run->w, NULL, work->scale + layer->scale));
        return d;
    case LAYER_LAYERNORM:
        layernorm_backward(d, out, layer_row_scale(net, work, layer));
        return d;
    case LAYER_RMSNORM:
        rmsnorm_backward(d, out, layer_row_scale(net, work, layer));
        return d;
    case LAYER_DROPOUT:
        dropout(d, (real)layer->rate, rng_of(run->rng, l));
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

struct mat net_backward_layers(const struct net *net, int begin, int end,
                               const struct net_run *run, struct mat d, real *g,
                               bool want_dx)
{
    for (int l = end - 1; l >= begin; l--)
        if (net->layer[l].span > 0)
            d = layer_backward(net, l, run, d, g, l > begin || want_dx);
    return d;
}

struct mat net_backward(const struct net *net, const struct net_pass *pass, struct mat dy,
                        real *g, bool want_dx)
{
    struct net_run run = net_training_run(pass, NULL);
    struct mat d = dy;

    for (int end = net->n_layer, begin; end > 0; end = begin) {
        begin = net_segment(net, end);
        if (end < net->n_layer) {
            d = out_of_values(pass->work, d);
            net_forward_layers(net, begin, end, &run);
        }
        d = net_backward_layers(net, begin, end, &run, d, g, begin > 0 || want_dx);
    }
    return want_dx ? d : (struct mat){0};
}
