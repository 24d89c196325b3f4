/* Patches of an image with few channels: for each output of a convolution the size x size
 * x channels reals that its window sees, then a 1, then zeros up to a multiple of
 * KERNEL_PAD. With p a patch, and W over b the weights over the biases,
 *
 *   z = p [W b]                  is the convolution,
 *   sum of p^T dz over pixels    its gradient,
 *   sum of p^T p                 all that the mean and the variance of z depend on.
 *
 * A few rows of outputs are gathered at a time, which stay in the first-level cache.
 *
 * Sums over images far from 0 lose digits. Where only differences count, as with a batch
 * norm, a level is taken off each channel first, off the zeros around the image too. */
#ifndef CORE_NN_PATCHES_H
#define CORE_NN_PATCHES_H

#include "core/kernels/kernels.h"
#include "core/nn/window.h"

struct patches {
    const struct window *window;
    int length; /* size x size x channels, without the 1 */
    size_t row; /* reals from one patch to the next */
    real *frame, *strip;
    real *below; /* a row of the image and its zeros: minus the level */
};

/* For up to `rows` rows of outputs; scratch NULL: for the sizes alone. */
struct patches patches_of(const struct window *win, real *scratch);
size_t patches_scratch(const struct window *win, int rows); /* reals */

/* To be called once before the images. level: one for each channel; NULL: 0. */
void patches_clear(const struct patches *p, int rows, const real *level);
void patches_image(const struct patches *p, const real *image);

/* Gathers those of the image's outputs in the rows first..first+n-1 into the strip, n x
 * width x row. */
void patches_gather(const struct patches *p, int first, int n);

/* z of the outputs that were gathered, n rows of them. */
void patches_convolve(const struct patches *p, const struct kernels *k, real *z, int n,
                      const real *w, const real *b);

/* Adds their p^T p to square, row x row: to the elements on and above the diagonal, some
 * below are worthless. */
void patches_square(const struct patches *p, const struct kernels *k, real *square,
                    int n);

/* From the sums p^T p over `pixels` pixels, as patches_square leaves them: the mean patch
 * above the level (length), its covariance with z (length x channels), and the mean and
 * the biased variance of z. square is overwritten: length + 1 rows of `row`. A variance is a
 * difference of numbers that may be much larger, hence double. */
struct patch_moments {
    real *patch, *with_z;
    double *mean, *variance; /* channels */
};
void patches_moments(const struct patches *p, double *square, double pixels,
                     const real *level, const real *w, const real *b,
                     struct patch_moments to);

#endif
