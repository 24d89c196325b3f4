/* Local mixers: networks cut into blocks that learn alone (Ren, Kornblith, Liao & Hinton
 * 2023, arXiv:2210.03310, section 4), run layer by layer in three directions: forward,
 * along a tangent (J v) and backward (J^T v).
 *
 * A row is a patch of an image, n_patch rows make an image, and the columns of a row fall
 * into n_group groups of channels. A layer turns x into h:
 *
 *   xhat = norm(x),  z = norm(mix(xhat)),  h = act(z + u [+ the block's input])
 *
 * norm: layer norm over pieces of a row, without gain and shift; u: where a perturbation
 * may be added, so the derivative at z is that at u; mix, with weights and biases:
 *
 *   channels  xhat W + b, the same in every patch
 *   groups    xhat_g W_g + b_g: channels of one group with each other
 *   tokens    W^T xhat_i + b 1^T: the patches of image i, the same in every channel
 *
 * No derivative leaves a block: its input counts as constant. Each block has a head that
 * reads h, normalised within each group and averaged over the patches; the top one has a
 * second head, the classifier. Weights are one flat block: for each block its layers (W,
 * then b) and its head; then the classifier. */
#ifndef BASELINES_RULES_MIXER_H
#define BASELINES_RULES_MIXER_H

#include "core/nn/mlp.h"

enum mix { MIX_CHANNELS, MIX_GROUPS, MIX_TOKENS };

struct mixer_layer {
    enum mix mix;
    int n_in, n_out;   /* columns */
    int before, after; /* length of the pieces that are normalised; 0 = as it is */
    bool residual, linear;
    enum activation activation;
    size_t weight, n_weight; /* offset in the weight block, W and b together */
    size_t n_bias;           /* of them b, at the end */
};

struct mixer_block {
    int first, n_layer, n_out; /* its layers; columns of its output */
    size_t weight, n_weight;   /* all layers and the head */
    size_t head;               /* offset of the head: W (n_out x n_class), b */
};

struct mixer {
    struct mixer_layer layer[NET_LAYERS];
    struct mixer_block block[NET_LAYERS];
    int n_layer, n_block;
    int side, n_patch, n_group, n_class; /* side x side patches */
    struct shape image;
    bool norm;                   /* of the heads' inputs */
    size_t n_weight, classifier; /* reals in all; offset of the classifier */
    int deepest, widest;         /* layers of a block; columns of a row */
};

/* In both, 0 groups: the most up to 16 that divide all layers.
 *
 * From a multi-layer perceptron: a block for every hidden layer. ERR_USAGE where
 * the groups do not divide the layers. */
enum status mixer_of_mlp(struct mixer *mixer, const struct mlp *mlp, struct shape image,
                         int n_group, bool norm, int n_class, struct error *err);

/* LocalMixer: patches -> channels -> groups; then blocks of tokens, channels, groups and
 * a residual (section 4.3). ERR_USAGE where patches or groups do not fit. */
enum status mixer_of_patches(struct mixer *mixer, struct shape image, int n_block,
                             int side, int n_channel, int n_group, int n_class,
                             struct error *err);

/* N(0, s^2), s = min(2 / sqrt(n_in), 0.1), for the layers, and for the heads of the
 * blocks; the first sets all else to 0: heads, classifier, biases. */
void mixer_init_weights(const struct mixer *mixer, real *w, struct rng rng);
void mixer_init_heads(const struct mixer *mixer, real *w, struct rng rng);

/* What one layer keeps of its forward pass. */
struct mixer_values {
    real *x, *z, *h; /* xhat; z; h */
    real *before, *after;
};
void mixer_take_values(const struct mixer *mixer, struct mixer_values *values, int images,
                       struct arena *arena);

/* n images into the rows of patches, each (height, width, channel). */
void mixer_cut(const struct mixer *mixer, struct mat x, struct mat patches);

/* h from x; input: that of the block, for a residual. */
struct mat mixer_forward(const struct mixer *mixer, int l, real *w,
                         const struct mixer_values *values, struct mat x,
                         struct mat input);

/* dz = J dx without biases; dx is overwritten. The perturbation is then added and both
 * pass the activation (mixer_activate, which is its own transpose). */
void mixer_tangent(const struct mixer *mixer, int l, real *w,
                   const struct mixer_values *values, struct mat dz, struct mat dx);
void mixer_activate(const struct mixer *mixer, int l, const struct mixer_values *values,
                    struct mat d);

/* From the derivative at z (overwritten) the gradient g of the layer, W then b; and dx,
 * the derivative at x, unless its memory is NULL. */
void mixer_backward(const struct mixer *mixer, int l, real *w,
                    const struct mixer_values *values, struct mat dz, real *g,
                    struct mat dx);

/* The pieces of that length of all rows, as rows. */
struct mat mixer_pieces(struct mat x, int length);

/* Does the layer reach the loss of every group, not only of its own? */
bool mixer_reaches_all(const struct mixer *mixer, int l);

/* Of one forward pass per image, a multiply-add counted as two; of layer l alone. */
double mixer_layer_flops(const struct mixer *mixer, int l);

#endif
