/* The fused convolution of an image with few channels, by patches (core/nn/patches.h):
 * its map goes from the convolution to the pool some rows at a time and is never stored,
 * and neither direction computes it a second time. With P the patches of all N pixels, S
 * the sum over the winners of p^T dy, and [W b] as z = p [W b],
 *
 *   mean(z) = mean(p) W + b,  var(z) = diag(W^T cov(p) W)      forward, of the batch
 *   dshift = sum of dy,  dgain = sum of dy xhat = scale W . (S - mean(p)^T dshift)
 *   dW = gain scale (S - mean(p)^T dshift - cov(p, xhat) dgain)
 *
 * the last from dz = gain scale (dy - dshift / N - xhat dgain / N), which is not zero
 * beside the winners, put into dW = P^T dz. Without batch norm dW = S. */
#ifndef CORE_NN_FUSED_CONV_PATCHES_H
#define CORE_NN_FUSED_CONV_PATCHES_H

#include "core/nn/fused_conv_pass.h"

/* Of one part; of one worker. */
size_t fused_conv_patches_sums(const struct fused_conv *fused);    /* reals */
size_t fused_conv_patches_scratch(const struct fused_conv *fused); /* reals */
size_t fused_conv_patches_moments(const struct fused_conv *fused); /* reals */

/* The sums of p^T p over the batch, fused_conv_patches_squares doubles, in the scratch.
 */
size_t fused_conv_patches_squares(const struct fused_conv *fused);
double *fused_conv_patches_square(struct pass *pass);

/* The statistics of the batch into mean and norm.scale, and what the backward pass needs
 * of them into `moments`. */
void fused_conv_patches_measure(struct pass *pass);

/* Convolution and what follows; gain and shift are those of the pass. */
void fused_conv_patches_forward(struct pass *pass);

/* All of g. With a norm pass.by tells how dz follows from dy and z. */
void fused_conv_patches_backward(struct pass *pass);

#endif
