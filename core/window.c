#include "core/window.h"

#include <assert.h>
#include <string.h>

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

/* Offset in the input image of window position k of output position p, channel 0. */
static size_t pool_source(const struct window *win, int p, int k)
{
    int y = p / win->out.width * win->stride + k / win->size;
    int x = p % win->out.width * win->stride + k % win->size;

    return (size_t)((y * win->in.width + x) * win->in.channels);
}

/* Keeps the larger of y and candidate, and in `from` which it was; without branches. */
static void keep_larger(real *restrict y, uint8_t *restrict from, const real *candidate,
                        int k, int n)
{
    for (int j = 0; j < n; j++) {
        bool larger = candidate[j] > y[j];

        y[j] = larger ? candidate[j] : y[j];
        from[j] = larger ? (uint8_t)k : from[j];
    }
}

static void pool_position(const struct window *win, real *y, const real *x, int p,
                          uint8_t *from)
{
    int c = win->in.channels;

    memcpy(y, x + pool_source(win, p, 0), (size_t)c * sizeof *y);
    if (from)
        memset(from, 0, (size_t)c);
    for (int k = 1; k < win->size * win->size; k++) {
        const real *candidate = x + pool_source(win, p, k);

        if (from)
            keep_larger(y, from, candidate, k, c);
        for (int j = 0; j < c && !from; j++)
            y[j] = candidate[j] > y[j] ? candidate[j] : y[j];
    }
}

void pool_forward(const struct window *win, struct mat y, struct mat x, uint8_t *from)
{
    int positions = win->out.height * win->out.width, c = win->out.channels;

    assert(win->pad == 0 && win->size <= 16);
    for (int i = 0; i < x.rows; i++)
        for (int p = 0; p < positions; p++) {
            size_t at = (size_t)(p * c);

            pool_position(win, y.at + (size_t)i * (size_t)y.ld + at,
                          x.at + (size_t)i * (size_t)x.ld, p,
                          from ? from + (size_t)i * (size_t)y.cols + at : NULL);
        }
}

void pool_follow(const struct window *win, struct mat y, struct mat x,
                 const uint8_t *from)
{
    int positions = win->out.height * win->out.width, c = win->out.channels;

    for (int i = 0; i < x.rows; i++)
        for (int p = 0; p < positions; p++)
            for (int j = 0; j < c; j++) {
                size_t at = (size_t)(p * c + j);
                int k = from[(size_t)i * (size_t)y.cols + at];

                mat_row(y, i)[at] = mat_row(x, i)[pool_source(win, p, k) + (size_t)j];
            }
}

void pool_backward(const struct window *win, struct mat dx, struct mat dy,
                   const uint8_t *from)
{
    int positions = win->out.height * win->out.width, c = win->out.channels;

    for (int i = 0; i < dx.rows; i++) {
        real *image = dx.at + (size_t)i * (size_t)dx.ld;

        memset(image, 0, (size_t)dx.cols * sizeof *image);
        for (int p = 0; p < positions; p++)
            for (int j = 0; j < c; j++) {
                size_t at = (size_t)(p * c + j);
                int k = from[(size_t)i * (size_t)dy.cols + at];

                image[pool_source(win, p, k) + (size_t)j] +=
                    dy.at[(size_t)i * (size_t)dy.ld + at];
            }
    }
}
