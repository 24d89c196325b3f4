/* Convolution of images with few channels, such as a first layer's, without transforms:
 * in an image stored with zeros around it, the values under one row of the window at
 * neighbouring outputs are overlapping rows of a matrix, stride x channels reals apart.
 */
#ifndef CORE_NN_DIRECT_CONV_H
#define CORE_NN_DIRECT_CONV_H

#include "core/kernels/kernels.h"
#include "core/nn/window.h"

enum { DIRECT_CHANNELS = 4 }; /* the most that an image may have */

bool direct_fits(const struct window *win);
size_t direct_scratch(const struct window *win); /* reals */

/* w: size x size x channels in x channels out. */
void direct_forward(const struct window *win, const struct kernels *k, struct mat y,
                    struct mat x, const real *w, const real *b, real *scratch);
/* Adds to dw. */
void direct_backward(const struct window *win, const struct kernels *k, real *dw,
                     struct mat x, struct mat dy, real *scratch);

#endif
