/* A network taken apart: modules that a rule runs, differentiates and trains one by one,
 * where core/nn/net.h runs a network as a whole.
 *
 *   h_0 = x,   h_s = F_s(h_{s-1}),   s = 1..n
 *
 * A module is a convolution or a dense layer with the layers beside it, up to where the
 * net is cut. What it reads and what it returns are rows of values, a map row by row, its
 * channels last. A rule thus treats all kinds of layers alike: it gives an error at the
 * output of a module, and gets the gradient of its weights, or the error at its input.
 *
 * Weights are one flat block, module after module, laid out as those of the net. */
#ifndef CORE_NN_MODULES_H
#define CORE_NN_MODULES_H

#include "core/nn/net.h"

enum module_cut {
    /* before every convolution or dense layer but the first: all that follows one belongs
     * to it */
    CUT_BEFORE_WEIGHTS,
    /* the same, but pools and dropout right before one belong to it: they do not touch
     * what the module below returns */
    CUT_BEFORE_POOLS,
    /* after every one but the last: F_s(z) = act(z) W + b */
    CUT_AFTER_WEIGHTS,
};

struct module {
    int first, end;   /* its layers: first..end-1 */
    int weights;      /* the one that is a convolution or dense */
    struct shape out; /* of what it returns */
};

struct modules {
    struct net net;
    struct module module[NET_LAYERS + 1]; /* from 1 */
    int n;
};

/* n_out: of a dense layer that is added at the end; 0 = none. ERR_USAGE names the layer, or
 * the rule where the net has no module. */
enum status modules_parse(struct modules *modules, const char *rule, const char *net,
                          struct shape in, int n_out, enum module_cut cut,
                          struct error *err);

/* ERR_USAGE, with the reason and the remedy, where a layer is of that kind. */
enum status modules_refuse(const struct modules *modules, enum layer_kind kind,
                           const char *why, struct error *err);

/* From now on the values of two modules, one after the other, have to do: those of module
 * s are lost when module s + 2 runs, and net_backward of the whole net is out of the
 * question. */
void modules_alternate(struct modules *modules);

/* Working memory of modules that alternate, to train them one by one and to score: what is
 * scored lies where the values of training lie. */
void modules_take_work(const struct modules *modules, struct net_work *train,
                       struct net_work *score, int n_train, int n_score, int workers,
                       struct arena *arena);

/* As net_init_weights, with the layers that have weights counted from 1. */
void modules_init_weights(const struct modules *modules, real *w, enum init init,
                          struct rng rng);

/* Of module s, in a block that is laid out as the weights: its part, of module_size reals;
 * the matrix of its convolution (net.h) or dense layer; the bias. */
size_t module_size(const struct modules *modules, int s);
struct vec module_block(const struct modules *modules, real *block, int s);
struct mat module_weight(const struct modules *modules, real *block, int s);
real *module_bias(const struct modules *modules, real *block, int s);

/* As net_forward; x of the pass is what the module reads. The result lies in work until
 * the module, or the one after it, runs again. */
struct mat module_forward(const struct modules *modules, int s,
                          const struct net_pass *pass, real *state, enum net_mode mode);

/* What module s returned for n rows, from module_forward or from net_forward. */
struct mat module_output(const struct modules *modules, const struct net_work *work,
                         int s, int n);

/* As net_score; x is what the module reads, and may be what module_score returned. */
struct mat module_score(const struct modules *modules, int s, const real *w, real *state,
                        const struct net_work *work, struct mat x);

/* The vector-Jacobian products of a module at its last forward pass. */
struct module_error {
    struct mat dy;   /* at its output; overwritten unless its last layer has weights */
    real *g;         /* the gradient of its weights, laid out as module_block; NULL = not
                        wanted, which no batch norm allows */
    bool want_dx;    /* the error at its input, which is returned and lies in work */
    struct mat back; /* takes the error down; laid out as module_weight; empty: that */
};

/* dy and what is returned may not be the same memory, but dy of one module may be what
 * the module above returned. Where both are wanted by calls of their own, the one for the
 * weights comes first. */
struct mat module_backward(const struct modules *modules, int s,
                           const struct net_pass *pass, struct module_error error);

/* Of one product with the weights of module s per row, a multiply-add counted as two. */
double module_flops(const struct modules *modules, int s);

#endif
