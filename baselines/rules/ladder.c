#include "baselines/rules/ladder.h"

#include <stdio.h>

static enum status refuse(const char *rule, const char *why, struct error *err)
{
    return error_set(err, ERR_USAGE,
                     "%s trains blocks of a convolution or a dense layer, relu, elu or "
                     "tanh, and a max-pool, in this order: %s",
                     rule, why);
}

static void start_rung(struct ladder *ladder, const struct layer *layer,
                       const struct kernels *kernels)
{
    struct rung *rung = &ladder->rung[++ladder->n_rung];

    *rung = (struct rung){
        .dense = layer->kind == LAYER_DENSE,
        .linear = true,
        .in = layer->in,
        .map = layer->out,
        .out = layer->out,
        .n_in = layer->n_in,
        .n_unit = layer->n_unit,
        .weight = ladder->n_weight,
        .back = ladder->n_back,
    };
    if (!rung->dense)
        rung->conv = conv_plan(&layer->window, kernels);
    ladder->n_weight += (size_t)(layer->n_in + 1) * (size_t)layer->n_unit;
    if (ladder->n_rung > 1)
        ladder->n_back += (size_t)layer->n_in * (size_t)layer->n_unit;
}

static enum status add_layer(struct ladder *ladder, const char *rule,
                             const struct net *net, const struct layer *layer,
                             struct error *err)
{
    struct rung *top = &ladder->rung[ladder->n_rung];

    switch (layer->kind) {
    case LAYER_CONV:
    case LAYER_DENSE:
        start_rung(ladder, layer, net->kernels);
        return OK;
    case LAYER_ACTIVATION:
        if (ladder->n_rung == 0 || !top->linear || top->pooled)
            return refuse(rule, "an activation follows no convolution or dense layer",
                          err);
        if (layer->activation == ACT_SILU)
            return refuse(rule, "and not silu", err);
        top->linear = false;
        top->activation = layer->activation;
        return OK;
    case LAYER_POOL:
        if (ladder->n_rung == 0 || top->pooled)
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

enum status ladder_parse(struct ladder *ladder, const char *rule, const char *text,
                         struct shape in, int n_out, struct error *err)
{
    struct net net;
    char head[32];

    *ladder = (struct ladder){0};
    snprintf(head, sizeof head, "dense %d", n_out);
    if (net_parse(&net, text, in, err) != OK || net_add(&net, head, err) != OK)
        return err->status;
    for (int l = 0; l < net.n_layer; l++)
        if (add_layer(ladder, rule, &net, &net.layer[l], err) != OK)
            return err->status;
    for (int n = 1; n <= ladder->n_rung; n++) {
        const struct rung *rung = &ladder->rung[n];
        size_t scratch = rung->dense ? 0 : conv_scratch(&rung->conv);

        ladder->n_scratch = scratch > ladder->n_scratch ? scratch : ladder->n_scratch;
        widen(&ladder->widest, rung->in);
        widen(&ladder->widest, rung->map);
    }
    return OK;
}

struct mat rung_weight(const struct rung *rung, real *block)
{
    return mat_of(block + rung->weight, rung->n_in, rung->n_unit);
}

real *rung_bias(const struct rung *rung, real *block)
{
    return block + rung->weight + (size_t)rung->n_in * (size_t)rung->n_unit;
}

struct mat rung_back(const struct rung *rung, real *block)
{
    return mat_of(block + rung->back, rung->n_in, rung->n_unit);
}

/* Rows that go through a convolution together, from row i on. */
static int group(const struct rung *rung, int i, int rows)
{
    int images = conv_images(&rung->conv);

    return rows - i < images ? rows - i : images;
}

static void map_up(const struct rung *rung, real *w, struct mat map, struct mat x,
                   real *scratch)
{
    struct mat weight = rung_weight(rung, w);

    if (rung->dense) {
        dense_forward(map, x, weight, rung_bias(rung, w));
    } else {
        conv_begin(&rung->conv, weight, scratch);
        for (int i = 0, n; i < x.rows; i += n) {
            n = group(rung, i, x.rows);
            conv_forward(&rung->conv, mat_rows(map, i, n), mat_rows(x, i, n), weight,
                         rung_bias(rung, w), scratch);
        }
    }
    if (!rung->linear)
        act_forward(rung->activation, map, map);
}

void rung_up(const struct rung *rung, real *w, struct mat y, struct mat map,
             uint8_t *from, struct mat x, real *scratch)
{
    map_up(rung, w, map, x, scratch);
    if (rung->pooled)
        pool_forward(&rung->pool, y, map, from);
}

void rung_follow(const struct rung *rung, real *w, struct mat y, struct mat map,
                 const uint8_t *from, struct mat x, real *scratch)
{
    map_up(rung, w, map, x, scratch);
    if (rung->pooled)
        pool_follow(&rung->pool, y, map, from);
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

void rung_gradient(const struct rung *rung, real *g, struct mat x, struct mat map,
                   const uint8_t *from, struct mat dy, struct mat d, real *scratch)
{
    struct mat dw = rung_weight(rung, g);

    if (rung->pooled)
        pool_backward(&rung->pool, d, dy, from);
    else
        mat_copy(d, dy);
    if (!rung->linear)
        act_backward(rung->activation, d, map);
    if (rung->dense) {
        dense_backward(dw, rung_bias(rung, g), x, d);
        return;
    }
    conv_backward_begin(&rung->conv, dw, dw, false, scratch);
    for (int i = 0, n; i < x.rows; i += n) {
        n = group(rung, i, x.rows);
        conv_backward(&rung->conv, dw, mat_rows(x, i, n), mat_rows(d, i, n), scratch);
    }
    conv_backward_end(&rung->conv, dw, scratch);
    add_positions(rung_bias(rung, g), d, rung->n_unit);
}

void rung_spread(const struct rung *rung, struct mat b, struct mat y, const uint8_t *from)
{
    if (rung->pooled)
        pool_backward(&rung->pool, b, y, from);
    else
        mat_copy(b, y);
    if (!rung->linear)
        act_forward(rung->activation, b, b);
}

void rung_down(const struct rung *rung, real *v, struct mat x, struct mat b,
               real *scratch)
{
    struct mat back = rung_back(rung, v);

    if (rung->dense) {
        mat_mul_nt(x, b, back, false);
        return;
    }
    conv_backward_begin(&rung->conv, (struct mat){0}, back, true, scratch);
    for (int i = 0, n; i < x.rows; i += n) {
        n = group(rung, i, x.rows);
        conv_backward_input(&rung->conv, mat_rows(x, i, n), mat_rows(b, i, n), back,
                            scratch);
    }
}

/* A convolution's weight gradient from its input d and the derivative b of its output. */
void rung_down_gradient(const struct rung *rung, real *g, const struct mat d[2],
                        const struct mat b[2], real *scratch)
{
    struct mat dv = rung_back(rung, g);

    if (rung->dense) {
        mat_mul_tn(dv, d[0], b[0], false);
        mat_mul_tn(dv, d[1], b[1], true);
        return;
    }
    conv_backward_begin(&rung->conv, dv, dv, false, scratch);
    for (int pair = 0; pair < 2; pair++)
        for (int i = 0, n; i < d[pair].rows; i += n) {
            n = group(rung, i, d[pair].rows);
            conv_backward(&rung->conv, dv, mat_rows(d[pair], i, n),
                          mat_rows(b[pair], i, n), scratch);
        }
    conv_backward_end(&rung->conv, dv, scratch);
}

double rung_flops(const struct rung *rung)
{
    return 2.0 * rung->n_in * rung->n_unit * rung->map.height * rung->map.width;
}
