/* The geometry of a window that moves over an image, and max-pooling as such. */
#ifndef CORE_NN_WINDOW_H
#define CORE_NN_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/dataset.h"
#include "core/nn/mat.h"

struct window { /* geometry of a convolution or a pool */
    struct shape in, out;
    int size, stride, pad; /* a square of size x size, pad zeros on every side */
};

/* The output's shape follows from the rest; channels = of the output. Returns false when
 * the window does not fit. */
bool window_make(struct window *win, struct shape in, int channels, int size, int stride,
                 int pad);

enum { POOL_MOST = 16 }; /* largest size: positions are bytes */

/* Windows side by side: stride = size, no padding. from: n x out values, which of the
 * size x size positions won (the first of equals); NULL where no backward pass follows.
 */
void pool_forward(const struct window *win, struct mat y, struct mat x, uint8_t *from);
/* The values at those positions, whichever is the largest now. */
void pool_follow(const struct window *win, struct mat y, struct mat x,
                 const uint8_t *from);
void pool_backward(const struct window *win, struct mat dx, struct mat dy,
                   const uint8_t *from);

#endif
