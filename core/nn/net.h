/* A network of layers in sequence: planned from a text, then run on weights, state and
 * working memory that the caller owns.
 *
 * The text is a preset ("mlp-400-400", net_presets) or a list of layers separated by
 * commas:
 *
 *   conv C S [stride N] [valid|same]   C output channels, S x S window; same (the
 *                                      default, S odd) pads so that the size stays
 *   pool S                             max over S x S, stride S, floor
 *   dense N                            flattens what comes in
 *   relu | elu | tanh | silu | sigmoid
 *   batchnorm | layernorm | rmsnorm    per channel; per row; per row (core/nn/layers.h)
 *   dropout P                          0 <= P < 1
 *
 * Weights are one flat block, layer after layer: W (n_in x n_out), then b; for batchnorm
 * the gains, then the shifts. State (running statistics) is another. */
#ifndef CORE_NN_NET_H
#define CORE_NN_NET_H

#include "core/nn/fused_conv.h"
#include "core/nn/init.h"
#include "core/nn/layers.h"

enum { NET_LAYERS = 64 };

enum layer_kind {
    LAYER_CONV,
    LAYER_POOL,
    LAYER_DENSE,
    LAYER_ACTIVATION,
    LAYER_BATCHNORM,
    LAYER_LAYERNORM,
    LAYER_RMSNORM,
    LAYER_DROPOUT,
};

struct layer {
    enum layer_kind kind;
    enum activation activation; /* LAYER_ACTIVATION */
    struct shape in, out;
    struct window window; /* conv, pool */
    double rate;          /* dropout */
    size_t weight;        /* offset in the weight block */
    int n_in, n_unit; /* W is n_in x n_unit; batchnorm: n_unit gains; 0 = no weights */
    size_t state;     /* batchnorm: offset of n_unit means, then n_unit variances */
    int span;         /* layers from this one on that run as one fused convolution, or 1;
                           0 = this one runs with those before it */
    struct fused_conv fused; /* conv: with the layers that it takes in */
    size_t value;            /* offset of the output in the values of one row; of a fused
                           convolution: of its last layer's */
    bool checkpoint;         /* a segment ends here (net_recompute) */
    bool cut;                /* a module ends here (core/nn/modules.h) */
    bool in_place;           /* the output overwrites the input */
    bool kept;               /* a backward pass needs the output as it is */
    size_t xhat;    /* batchnorm: offset of xhat in the values of one row; a fused
                     convolution that keeps its map: of that */
    size_t winners; /* a fused convolution that keeps winners: their offset, likewise */
    size_t argmax;  /* pool, fused convolution: offset in the bytes of one row */
    size_t
        scale; /* norms: offset in the scales; a fused norm's means and moments follow */
};

struct net {
    struct layer layer[NET_LAYERS];
    int n_layer;
    const struct kernels *kernels; /* the best for this processor */
    struct shape in, out;
    int segments;   /* see net_recompute; 0 and 1 = one */
    bool alternate; /* modules share the values of two of them (core/nn/modules.h) */
    size_t n_weight, n_state;    /* reals */
    size_t n_value, n_argmax;    /* per row: reals, bytes */
    size_t n_scale, n_scale_row; /* reals: of batch norms; per row, of row norms */
    size_t widest;               /* reals per row: of any input (but the first) or output
                                    of a layer that runs */
};

struct net_preset {
    const char *name, *layers, *help;
};

extern const struct net_preset net_presets[]; /* ends with a NULL name */

/* Working memory for up to n_train rows in net_forward and n_score rows in net_score. */
struct net_work {
    real *value;     /* n_train x n_value */
    uint8_t *argmax; /* n_train x n_argmax */
    real *scale;     /* n_scale + n_train x n_scale_row */
    real *delta[2];  /* max(n_train, n_score) x widest (or input, if dx is wanted) */
    real *scratch;   /* the most that any fused convolution needs */
    int workers;     /* threads that have scratch */
    const double *squares; /* net_square of the next batch, or NULL; set by the caller */
    int n_train, n_score;
};

