/* Where the parts of a net lie: in its blocks of weights and state, and in the working
 * memory (core/nn/net.h). What training (core/nn/net.c) and scoring
 * (core/nn/net_score.c) share. */
#ifndef CORE_NN_NET_MEMORY_H
#define CORE_NN_NET_MEMORY_H

#include "core/nn/net.h"

/* W of a layer, its elements, and its bias, which stands right after it. */
struct mat layer_weight(const struct layer *layer, const real *w);
size_t layer_matrix(const struct layer *layer);
const real *layer_bias(const struct layer *layer, const real *w);

/* scale: that of the layer, or of the fused convolution that it belongs to. state NULL =
 * without running statistics. */
struct batchnorm layer_batchnorm(const struct layer *layer, const real *w, real *state,
                                 real *scale);

/* Rows of pixels as positions x channels, for norms per channel. */
struct mat layer_channels(struct mat x, struct shape shape);

/* Of a layer in the working memory: the scales of a row norm, the argmax of a pool, what
 * a batch norm keeps of n rows (its normalised input, as positions x channels). */
real *layer_row_scale(const struct net *net, const struct net_work *work,
                      const struct layer *layer);
uint8_t *layer_argmax(const struct layer *layer, const struct net_work *work);
struct mat layer_xhat(const struct layer *layer, const struct net_work *work, int n);

/* The stored output of layer l for n rows. */
struct mat net_value(const struct net *net, const struct net_work *work, int l, int n);

/* What a pass over the layers runs on. */
struct net_run {
    const real *w;
    struct mat x; /* what its first layer reads */
    real *state;  /* running statistics: training moves them, scoring reads them. NULL =
                    training leaves them alone */
    const struct net_work *work;
    bool training; /* what the backward pass needs is kept; dropout is on */
    struct rng rng;
    int first; /* layer */
    struct mat
        back; /* weights that the derivative of an input is taken by, where there is
                        one layer that has any; empty: its own */
};

/* Of training; state: the running statistics to move. */
struct net_run net_training_run(const struct net_pass *pass, real *state);

/* What layer l of the run reads. */
struct mat net_input(const struct net *net, const struct net_run *run, int l);

/* Layer l alone, or the fused convolution that begins with it. */
void layer_forward(const struct net *net, int l, const struct net_run *run,
                   struct mat out, struct mat in);

/* Layers begin..end-1 in training. */
void net_forward_layers(const struct net *net, int begin, int end,
                        const struct net_run *run);

/* The same backward: d, the derivative of their output, becomes that of their input, which
 * is returned where it is wanted. g starts with the gradient of layer run->first; NULL: it
 * is not wanted, which no batch norm allows. */
struct mat net_backward_layers(const struct net *net, int begin, int end,
                               const struct net_run *run, struct mat d, real *g,
                               bool want_dx);

/* Layers run->first..end-1 in scoring; end must not cut a fused convolution in two. */
struct mat net_score_layers(const struct net *net, int end, const struct net_run *run);

/* What the fused convolution that begins at layer l runs on. */
struct fused_conv_data net_fused_conv(const struct net *net, int l,
                                      const struct net_run *run, struct mat y,
                                      struct mat x);

/* Takes what the layers store of n_train rows but for their values, and what the fused
 * convolutions need. */
void net_take_stored(const struct net *net, struct net_work *work, int n_train,
                     struct arena *arena);
void net_take_scratch(const struct net *net, struct net_work *work, int workers,
                      struct arena *arena);

/* Where the segment begins that ends before layer `end`. */
int net_segment(const struct net *net, int end);

#endif
