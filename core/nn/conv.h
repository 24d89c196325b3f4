/* Convolutions (NHWC), by the way that suits their geometry:
 *
 *   direct     images of few channels        core/nn/direct_conv.h
 *   Winograd   3x3, stride 1                 core/nn/winograd.h
 *   columns    everything else               core/nn/im2col.h, the plain reference
 *
 * A pass over a batch runs a few images at a time, so that what is done to them next
 * finds them in the cache: begin, images, ..., images, end. The scratch, of conv_scratch
 * reals, must be left alone from begin to end; but a direct convolution keeps nothing in
 * it, and may run forward in the middle of a backward pass. */
#ifndef CORE_NN_CONV_H
#define CORE_NN_CONV_H

#include "core/kernels/kernels.h"
#include "core/nn/window.h"

enum conv_way { CONV_COLUMNS, CONV_DIRECT, CONV_WINOGRAD };

struct conv {
    struct window window;
    enum conv_way way;
    const struct kernels *kernels;
};

struct conv conv_plan(const struct window *win, const struct kernels *kernels);

size_t conv_scratch(const struct conv *conv); /* reals */

/* Images that go through a pass together. A constant of the geometry, for a nominal
 * second-level cache of 2 MiB, so that bits and bytes are the same on every machine. */
int conv_images(const struct conv *conv);

/* W is (size size channels_in) x channels_out. x, y: n x shape_size. */
void conv_begin(const struct conv *conv, struct mat w, real *scratch);
void conv_forward(const struct conv *conv, struct mat y, struct mat x, struct mat w,
                  const real *b, real *scratch);

/* dW is complete after end; an empty one is not wanted, and there is no end then. Will
 * the data gradient be asked for (want_dx)? What a begin with want_dx made of the weights
 * stands through later begins without it, as long as the scratch is used for nothing
 * else: for a batch in several parts. */
void conv_backward_begin(const struct conv *conv, struct mat dw, struct mat w,
                         bool want_dx, real *scratch);
void conv_backward(const struct conv *conv, struct mat dw, struct mat x, struct mat dy,
                   real *scratch);
void conv_backward_input(const struct conv *conv, struct mat dx, struct mat dy,
                         struct mat w, real *scratch);
void conv_backward_end(const struct conv *conv, struct mat dw, real *scratch);

/* A whole batch, on the thread that calls: y from x; dW, summed over n pairs of x and dy;
 * dx from dy. */
void conv_batch_forward(const struct conv *conv, struct mat y, struct mat x, struct mat w,
                        const real *b, real *scratch);
void conv_batch_backward(const struct conv *conv, struct mat dw, const struct mat *x,
                         const struct mat *dy, int n, real *scratch);
void conv_batch_backward_input(const struct conv *conv, struct mat dx, struct mat dy,
                               struct mat w, real *scratch);

#endif