enum net_mode {
    NET_TRAIN,   /* batch statistics, running ones updated; dropout on */
    NET_MEASURE, /* the same, but running statistics stay: for gradients alone */
};

/* ERR_USAGE names the layer and what is wrong with it. */
enum status net_parse(struct net *net, const char *text, struct shape in,
                      struct error *err);

/* Adds a list of layers at the end; presets are not known here. */
enum status net_add(struct net *net, const char *layers, struct error *err);

/* Which layers run together, and where everything lies. The two above call it; call it
 * again after a change of kernels. */
void net_plan(struct net *net);

/* Cuts the net into segments of about equal activations, whose memory they then share:
 * the forward pass keeps the output of each, and the backward pass runs every segment but
 * the last once more (gradient checkpointing: Chen et al. 2016, arXiv:1604.06174). The
 * results are the same bits. A net with few layers has fewer segments. */
void net_recompute(struct net *net, int segments);

/* want_dx: will net_backward be asked for dx? workers: how many of the
 * caller's own threads share the convolutions of a batch (each takes scratch); 1 where
 * whole nets run side by side. */
void net_take_work(const struct net *net, struct net_work *work, int n_train, int n_score,
                   bool want_dx, int workers, struct arena *arena);

/* Another memory for net_forward and net_backward beside `first`, of the same net or of
 * one planned from the same text, with the same scratch: both keep what they stored, but
 * only one of them may be at work at a time. */
void net_take_more(const struct net *net, struct net_work *work,
                   const struct net_work *first, struct arena *arena);

/* Weights by `init` (gains 1, shifts 0), each layer from a stream of its own. */
void net_init_weights(const struct net *net, real *w, enum init init, struct rng rng);
void net_init_state(const struct net *net, real *state); /* means 0, variances 1 */

/* What the forward and the backward pass over a batch are both given. */
struct net_pass {
    const real *w;
    const struct net_work *work;
    struct mat x;   /* n x in, n <= n_train */
    struct rng rng; /* dropout draws its masks from it, the same in both passes */
};

/* The result, n x out, lies in work and stands until the next call. state: NULL leaves
 * the running statistics alone. */
struct mat net_forward(const struct net *net, const struct net_pass *pass, real *state,
                       enum net_mode mode);

/* What nets that begin with the same convolution, and train on the same images, need to
 * find but once where a batch norm follows it: net_squares doubles (0: nothing), for
 * `squares` of their working memory. The results are the same bits. */
size_t net_squares(const struct net *net);
void net_square(const struct net *net, const struct net_work *work, struct mat x,
                double *squares);

/* From dy (n x out, overwritten; may be the result of net_forward itself when the last
 * layer is dense) to g, the gradient of the weight block, overwritten. Returns dx, n x
 * in, lying in work, if want_dx, else an empty matrix. What net_forward stored for this
 * pass is used up: call it once for each forward pass. */
struct mat net_backward(const struct net *net, const struct net_pass *pass, struct mat dy,
                        real *g, bool want_dx);

/* What net_forward returned for n rows. */
struct mat net_output(const struct net *net, const struct net_work *work, int n);

/* The forward pass alone: running statistics (only read), no dropout, nothing stored. The
 * result, n x out (n <= n_score), lies in work. */
struct mat net_score(const struct net *net, const real *w, real *state,
                     const struct net_work *work, struct mat x);

/* The same without the last layer: what a head of one dense layer reads. */
struct mat net_features(const struct net *net, const real *w, real *state,
                        const struct net_work *work, struct mat x);

/* Per row, a multiply-add counted as two; only convolutions and dense layers count. */
double net_flops_forward(const struct net *net);
double net_flops_backward(const struct net *net, bool want_dx); /* with recomputation */

#endif
