#include "baselines/rules/feedback_net.h"

#include <stdio.h>

static enum status refuse(const char *rule, const char *why, struct error *err)
{
    return error_set(err, ERR_USAGE,
                     "%s trains blocks of a convolution or a dense layer, relu, elu or "
                     "tanh, and a max-pool, in this order: %s",
                     rule, why);
}

static void start_rung(struct feedback_net *feedback_net, const struct layer *layer,
                       const struct kernels *kernels)
{
    struct feedback_layer *feedback_layer =
        &feedback_net->feedback_layer[++feedback_net->n_feedback_layer];

    *feedback_layer = (struct feedback_layer){
        .dense = layer->kind == LAYER_DENSE,
        .linear = true,
        .in = layer->in,
        .map = layer->out,
        .out = layer->out,
        .n_in = layer->n_in,
        .n_unit = layer->n_unit,
        .weight = feedback_net->n_weight,
        .back = feedback_net->n_back,
    };
    if (!feedback_layer->dense)
        feedback_layer->conv = conv_plan(&layer->window, kernels);
    feedback_net->n_weight += (size_t)(layer->n_in + 1) * (size_t)layer->n_unit;
    if (feedback_net->n_feedback_layer > 1)
        feedback_net->n_back += (size_t)layer->n_in * (size_t)layer->n_unit;
}

static enum status add_layer(struct feedback_net *feedback_net, const char *rule,
                             const struct net *net, const struct layer *layer,
                             struct error *err)
{
    struct feedback_layer *top =
        &feedback_net->feedback_layer[feedback_net->n_feedback_layer];

