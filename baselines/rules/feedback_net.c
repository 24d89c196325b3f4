#include "baselines/rules/feedback_net.h"

#include <stdio.h>

static enum status refuse(const char *rule, const char *why, struct error *err)
{
    return error_set(err, ERR_USAGE,
                     "%s trains blocks of a convolution or a dense layer, relu, elu or "
                     "tanh, and a max-pool, in this order: %s",
                     rule, why);
}

static void start_layer(struct feedback_net *net, const struct layer *from,
                        const struct kernels *kernels)
{
    struct feedback_layer *layer = &net->layer[++net->n_layer];

    *layer = (struct feedback_layer){
        .dense = from->kind == LAYER_DENSE,
        .linear = true,
        .in = from->in,
        .map = from->out,
        .out = from->out,
        .n_in = from->n_in,
        .n_unit = from->n_unit,
        .weight = net->n_weight,
        .back = net->n_back,
    };
    if (!layer->dense)
        layer->conv = conv_plan(&from->window, kernels);
    net->n_weight += (size_t)(from->n_in + 1) * (size_t)from->n_unit;
    if (net->n_layer > 1)
        net->n_back += (size_t)from->n_in * (size_t)from->n_unit;
}

static enum status add_layer(struct feedback_net *net, const char *rule,
                             const struct layer *from, const struct kernels *kernels,
                             struct error *err)
{
    struct feedback_layer *top = &net->layer[net->n_layer];

    switch (from->kind) {
    case LAYER_CONV:
    case LAYER_DENSE:
        start_layer(net, from, kernels);
        return OK;
    case LAYER_ACTIVATION:
        if (net->n_layer == 0 || !top->linear || top->pooled)
            return refuse(rule, "an activation follows no convolution or dense layer",
                          err);
        if (from->activation == ACT_SILU)
            return refuse(rule, "and not silu", err);
        top->linear = false;
        top->activation = from->activation;
        return OK;
    case LAYER_POOL:
        if (net->n_layer == 0 || top->pooled)
            return refuse(rule, "a pool follows no convolution", err);
        top->pooled = true;
        top->pool = from->window;
        top->out = from->out;
        return OK;
    default:
        return refuse(rule, "the net has layers of another kind", err);
    }
}

static void widen(int *widest, struct shape shape)
{
    int n = shape_size(shape);

    *widest = n > *widest ? n : *widest;
}

enum status feedback_net_parse(struct feedback_net *net, const char *rule,
                               const char *text, struct shape in, int n_out,
                               struct error *err)
{
    struct net parsed;
    char head[32];

    *net = (struct feedback_net){0};
    snprintf(head, sizeof head, "dense %d", n_out);
    if (net_parse(&parsed, text, in, err) != OK || net_add(&parsed, head, err) != OK)
        return err->status;
    for (int l = 0; l < parsed.n_layer; l++)
        if (add_layer(net, rule, &parsed.layer[l], parsed.kernels, err) != OK)
            return err->status;
    for (int n = 1; n <= net->n_layer; n++) {
        const struct feedback_layer *layer = &net->layer[n];
        size_t scratch = layer->dense ? 0 : conv_scratch(&layer->conv);

        net->n_scratch = scratch > net->n_scratch ? scratch : net->n_scratch;
        widen(&net->widest, layer->in);
        widen(&net->widest, layer->map);
    }
    return OK;
}

struct mat feedback_layer_weight(const struct feedback_layer *layer, real *block)
{
    return mat_of(block + layer->weight, layer->n_in, layer->n_unit);
}

real *feedback_layer_bias(const struct feedback_layer *layer, real *block)
{
    return block + layer->weight + (size_t)layer->n_in * (size_t)layer->n_unit;
}

struct mat feedback_layer_back(const struct feedback_layer *layer, real *block)
{
    return mat_of(block + layer->back, layer->n_in, layer->n_unit);
}

static void map_up(const struct feedback_layer *layer, real *w, struct mat map,
                   struct mat x, real *scratch)
{
    struct mat weight = feedback_layer_weight(layer, w);

    if (layer->dense)
        dense_forward(map, x, weight, feedback_layer_bias(layer, w));
    else
        conv_batch_forward(&layer->conv, map, x, weight, feedback_layer_bias(layer, w),
                           scratch);
    if (!layer->linear)
        act_forward(layer->activation, map, map);
}

void feedback_layer_up(const struct feedback_layer *layer, real *w, struct mat y,
                       struct mat map, uint8_t *from, struct mat x, real *scratch)
{
    map_up(layer, w, map, x, scratch);
    if (layer->pooled)
        pool_forward(&layer->pool, y, map, from);
}

void feedback_layer_follow(const struct feedback_layer *layer, real *w, struct mat y,
                           struct mat map, const uint8_t *from, struct mat x,
                           real *scratch)
{
    map_up(layer, w, map, x, scratch);
    if (layer->pooled)
        pool_follow(&layer->pool, y, map, from);
}

/* Sums of all positions per unit. */
static void add_positions(real *db, struct mat d, int n_unit)
{
    for (int j = 0; j < n_unit; j++)
        db[j] = 0;
    for (int i = 0; i < d.rows; i++)
        for (int p = 0; p < d.cols; p += n_unit)
            for (int j = 0; j < n_unit; j++)
                db[j] += mat_row(d, i)[p + j];
}

void feedback_layer_gradient(const struct feedback_layer *layer, real *g, struct mat x,
                             struct mat map, const uint8_t *from, struct mat dy,
                             struct mat d, real *scratch)
{
    struct mat dw = feedback_layer_weight(layer, g);

    if (layer->pooled)
        pool_backward(&layer->pool, d, dy, from);
    else
        mat_copy(d, dy);
    if (!layer->linear)
        act_backward(layer->activation, d, map);
    if (layer->dense) {
        dense_backward(dw, feedback_layer_bias(layer, g), x, d);
        return;
    }
    conv_batch_backward(&layer->conv, dw, &x, &d, 1, scratch);
    add_positions(feedback_layer_bias(layer, g), d, layer->n_unit);
}

void feedback_layer_spread(const struct feedback_layer *layer, struct mat b, struct mat y,
                           const uint8_t *from)
{
    if (layer->pooled)
        pool_backward(&layer->pool, b, y, from);
    else
        mat_copy(b, y);
    if (!layer->linear)
        act_forward(layer->activation, b, b);
}

void feedback_layer_down(const struct feedback_layer *layer, real *v, struct mat x,
                         struct mat b, real *scratch)
{
    struct mat back = feedback_layer_back(layer, v);

    if (layer->dense)
        mat_mul_nt(x, b, back, false);
    else
        conv_batch_backward_input(&layer->conv, x, b, back, scratch);
}

/* A convolution's weight gradient from its input d and the derivative b of its output. */
void feedback_layer_down_gradient(const struct feedback_layer *layer, real *g,
                                  const struct mat d[2], const struct mat b[2],
                                  real *scratch)
{
    struct mat dv = feedback_layer_back(layer, g);

    if (layer->dense) {
        mat_mul_tn(dv, d[0], b[0], false);
        mat_mul_tn(dv, d[1], b[1], true);
        return;
    }
    conv_batch_backward(&layer->conv, dv, d, b, 2, scratch);
}

double feedback_layer_flops(const struct feedback_layer *layer)
{
    return 2.0 * layer->n_in * layer->n_unit * layer->map.height * layer->map.width;
}
