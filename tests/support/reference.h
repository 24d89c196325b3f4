/* Layers, losses and optimisers in plain double loops, straight from their formulas: what
 * the kernels of core/ are held against. Matrices are row-major without padding, images
 * NHWC. */
#ifndef TESTS_SUPPORT_REFERENCE_H
#define TESTS_SUPPORT_REFERENCE_H

#include "core/nn/net.h"
#include "core/optim/optimizer.h"

/* y: n x n_out, x: n x n_in, w: n_in x n_out, b: n_out */
void reference_dense(double *y, const double *x, const double *w, const double *b, int n,
                     int n_in, int n_out);
/* w: (size size channels_in) x channels_out */
void reference_conv(const struct window *win, double *y, const double *x, const double *w,
                    const double *b, int n);
void reference_conv_backward(const struct window *win, double *dx, double *dw, double *db,
                             const double *x, const double *w, const double *dy, int n);
void reference_pool(const struct window *win, double *y, const double *x, int n);
void reference_activation(enum activation kind, double *y, const double *x, size_t n);

/* Over n rows per column; mean and variance (cols, biased) are written where not NULL. */
void reference_batchnorm(double *y, const double *x, const double *gain,
                         const double *shift, double *mean, double *variance, int n,
                         int cols);
/* With given statistics. */
void reference_batchnorm_infer(double *y, const double *x, const double *gain,
                               const double *shift, const double *mean,
                               const double *variance, int n, int cols);
void reference_layernorm(double *y, const double *x, int n, int cols);
void reference_rmsnorm(double *y, const double *x, int n, int cols);

/* -log softmax(logit)_y over the outputs with on[k] set */
double reference_cross_entropy(const double *logit, const uint8_t *on, int y, int n);

/* One weight's step along g; m, v: its moments (sgd: m is the velocity); step from 1. */
void reference_optim(const struct optim_options *o, double *w, double *m, double *v,
                     double g, int step);

/* A net without dropout on n rows, batch norms with the batch's statistics (state NULL)
 * or the running ones. Returns n x out, to be freed. */
double *reference_net(const struct net *net, const double *w, const double *state,
                      const double *x, int n);

/* The same numbers as doubles, to be freed. */
double *reference_widen(const real *x, size_t n);

/* Normals. */
void reference_draw(real *x, size_t n, double scale, uint64_t seed);

/* max_i |got_i - want_i| / max(|want_i|, a hundredth of the largest |want|, 1e-12) */
double reference_error(const real *got, const double *want, size_t n);

#endif