    switch (layer->kind) {
    case LAYER_CONV:
    case LAYER_DENSE:
        start_rung(feedback_net, layer, net->kernels);
        return OK;
    case LAYER_ACTIVATION:
        if (feedback_net->n_feedback_layer == 0 || !top->linear || top->pooled)
            return refuse(rule, "an activation follows no convolution or dense layer",
                          err);
        if (layer->activation == ACT_SILU)
            return refuse(rule, "and not silu", err);
        top->linear = false;
        top->activation = layer->activation;
        return OK;
    case LAYER_POOL:
        if (feedback_net->n_feedback_layer == 0 || top->pooled)
            return refuse(rule, "a pool follows no convolution", err);
        top->pooled = true;
        top->pool = layer->window;
        top->out = layer->out;
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

enum status feedback_net_parse(struct feedback_net *feedback_net, const char *rule,
                               const char *text, struct shape in, int n_out,
                               struct error *err)
{
    struct net net;
    char head[32];

    *feedback_net = (struct feedback_net){0};
    snprintf(head, sizeof head, "dense %d", n_out);
    if (net_parse(&net, text, in, err) != OK || net_add(&net, head, err) != OK)
        return err->status;
    for (int l = 0; l < net.n_layer; l++)
        if (add_layer(feedback_net, rule, &net, &net.layer[l], err) != OK)
            return err->status;
    for (int n = 1; n <= feedback_net->n_feedback_layer; n++) {
        const struct feedback_layer *feedback_layer = &feedback_net->feedback_layer[n];
        size_t scratch = feedback_layer->dense ? 0 : conv_scratch(&feedback_layer->conv);

        feedback_net->n_scratch =
            scratch > feedback_net->n_scratch ? scratch : feedback_net->n_scratch;
        widen(&feedback_net->widest, feedback_layer->in);
        widen(&feedback_net->widest, feedback_layer->map);
    }
    return OK;
}

struct mat feedback_layer_weight(const struct feedback_layer *feedback_layer, real *block)
{
    return mat_of(block + feedback_layer->weight, feedback_layer->n_in,
                  feedback_layer->n_unit);
}

real *feedback_layer_bias(const struct feedback_layer *feedback_layer, real *block)
{
    return block + feedback_layer->weight +
           (size_t)feedback_layer->n_in * (size_t)feedback_layer->n_unit;
}

struct mat feedback_layer_back(const struct feedback_layer *feedback_layer, real *block)
{
    return mat_of(block + feedback_layer->back, feedback_layer->n_in,
                  feedback_layer->n_unit);
}

/* Rows that go through a convolution together, from row i on. */
static int group(const struct feedback_layer *feedback_layer, int i, int rows)
{
    int images = conv_images(&feedback_layer->conv);

    return rows - i < images ? rows - i : images;
}

static void map_up(const struct feedback_layer *feedback_layer, real *w, struct mat map,
                   struct mat x, real *scratch)
{
    struct mat weight = feedback_layer_weight(feedback_layer, w);

    if (feedback_layer->dense) {
        dense_forward(map, x, weight, feedback_layer_bias(feedback_layer, w));
    } else {
        conv_begin(&feedback_layer->conv, weight, scratch);
        for (int i = 0, n; i < x.rows; i += n) {
            n = group(feedback_layer, i, x.rows);
            conv_forward(&feedback_layer->conv, mat_rows(map, i, n), mat_rows(x, i, n),
                         weight, feedback_layer_bias(feedback_layer, w), scratch);
        }
    }
    if (!feedback_layer->linear)
        act_forward(feedback_layer->activation, map, map);
}

void feedback_layer_up(const struct feedback_layer *feedback_layer, real *w, struct mat y,
                       struct mat map, uint8_t *from, struct mat x, real *scratch)
{
    map_up(feedback_layer, w, map, x, scratch);
    if (feedback_layer->pooled)
        pool_forward(&feedback_layer->pool, y, map, from);
}

void feedback_layer_follow(const struct feedback_layer *feedback_layer, real *w,
                           struct mat y, struct mat map, const uint8_t *from,
                           struct mat x, real *scratch)
{
    map_up(feedback_layer, w, map, x, scratch);
    if (feedback_layer->pooled)
        pool_follow(&feedback_layer->pool, y, map, from);
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

void feedback_layer_gradient(const struct feedback_layer *feedback_layer, real *g,
                             struct mat x, struct mat map, const uint8_t *from,
                             struct mat dy, struct mat d, real *scratch)
{
    struct mat dw = feedback_layer_weight(feedback_layer, g);

    if (feedback_layer->pooled)
        pool_backward(&feedback_layer->pool, d, dy, from);
    else
        mat_copy(d, dy);
    if (!feedback_layer->linear)
        act_backward(feedback_layer->activation, d, map);
    if (feedback_layer->dense) {
        dense_backward(dw, feedback_layer_bias(feedback_layer, g), x, d);
        return;
    }
    conv_backward_begin(&feedback_layer->conv, dw, dw, false, scratch);
    for (int i = 0, n; i < x.rows; i += n) {
        n = group(feedback_layer, i, x.rows);
        conv_backward(&feedback_layer->conv, dw, mat_rows(x, i, n), mat_rows(d, i, n),
                      scratch);
    }
    conv_backward_end(&feedback_layer->conv, dw, scratch);
    add_positions(feedback_layer_bias(feedback_layer, g), d, feedback_layer->n_unit);
}

void feedback_layer_spread(const struct feedback_layer *feedback_layer, struct mat b,
                           struct mat y, const uint8_t *from)
{
    if (feedback_layer->pooled)
        pool_backward(&feedback_layer->pool, b, y, from);
    else
        mat_copy(b, y);
    if (!feedback_layer->linear)
        act_forward(feedback_layer->activation, b, b);
}

void feedback_layer_down(const struct feedback_layer *feedback_layer, real *v,
                         struct mat x, struct mat b, real *scratch)
{
    struct mat back = feedback_layer_back(feedback_layer, v);

    if (feedback_layer->dense) {
        mat_mul_nt(x, b, back, false);
        return;
    }
    conv_backward_begin(&feedback_layer->conv, (struct mat){0}, back, true, scratch);
    for (int i = 0, n; i < x.rows; i += n) {
        n = group(feedback_layer, i, x.rows);
        conv_backward_input(&feedback_layer->conv, mat_rows(x, i, n), mat_rows(b, i, n),
                            back, scratch);
    }
}

/* A convolution's weight gradient from its input d and the derivative b of its output. */
void feedback_layer_down_gradient(const struct feedback_layer *feedback_layer, real *g,
                                  const struct mat d[2], const struct mat b[2],
                                  real *scratch)
{
    struct mat dv = feedback_layer_back(feedback_layer, g);

    if (feedback_layer->dense) {
        mat_mul_tn(dv, d[0], b[0], false);
        mat_mul_tn(dv, d[1], b[1], true);
        return;
    }
    conv_backward_begin(&feedback_layer->conv, dv, dv, false, scratch);
    for (int pair = 0; pair < 2; pair++)
        for (int i = 0, n; i < d[pair].rows; i += n) {
            n = group(feedback_layer, i, d[pair].rows);
            conv_backward(&feedback_layer->conv, dv, mat_rows(d[pair], i, n),
                          mat_rows(b[pair], i, n), scratch);
        }
    conv_backward_end(&feedback_layer->conv, dv, scratch);
}

double feedback_layer_flops(const struct feedback_layer *feedback_layer)
{
    return 2.0 * feedback_layer->n_in * feedback_layer->n_unit *
           feedback_layer->map.height * feedback_layer->map.width;
}
