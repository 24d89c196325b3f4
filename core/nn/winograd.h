/* Convolution 3x3 with stride 1 by Winograd's minimal filtering F(4x4, 3x3) (Lavin & Gray
 * 2016): 36 multiplications for a 4x4 tile of the output where the plain sum takes 144.
 *
 * The output is cut into 4x4 tiles, each computed from a 6x6 tile of the input; what
 * sticks out at the edges is read as zero and not written. For a block of tiles at once,
 *
 *   V_q = transformed input    tiles x channels in     for each of 36 points q
 *   M_q = V_q U_q              tiles x channels out    U: the transformed weights
 *   y   = transformed M
 *
 * The data gradient is the same convolution of dy, with the window turned by 180 degrees
 * and inputs and outputs swapped. The weight gradient sums dU_q = V_q^T dM_q over all
 * tiles of a batch and is transformed back once.
 *
 * The block is as many tiles as make V and M fill a quarter of a nominal 2 MiB
 * second-level cache: the rest is for the weights and the images. Half of that and twice
 * that are as fast. */
#ifndef CORE_NN_WINOGRAD_H
#define CORE_NN_WINOGRAD_H

#include "core/kernels/kernels.h"
#include "core/nn/window.h"

/* Does it apply, and pay? */
bool winograd_fits(const struct window *win);

int winograd_images(const struct window *win);     /* that make a block, 1 or more */
size_t winograd_scratch(const struct window *win); /* reals */

/* Each pass: begin, then any number of images at a time, then, for the weights, end.
 * Between begin and end the scratch belongs to the pass. w: 9 x channels in x channels
 * out. */
void winograd_begin(const struct window *win, const struct kernels *k, const real *w,
                    real *scratch);
void winograd_forward(const struct window *win, const struct kernels *k, struct mat y,
                      struct mat x, const real *b, real *scratch);

/* w NULL: the data gradient is not wanted. */
void winograd_backward_begin(const struct window *win, const struct kernels *k,
                             const real *w, real *scratch);
void winograd_backward(const struct window *win, const struct kernels *k, struct mat x,
                       struct mat dy, real *scratch);
void winograd_backward_input(const struct window *win, const struct kernels *k,
                             struct mat dx, struct mat dy, real *scratch);
void winograd_backward_end(const struct window *win, const struct kernels *k, real *dw,
                           real *scratch);

#endif
