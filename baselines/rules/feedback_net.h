/* A net cut into blocks, for rules that give every block a feedback function:
 *
 *   F(x) = pool(act(x W + b))   forward: a convolution or a dense layer, then an
 *                               activation and a max-pool where the net has them
 *   G(y) = act(unpool(y)) V^T   feedback: unpool puts each value where the maximum came
 *                               from in the forward pass on the batch, V is laid out as
 *                               W, and its transpose is a transposed convolution or a
 *                               dense layer
 *
 * With V = W and without saturation the Jacobian of G is the transpose of that of F. */
#ifndef BASELINES_RULES_FEEDBACK_NET_H
#define BASELINES_RULES_FEEDBACK_NET_H

#include "core/nn/net.h"

struct feedback_layer {
    bool dense, linear, pooled; /* linear: no activation */
    struct conv conv;           /* unless dense */
    struct window pool;         /* where pooled */
    enum activation activation;
    struct shape in, map, out; /* map: before the pool */
    int n_in, n_unit;          /* W is n_in x n_unit */
    size_t weight, back;       /* offsets of W, b and of V in their blocks */
};

struct feedback_net {
    struct feedback_layer layer[NET_LAYERS + 1]; /* from 1 */
    int n_layer;
    size_t n_weight, n_back; /* reals: of all W and b; of all V except that of layer 1 */
    size_t n_scratch;        /* reals, for the convolutions */
    int widest;              /* reals per row, of any input, map or output */
};

/* ERR_USAGE where the net has layers of another kind; the message names the rule. A dense
 * layer of n_out outputs is added at the end. */
enum status feedback_net_parse(struct feedback_net *net, const char *rule,
                               const char *text, struct shape in, int n_out,
                               struct error *err);

/* W and V of a layer in their blocks, or what is laid out like them. */
struct mat feedback_layer_weight(const struct feedback_layer *layer, real *block);
real *feedback_layer_bias(const struct feedback_layer *layer, real *block);
struct mat feedback_layer_back(const struct feedback_layer *layer, real *block);

/* y = F(x). map: room for act(..) before the pool; the same as y where there is none.
 * from: where the maxima came from, or NULL. feedback_layer_follow takes the values from
 * there instead of searching for new maxima. */
void feedback_layer_up(const struct feedback_layer *layer, real *w, struct mat y,
                       struct mat map, uint8_t *from, struct mat x, real *scratch);

void feedback_layer_follow(const struct feedback_layer *layer, real *w, struct mat y,
                           struct mat map, const uint8_t *from, struct mat x,
                           real *scratch);

/* dW and db into a block laid out as w, from dy; d: room for the map. */
void feedback_layer_gradient(const struct feedback_layer *layer, real *g, struct mat x,
                             struct mat map, const uint8_t *from, struct mat dy,
                             struct mat d, real *scratch);

/* b = act(unpool(y)), as wide as the map. */
void feedback_layer_spread(const struct feedback_layer *layer, struct mat b, struct mat y,
                           const uint8_t *from);

/* x = b V^T */
void feedback_layer_down(const struct feedback_layer *layer, real *v, struct mat x,
                         struct mat b, real *scratch);

/* dV into a block laid out as v: the sum of d[i] ^T b[i] over two pairs, where x = b V^T
 * and d its derivative. */
void feedback_layer_down_gradient(const struct feedback_layer *layer, real *g,
                                  const struct mat d[2], const struct mat b[2],
                                  real *scratch);

/* Operations of a product with W per row, a multiply-add counted as two. */
double feedback_layer_flops(const struct feedback_layer *layer);

#endif
