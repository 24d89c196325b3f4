#include "core/nn/window.h"

#include <assert.h>

#include "core/kernels/kernels.h"

bool window_make(struct window *win, struct shape in, int channels, int size, int stride,
                 int pad)
{
    int height = in.height + 2 * pad - size, width = in.width + 2 * pad - size;

    *win = (struct window){.in = in, .size = size, .stride = stride, .pad = pad};
    if (height < 0 || width < 0 || pad >= size)
        return false;
    win->out = (struct shape){height / stride + 1, width / stride + 1, channels};
    return true;
}

/* A pool alone is what may follow a convolution, without relu, gain and shift. */
static struct pooling pooling_of(const struct window *win)
{
    assert(win->pad == 0 && win->stride == win->size && win->size <= POOL_MOST);
    return (struct pooling){.map = win->in, .out = win->out, .size = win->size};
}

void pool_forward(const struct window *win, struct mat y, struct mat x, uint8_t *from)
{
    const struct kernels *kernels = kernels_default();
    struct pooling pooling = pooling_of(win);

    for (int i = 0; i < x.rows; i++)
        kernels->pool(&pooling, mat_row(y, i),
                      from ? from + (size_t)i * (size_t)y.cols : NULL, NULL,
                      mat_row(x, i), NULL, NULL);
}

void pool_follow(const struct window *win, struct mat y, struct mat x,
                 const uint8_t *from)
{
    const struct kernels *kernels = kernels_default();
    struct pooling pooling = pooling_of(win);

    for (int i = 0; i < x.rows; i++)
        kernels->pool_follow(&pooling, mat_row(y, i), from + (size_t)i * (size_t)y.cols,
                             mat_row(x, i));
}

void pool_backward(const struct window *win, struct mat dx, struct mat dy,
                   const uint8_t *from)
{
    const struct kernels *kernels = kernels_default();
    struct pooling pooling = pooling_of(win);

    for (int i = 0; i < dx.rows; i++)
        kernels->unpool(&pooling, mat_row(dx, i), mat_row(dy, i),
                        from + (size_t)i * (size_t)dy.cols, NULL, NULL, NULL, NULL, NULL);
}
