#include "core/nn/mlp.h"

#include <assert.h>

void mlp_start(struct mlp *mlp, int n_in)
{
    *mlp = (struct mlp){0};
    mlp->layer[0].n_out = n_in;
}

struct mlp_layer *mlp_add(struct mlp *mlp, int n_out)
{
    int n_in = mlp->layer[mlp->n_layer].n_out;
    struct mlp_layer *layer = &mlp->layer[++mlp->n_layer];

    assert(mlp->n_layer <= NET_LAYERS);
    *layer = (struct mlp_layer){
        .n_in = n_in,
        .n_out = n_out,
        .linear = true,
        .weight = mlp->n_weight,
        .value = mlp->n_value,
    };
    mlp->n_weight += (size_t)(n_in + 1) * (size_t)n_out;
    mlp->n_value += (size_t)n_out;
    if (n_out > mlp->widest)
        mlp->widest = n_out;
    return layer;
}

static enum status refuse(const char *rule, const char *why, struct error *err)
{
    return error_set(err, ERR_USAGE,
                     "%s trains multi-layer perceptrons only: %s; write mlp-A-B-..., or "
                     "dense layers each followed by relu, elu or tanh",
                     rule, why);
}

enum status mlp_parse(struct mlp *mlp, const char *rule, const char *text,
                      struct shape in, struct error *err)
{
    struct net net;

    if (net_parse(&net, text, in, err) != OK)
        return err->status;
    mlp_start(mlp, shape_size(in));
    for (int l = 0; l < net.n_layer; l++) {
        struct mlp_layer *top = &mlp->layer[mlp->n_layer];

        if (net.layer[l].kind == LAYER_DENSE) {
            mlp_add(mlp, net.layer[l].n_unit);
        } else if (net.layer[l].kind != LAYER_ACTIVATION) {
            return refuse(rule, "the net has layers of another kind", err);
        } else if (mlp->n_layer == 0 || !top->linear) {
            return refuse(rule, "an activation follows no dense layer", err);
        } else if (net.layer[l].activation == ACT_SILU) {
            return refuse(rule, "and not with silu", err);
        } else {
            top->linear = false;
            top->activation = net.layer[l].activation;
        }
    }
    if (mlp->n_layer == NET_LAYERS)
        return refuse(rule, "the net has no layer left for the output", err);
    return OK;
}

void mlp_init_weights(const struct mlp *mlp, real *w, enum init init, struct rng rng)
{
    for (int l = 1; l <= mlp->n_layer; l++) {
        struct dense dense = mlp_dense(mlp, w, l);

        init_layer(init, dense.w, dense.b, rng_at(rng, (uint64_t)l));
    }
}

struct dense mlp_dense(const struct mlp *mlp, real *block, int l)
{
    const struct mlp_layer *layer = &mlp->layer[l];
    size_t n = (size_t)layer->n_in * (size_t)layer->n_out;
    real *at = block + layer->weight;

    return (struct dense){
        mat_of(at, layer->n_in, layer->n_out), at + n, {at, n + (size_t)layer->n_out}};
}

void mlp_layer_forward(const struct mlp *mlp, real *w, int l, struct mat y, struct mat x)
{
    const struct mlp_layer *layer = &mlp->layer[l];
    struct dense dense = mlp_dense(mlp, w, l);

    dense_forward(y, x, dense.w, dense.b);
    if (!layer->linear)
        act_forward(layer->activation, y, y);
}

void mlp_layer_backward(const struct mlp *mlp, int l, struct mat d, struct mat y)
{
    if (!mlp->layer[l].linear)
        act_backward(mlp->layer[l].activation, d, y);
}

struct mlp_values mlp_take_values(const struct mlp *mlp, int rows, struct arena *arena)
{
    size_t n = (size_t)rows * mlp->n_value;

    return (struct mlp_values){arena_take(arena, TAG_ACTIVATION, n, sizeof(real)), rows};
}

struct mat mlp_value(const struct mlp *mlp, const struct mlp_values *values, int l, int n)
{
    const struct mlp_layer *layer = &mlp->layer[l];

    assert(l >= 1 && n <= values->rows);
    return mat_of(values->data + layer->value * (size_t)values->rows, n, layer->n_out);
}

struct mat mlp_forward(const struct mlp *mlp, real *w, const struct mlp_values *values,
                       struct mat x)
{
    struct mat h = x;

    for (int l = 1; l <= mlp->n_layer; l++) {
        struct mat y = mlp_value(mlp, values, l, x.rows);

        mlp_layer_forward(mlp, w, l, y, h);
        h = y;
    }
    return h;
}

struct mlp_pair mlp_take_pair(const struct mlp *mlp, int rows, struct arena *arena)
{
    size_t n = (size_t)rows * (size_t)mlp->widest;
    real *one = arena_take(arena, TAG_SCRATCH, n, sizeof(real));
    real *other = arena_take(arena, TAG_SCRATCH, n, sizeof(real));

    return (struct mlp_pair){{one, other}, rows};
}

struct mat mlp_pair_value(const struct mlp *mlp, const struct mlp_pair *pair, int l,
                          int n)
{
    assert(n <= pair->rows);
    return mat_of(pair->data[l % 2], n, mlp->layer[l].n_out);
}

struct mat mlp_forward_to(const struct mlp *mlp, real *w, const struct mlp_pair *pair,
                          struct mat x, int n)
{
    struct mat h = x;

    for (int l = 1; l <= n; l++) {
        struct mat y = mlp_pair_value(mlp, pair, l, x.rows);

        mlp_layer_forward(mlp, w, l, y, h);
        h = y;
    }
    return h;
}

struct mat mlp_score(const struct mlp *mlp, real *w, const struct mlp_pair *pair,
                     struct mat x)
{
    return mlp_forward_to(mlp, w, pair, x, mlp->n_layer);
}

double mlp_layer_flops(const struct mlp *mlp, int l)
{
    return 2.0 * mlp->layer[l].n_in * mlp->layer[l].n_out;
}

double mlp_flops(const struct mlp *mlp)
{
    double flops = 0;

    for (int l = 1; l <= mlp->n_layer; l++)
        flops += mlp_layer_flops(mlp, l);
    return flops;
}
