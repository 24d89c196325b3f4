/* A multi-layer perceptron taken apart: dense layers that a rule runs, differentiates and
 * trains one by one, where core/net runs a network as a whole.
 *
 *   h_0 = x,   h_l = act_l(h_{l-1} W_l + 1 b_l^T),   l = 1..n_layer
 *
 * It is planned from the text of a net (core/net.h) that has dense layers and activations
 * only. Weights are one flat block, layer after layer: W_l (n_in x n_out), then b_l. */
#ifndef CORE_TRUNK_H
#define CORE_TRUNK_H

#include "core/net.h"

struct trunk_layer {
    int n_in, n_out;
    bool linear;                /* no activation */
    enum activation activation; /* one whose derivative follows from its output */
    size_t weight;              /* offset of W_l in the weight block */
    size_t value;               /* offset of h_l in the values of one row */
};

struct trunk {
    struct trunk_layer layer[NET_LAYERS + 1]; /* from 1; layer[0].n_out: the input */
    int n_layer;
    size_t n_weight; /* reals */
    size_t n_value;  /* reals per row: h_1..h_n_layer */
    int widest;      /* of h_1..h_n_layer */
};

/* ERR_USAGE where the net has other layers, or SiLU; the message names the rule. */
enum status trunk_parse(struct trunk *trunk, const char *rule, const char *net,
                        struct shape in, struct error *err);

/* A trunk without layers yet, and a linear layer added at the end; it may be given an
 * activation afterwards. */
void trunk_start(struct trunk *trunk, int n_in);
struct trunk_layer *trunk_add(struct trunk *trunk, int n_out);

/* Each layer from a stream of its own. */
void trunk_init_weights(const struct trunk *trunk, real *w, enum init init,
                        struct rng rng);

/* Layer l of a block that is laid out as the weights: the weights, their gradient, ... */
struct dense {
    struct mat w;   /* n_in x n_out */
    real *b;        /* n_out */
    struct vec all; /* both */
};
struct dense trunk_dense(const struct trunk *trunk, real *block, int l);

/* y = h_l from x = h_{l-1}. */
void trunk_layer_forward(const struct trunk *trunk, real *w, int l, struct mat y,
                         struct mat x);

/* d, the derivative of h_l = y, becomes that of its pre-activation. */
void trunk_layer_backward(const struct trunk *trunk, int l, struct mat d, struct mat y);

/* The outputs of all layers for up to `rows` rows. */
struct trunk_values {
    real *at;
    int rows;
};
struct trunk_values trunk_take_values(const struct trunk *trunk, int rows,
                                      struct arena *arena);

/* h_l of n rows, l >= 1. */
struct mat trunk_value(const struct trunk *trunk, const struct trunk_values *values,
                       int l, int n);

/* All layers; returns the last h. */
struct mat trunk_forward(const struct trunk *trunk, real *w,
                         const struct trunk_values *values, struct mat x);

/* Two layers' outputs for up to `rows` rows: enough to go forward, keeping nothing. */
struct trunk_pair {
    real *at[2];
    int rows;
};
struct trunk_pair trunk_take_pair(const struct trunk *trunk, int rows,
                                  struct arena *arena);

/* Room for h_l of n rows, beside h_{l-1}. */
struct mat trunk_pair_value(const struct trunk *trunk, const struct trunk_pair *pair,
                            int l, int n);

/* The first n layers within the pair; returns h_n, which for n = 0 is x itself. */
struct mat trunk_climb(const struct trunk *trunk, real *w, const struct trunk_pair *pair,
                       struct mat x, int n);

/* All layers. */
struct mat trunk_score(const struct trunk *trunk, real *w, const struct trunk_pair *pair,
                       struct mat x);

/* Of one forward pass per row, a multiply-add counted as two; and of layer l alone. */
double trunk_flops(const struct trunk *trunk);
double trunk_layer_flops(const struct trunk *trunk, int l);

#endif
