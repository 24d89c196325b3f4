/* A multi-layer perceptron taken apart: dense layers that a rule runs, differentiates and
 * trains one by one, where core/nn/net.h runs a network as a whole.
 *
 *   h_0 = x,   h_l = act_l(h_{l-1} W_l + 1 b_l^T),   l = 1..n_layer
 *
 * It is planned from the text of a net (core/nn/net.h) that has only dense layers and
 * activations. Weights are one flat block, layer after layer: W_l (n_in x n_out), then
 * b_l. */
#ifndef CORE_NN_MLP_H
#define CORE_NN_MLP_H

#include "core/nn/net.h"

struct mlp_layer {
    int n_in, n_out;
    bool linear;                /* no activation */
    enum activation activation; /* one whose derivative follows from its output */
    size_t weight;              /* offset of W_l in the weight block */
    size_t value;               /* offset of h_l in the values of one row */
};

struct mlp {
    struct mlp_layer layer[NET_LAYERS + 1]; /* from 1; layer[0].n_out: the input */
    int n_layer;
    size_t n_weight; /* reals */
    size_t n_value;  /* reals per row: h_1..h_n_layer */
    int widest;      /* of h_1..h_n_layer */
};

/* ERR_USAGE where the net has other layers, or SiLU; the message names the rule. */
enum status mlp_parse(struct mlp *mlp, const char *rule, const char *net, struct shape in,
                      struct error *err);

/* An MLP without layers yet; and a linear layer added at the end, which may be given an
 * activation afterwards. */
void mlp_start(struct mlp *mlp, int n_in);
struct mlp_layer *mlp_add(struct mlp *mlp, int n_out);

/* Each layer from a stream of its own. */
void mlp_init_weights(const struct mlp *mlp, real *w, enum init init, struct rng rng);

/* Layer l of a block that is laid out as the weights: the weights, their gradient, ... */
struct dense {
    struct mat w;   /* n_in x n_out */
    real *b;        /* n_out */
    struct vec all; /* both */
};
struct dense mlp_dense(const struct mlp *mlp, real *block, int l);

/* y = h_l from x = h_{l-1}. */
void mlp_layer_forward(const struct mlp *mlp, real *w, int l, struct mat y, struct mat x);

/* d, the derivative of h_l = y, becomes that of its pre-activation. */
void mlp_layer_backward(const struct mlp *mlp, int l, struct mat d, struct mat y);

/* The outputs of all layers for up to `rows` rows. */
struct mlp_values {
    real *data;
    int rows;
};
struct mlp_values mlp_take_values(const struct mlp *mlp, int rows, struct arena *arena);

/* h_l of n rows, l >= 1. */
struct mat mlp_value(const struct mlp *mlp, const struct mlp_values *values, int l,
                     int n);

/* All layers; returns the last h. */
struct mat mlp_forward(const struct mlp *mlp, real *w, const struct mlp_values *values,
                       struct mat x);

/* Two layers' outputs for up to `rows` rows: enough to go forward, keeping nothing. */
struct mlp_pair {
    real *data[2];
    int rows;
};
struct mlp_pair mlp_take_pair(const struct mlp *mlp, int rows, struct arena *arena);

/* Room for h_l of n rows, beside h_{l-1}. */
struct mat mlp_pair_value(const struct mlp *mlp, const struct mlp_pair *pair, int l,
                          int n);

/* The first n layers within the pair; returns h_n, which for n = 0 is x itself. */
struct mat mlp_forward_to(const struct mlp *mlp, real *w, const struct mlp_pair *pair,
                          struct mat x, int n);

/* All layers. */
struct mat mlp_score(const struct mlp *mlp, real *w, const struct mlp_pair *pair,
                     struct mat x);

/* Of one forward pass per row, a multiply-add counted as two; and of layer l alone. */
double mlp_flops(const struct mlp *mlp);
double mlp_layer_flops(const struct mlp *mlp, int l);

#endif
