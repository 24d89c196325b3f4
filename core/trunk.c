#include "core/trunk.h"

#include <assert.h>

void trunk_start(struct trunk *trunk, int n_in)
{
    *trunk = (struct trunk){0};
    trunk->layer[0].n_out = n_in;
}

struct trunk_layer *trunk_add(struct trunk *trunk, int n_out)
{
    int n_in = trunk->layer[trunk->n_layer].n_out;
    struct trunk_layer *layer = &trunk->layer[++trunk->n_layer];

    assert(trunk->n_layer <= NET_LAYERS);
    *layer = (struct trunk_layer){
        .n_in = n_in,
        .n_out = n_out,
        .linear = true,
        .weight = trunk->n_weight,
        .value = trunk->n_value,
    };
    trunk->n_weight += (size_t)(n_in + 1) * (size_t)n_out;
    trunk->n_value += (size_t)n_out;
    if (n_out > trunk->widest)
        trunk->widest = n_out;
    return layer;
}

static enum status refuse(const char *rule, const char *why, struct error *err)
{
    return error_set(err, ERR_USAGE,
                     "%s trains multi-layer perceptrons only: %s; write mlp-A-B-..., or "
                     "dense layers each followed by relu, elu or tanh",
                     rule, why);
}

enum status trunk_parse(struct trunk *trunk, const char *rule, const char *text,
                        struct shape in, struct error *err)
{
    struct net net;

    if (net_parse(&net, text, in, err) != OK)
        return err->status;
    trunk_start(trunk, shape_size(in));
    for (int l = 0; l < net.n_layer; l++) {
        struct trunk_layer *top = &trunk->layer[trunk->n_layer];

        if (net.layer[l].kind == LAYER_DENSE) {
            trunk_add(trunk, net.layer[l].n_unit);
        } else if (net.layer[l].kind != LAYER_ACTIVATION) {
            return refuse(rule, "the net has layers of another kind", err);
        } else if (trunk->n_layer == 0 || !top->linear) {
            return refuse(rule, "an activation follows no dense layer", err);
        } else if (net.layer[l].activation == ACT_SILU) {
            return refuse(rule, "and not with silu", err);
        } else {
            top->linear = false;
            top->activation = net.layer[l].activation;
        }
    }
    if (trunk->n_layer == NET_LAYERS)
        return refuse(rule, "the net has no layer left for the output", err);
    return OK;
}

void trunk_init_weights(const struct trunk *trunk, real *w, enum init init,
                        struct rng rng)
{
    for (int l = 1; l <= trunk->n_layer; l++) {
        struct dense dense = trunk_dense(trunk, w, l);

        init_layer(init, dense.w, dense.b, rng_at(rng, (uint64_t)l));
    }
}

struct dense trunk_dense(const struct trunk *trunk, real *block, int l)
{
    const struct trunk_layer *layer = &trunk->layer[l];
    size_t n = (size_t)layer->n_in * (size_t)layer->n_out;
    real *at = block + layer->weight;

    return (struct dense){
        mat_of(at, layer->n_in, layer->n_out), at + n, {at, n + (size_t)layer->n_out}};
}

void trunk_layer_forward(const struct trunk *trunk, real *w, int l, struct mat y,
                         struct mat x)
{
    const struct trunk_layer *layer = &trunk->layer[l];
    struct dense dense = trunk_dense(trunk, w, l);

    dense_forward(y, x, dense.w, dense.b);
    if (!layer->linear)
        act_forward(layer->activation, y, y);
}

void trunk_layer_backward(const struct trunk *trunk, int l, struct mat d, struct mat y)
{
    if (!trunk->layer[l].linear)
        act_backward(trunk->layer[l].activation, d, y);
}

struct trunk_values trunk_take_values(const struct trunk *trunk, int rows,
                                      struct arena *arena)
{
    size_t n = (size_t)rows * trunk->n_value;

    return (struct trunk_values){arena_take(arena, TAG_ACTIVATION, n, sizeof(real)),
                                 rows};
}

struct mat trunk_value(const struct trunk *trunk, const struct trunk_values *values,
                       int l, int n)
{
    const struct trunk_layer *layer = &trunk->layer[l];

    assert(l >= 1 && n <= values->rows);
    return mat_of(values->at + layer->value * (size_t)values->rows, n, layer->n_out);
}

struct mat trunk_forward(const struct trunk *trunk, real *w,
                         const struct trunk_values *values, struct mat x)
{
    struct mat h = x;

    for (int l = 1; l <= trunk->n_layer; l++) {
        struct mat y = trunk_value(trunk, values, l, x.rows);

        trunk_layer_forward(trunk, w, l, y, h);
        h = y;
    }
    return h;
}

struct trunk_pair trunk_take_pair(const struct trunk *trunk, int rows,
                                  struct arena *arena)
{
    size_t n = (size_t)rows * (size_t)trunk->widest;
    real *one = arena_take(arena, TAG_SCRATCH, n, sizeof(real));
    real *other = arena_take(arena, TAG_SCRATCH, n, sizeof(real));

    return (struct trunk_pair){{one, other}, rows};
}

struct mat trunk_pair_value(const struct trunk *trunk, const struct trunk_pair *pair,
                            int l, int n)
{
    assert(n <= pair->rows);
    return mat_of(pair->at[l % 2], n, trunk->layer[l].n_out);
}

struct mat trunk_climb(const struct trunk *trunk, real *w, const struct trunk_pair *pair,
                       struct mat x, int n)
{
    struct mat h = x;

    for (int l = 1; l <= n; l++) {
        struct mat y = trunk_pair_value(trunk, pair, l, x.rows);

        trunk_layer_forward(trunk, w, l, y, h);
        h = y;
    }
    return h;
}

struct mat trunk_score(const struct trunk *trunk, real *w, const struct trunk_pair *pair,
                       struct mat x)
{
    return trunk_climb(trunk, w, pair, x, trunk->n_layer);
}

double trunk_layer_flops(const struct trunk *trunk, int l)
{
    return 2.0 * trunk->layer[l].n_in * trunk->layer[l].n_out;
}

double trunk_flops(const struct trunk *trunk)
{
    double flops = 0;

    for (int l = 1; l <= trunk->n_layer; l++)
        flops += trunk_layer_flops(trunk, l);
    return flops;
}
