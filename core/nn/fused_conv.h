/* A convolution fused with what directly follows it: [batch norm] [relu] [max-pool]. It
 * runs a few images at a time, so that a map goes from the convolution to the pool within
 * the second-level cache, and most maps are never stored:
 *
 *   without batch norm   only the pooled output and its argmax (core/kernels/kernels.h)
 *   with batch norm      also the convolution's map z, as the statistics of the whole
 *                        batch must be known before the first value can be normalised;
 *                        and of a pool the largest z of each window, all that the sums of
 *                        the backward pass need
 *
 * Where the images have few channels (core/nn/fused_conv_patches.h), neither is kept:
 * what the norm does to the batch follows from the moments of the image.
 */
#ifndef CORE_NN_FUSED_CONV_H
#define CORE_NN_FUSED_CONV_H

#include "core/nn/conv.h"
#include "core/nn/layers.h"

struct fused_conv {
    struct conv conv;
    struct pooling pooling; /* size 1 = no pool */
    bool norm;
};

/* What it runs on; all of it belongs to the caller. Where there is scratch for each of
 * the caller's own threads (core/base/threads.h), they share the images of the batch; the
 * bits do not depend on it. */
struct fused_conv_data {
    int n;           /* images */
    struct mat x, y; /* n x in, n x out */
    struct mat w;    /* of the convolution */
    const real *b;
    struct mat back; /* weights that dx is taken by; empty: w */
    /* The next four are NULL for scoring. */
    real *z;               /* fused_conv_keeps_maps: n maps */
    real *winners;         /* fused_conv_keeps_winners: n outputs */
    uint8_t *argmax;       /* fused_conv_keeps_argmax: n outputs */
    real *moments;         /* fused_conv_moments reals */
    const double *squares; /* of these images, from fused_conv_square; NULL: not known */
    struct batchnorm norm;
    real *mean;    /* norm: of the batch, kept for the backward pass beside norm.scale */
    real *scratch; /* fused_conv_scratch reals for that many workers */
    int workers;   /* 1 or more */
};

/* What does it keep? */
bool fused_conv_keeps_argmax(const struct fused_conv *fused);
bool fused_conv_keeps_winners(const struct fused_conv *fused);
bool fused_conv_keeps_maps(const struct fused_conv *fused);
size_t fused_conv_moments(const struct fused_conv *fused);

/* By patches? */
bool fused_conv_patched(const struct fused_conv *fused);

size_t fused_conv_scratch(const struct fused_conv *fused, int workers); /* reals */

/* What the images alone give to the statistics of a batch norm, for all
 * fused convolutions of the same geometry that read them: fused_conv_squares doubles, 0
 * where none does. Of `at` only n, x and the scratch are needed. */
size_t fused_conv_squares(const struct fused_conv *fused);
void fused_conv_square(const struct fused_conv *fused, const struct fused_conv_data *at,
                       double *squares);

void fused_conv_forward(const struct fused_conv *fused, const struct fused_conv_data *at);

/* The forward pass alone, with the running statistics. */
void fused_conv_score(const struct fused_conv *fused, const struct fused_conv_data *at);

/* dw, db, and with norm dgain and dshift, overwritten; without norm dw.data NULL = none of
 * them is wanted. dx.data NULL = not wanted; dx may be the x of the data, but not dy. */
struct fused_conv_gradient {
    struct mat dw;
    real *db, *dgain, *dshift;
};
void fused_conv_backward(const struct fused_conv *fused, const struct fused_conv_data *at,
                         struct fused_conv_gradient g, struct mat dy, struct mat dx);

#endif
