#include "core/conv.h"

#include <assert.h>
#include <string.h>

#include "core/nn.h"

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

static int patch_size(const struct window *win)
{
    return win->size * win->size * win->in.channels;
}

size_t conv_columns(const struct window *win)
{
    return (size_t)(win->out.height * win->out.width) * (size_t)patch_size(win);
}

/* Visits the runs of pixels under each window: for output (oy, ox) and window row ky, `n`
 * values at image offset `at`, column offset `col`; what lies outside the image is
 * skipped. */
struct run {
    size_t image, column;
    size_t n;
};

static struct run run_of(const struct window *win, int oy, int ox, int ky)
{
    int c = win->in.channels;
    int y = oy * win->stride - win->pad + ky, x = ox * win->stride - win->pad;
    int left = x < 0 ? -x : 0;
    int right = x + win->size > win->in.width ? win->in.width - x : win->size;
    struct run run = {0};

    if (y < 0 || y >= win->in.height || right <= left)
        return run;
    run.image = (size_t)((y * win->in.width + x + left) * c);
    run.column = (size_t)(oy * win->out.width + ox) * (size_t)patch_size(win) +
                 (size_t)((ky * win->size + left) * c);
    run.n = (size_t)((right - left) * c);
    return run;
}

static void im2col(const struct window *win, const real *image, real *col)
{
    if (win->pad)
        memset(col, 0, conv_columns(win) * sizeof *col);
    for (int oy = 0; oy < win->out.height; oy++)
        for (int ox = 0; ox < win->out.width; ox++)
            for (int ky = 0; ky < win->size; ky++) {
                struct run run = run_of(win, oy, ox, ky);

                memcpy(col + run.column, image + run.image, run.n * sizeof *col);
            }
}

static void col2im(const struct window *win, real *image, const real *col)
{
    memset(image, 0, (size_t)shape_size(win->in) * sizeof *image);
    for (int oy = 0; oy < win->out.height; oy++)
        for (int ox = 0; ox < win->out.width; ox++)
            for (int ky = 0; ky < win->size; ky++) {
                struct run run = run_of(win, oy, ox, ky);

                for (size_t i = 0; i < run.n; i++)
                    image[run.image + i] += col[run.column + i];
            }
}

static struct mat columns_of(const struct window *win, real *col)
{
    return mat_of(col, win->out.height * win->out.width, patch_size(win));
}

/* Image i of a batch as positions x channels. */
static struct mat positions_of(struct mat batch, int i, struct shape shape)
{
    return mat_of(batch.at + (size_t)i * (size_t)batch.ld, shape.height * shape.width,
                  shape.channels);
}

void conv_forward(const struct window *win, struct mat y, struct mat x, struct mat w,
                  const real *b, real *col)
{
    for (int i = 0; i < x.rows; i++) {
        im2col(win, x.at + (size_t)i * (size_t)x.ld, col);
        dense_forward(positions_of(y, i, win->out), columns_of(win, col), w, b);
    }
}

void conv_backward(const struct window *win, struct mat dw, real *db, struct mat x,
                   struct mat dy, real *col)
{
    memset(db, 0, (size_t)win->out.channels * sizeof *db);
    for (int i = 0; i < x.rows; i++) {
        struct mat d = positions_of(dy, i, win->out);

        im2col(win, x.at + (size_t)i * (size_t)x.ld, col);
        mat_mul_tn(dw, columns_of(win, col), d, i > 0); /* dW += columns^T dY */
        for (int p = 0; p < d.rows; p++)
            for (int j = 0; j < d.cols; j++)
                db[j] += d.at[(size_t)p * (size_t)d.ld + (size_t)j];
    }
}

void conv_backward_input(const struct window *win, struct mat dx, struct mat dy,
                         struct mat w, real *col)
{
    for (int i = 0; i < dx.rows; i++) {
        mat_mul_nt(columns_of(win, col), positions_of(dy, i, win->out), w, false);
        col2im(win, dx.at + (size_t)i * (size_t)dx.ld, col);
    }
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
