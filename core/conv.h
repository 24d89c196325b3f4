/* Convolution and max-pooling on images stored channels innermost (NHWC).
 *
 * A convolution is im2col and one matrix product per image: the columns of one image stay
 * in the second-level cache, where those of a whole batch would not. */
#ifndef CORE_CONV_H
#define CORE_CONV_H

#include "core/dataset.h"
#include "core/mat.h"

struct window { /* geometry of a convolution or a pool */
    struct shape in, out;
    int size, stride, pad; /* a square of size x size, pad zeros on every side */
};

/* The output's shape follows from the rest; channels = of the output. Returns false when
 * the window does not fit. */
bool window_make(struct window *win, struct shape in, int channels, int size, int stride,
                 int pad);

/* Reals in the scratch of one image: rows x cols of its im2col matrix. */
size_t conv_columns(const struct window *win);

/* W is (size size channels_in) x channels_out. x, y: n x shape_size. col: conv_columns.
 */
void conv_forward(const struct window *win, struct mat y, struct mat x, struct mat w,
                  const real *b, real *col);
/* dW, db overwritten. */
void conv_backward(const struct window *win, struct mat dw, real *db, struct mat x,
                   struct mat dy, real *col);
void conv_backward_input(const struct window *win, struct mat dx, struct mat dy,
                         struct mat w, real *col);

/* from: n x out values, which of the size x size positions won (the first of equals);
 * NULL where no backward pass follows. */
void pool_forward(const struct window *win, struct mat y, struct mat x, uint8_t *from);
void pool_backward(const struct window *win, struct mat dx, struct mat dy,
                   const uint8_t *from);

#endif
