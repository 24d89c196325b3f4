/* Layers as functions, each forward beside its backward. Rows are samples (or positions
 * of samples); y = f(x), d = derivative of the loss. Nothing here owns memory. */
#ifndef CORE_NN_LAYERS_H
#define CORE_NN_LAYERS_H

#include "core/nn/mat.h"
#include "core/nn/rng.h"

/* Dense. W is n_in x n_out.   Y = X W + 1 b^T
 * dW = X^T dY, db = column sums of dY (both overwritten); dX = dY W^T is mat_mul_nt. */
void dense_forward(struct mat y, struct mat x, struct mat w, const real *b);
void dense_backward(struct mat dw, real *db, struct mat x, struct mat dy);

/* Activations, in place. Backward takes the output y, and for SiLU the input x as well.
 */
enum activation { ACT_RELU, ACT_ELU, ACT_TANH, ACT_SILU, ACT_SIGMOID };
enum { ACTIVATIONS = ACT_SIGMOID + 1 };
void act_forward(enum activation kind, struct mat y, struct mat x);       /* y may be x */
void act_backward(enum activation kind, struct mat d, struct mat y_or_x); /* d in place */

/* Batch norm over the rows, per column (Ioffe & Szegedy 2015): y = gain xhat + shift.
 * xhat may be x. The batch's statistics are used; `mean` and `variance` run after them
 * with momentum 0.1 (unbiased variance) unless they are NULL. scale keeps 1 / sqrt(var +
 * eps). */
struct batchnorm {
    const real *gain, *shift; /* cols */
    real *mean, *variance;    /* cols, running */
    real *scale;              /* cols, scratch kept for the backward pass */
};
void batchnorm_forward(struct mat y, struct mat xhat, struct mat x,
                       struct batchnorm norm);
void batchnorm_infer(struct mat y, struct mat x, struct batchnorm norm); /* y may be x */
/* d in place; xhat from the forward pass. */
void batchnorm_backward(struct mat d, real *dgain, real *dshift, struct mat xhat,
                        struct batchnorm norm);

/* For those that pass over the rows themselves: 1 / sqrt(var + eps); and, once the
 * (biased) statistics of column j over `rows` rows are known, its scale and its running
 * ones. */
real batchnorm_scale(real variance);
void batchnorm_observe(struct batchnorm norm, int j, double mean, double variance,
                       int rows);

/* Per row, without gain and shift, in place. Layer norm: zero mean, unit variance (eps
 * 1e-5); RMS norm: unit mean square (eps 1e-8, added to the root). scale: rows, kept for
 * backward. */
void layernorm_forward(struct mat x, real *scale);
void layernorm_backward(struct mat d, struct mat y, const real *scale);
void rmsnorm_forward(struct mat x, real *scale);
void rmsnorm_backward(struct mat d, struct mat y, const real *scale);

/* Inverted dropout, in place: the same call on x and on its derivative. */
void dropout(struct mat x, real rate, struct rng rng);

#endif
