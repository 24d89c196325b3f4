/* Convolution as a matrix product of the windows' contents (im2col), one image at a time:
 * the plain method, for any geometry, that the others are compared with. */
#ifndef CORE_NN_IM2COL_H
#define CORE_NN_IM2COL_H

#include "core/nn/window.h"

/* Reals in the scratch of one image: rows x cols of its im2col matrix. */
size_t columns_size(const struct window *win);

/* W is (size size channels_in) x channels_out. x, y: n x shape_size. col: columns_size.
 */
void columns_forward(const struct window *win, struct mat y, struct mat x, struct mat w,
                     const real *b, real *col);
void columns_backward(const struct window *win, struct mat dw, struct mat x,
                      struct mat dy, real *col); /* adds to dW */
void columns_backward_input(const struct window *win, struct mat dx, struct mat dy,
                            struct mat w, real *col);

#endif
