#include "core/nn/conv.h"

#include <string.h>

#include "core/nn/direct_conv.h"
#include "core/nn/im2col.h"
#include "core/nn/winograd.h"

enum { MAP_BYTES = 1 << 19 }; /* of the maps that go through together, as floats */

struct conv conv_plan(const struct window *win, const struct kernels *kernels)
{
    enum conv_way way = winograd_fits(win) ? CONV_WINOGRAD
                        : direct_fits(win) ? CONV_DIRECT
                                           : CONV_COLUMNS;

    return (struct conv){*win, way, kernels};
}

size_t conv_scratch(const struct conv *conv)
{
    size_t columns = columns_size(&conv->window), direct = direct_scratch(&conv->window);

    switch (conv->way) {
    case CONV_WINOGRAD:
        return winograd_scratch(&conv->window);
    case CONV_DIRECT: /* its data gradient goes by columns */
        return direct > columns ? direct : columns;
    case CONV_COLUMNS:
        break;
    }
    return columns;
}

int conv_images(const struct conv *conv)
{
    const struct window *win = &conv->window;
    size_t map =
        ((size_t)shape_size(win->in) + (size_t)shape_size(win->out)) * sizeof(float);
    int images =
        conv->way == CONV_WINOGRAD ? winograd_images(win) : (int)(MAP_BYTES / map);

    return images > 1 ? images : 1;
}

void conv_begin(const struct conv *conv, struct mat w, real *scratch)
{
    if (conv->way == CONV_WINOGRAD)
        winograd_begin(&conv->window, conv->kernels, w.data, scratch);
}

void conv_forward(const struct conv *conv, struct mat y, struct mat x, struct mat w,
                  const real *b, real *scratch)
{
    switch (conv->way) {
    case CONV_COLUMNS:
        columns_forward(&conv->window, y, x, w, b, scratch);
        break;
    case CONV_DIRECT:
        direct_forward(&conv->window, conv->kernels, y, x, w.data, b, scratch);
        break;
    case CONV_WINOGRAD:
        winograd_forward(&conv->window, conv->kernels, y, x, b, scratch);
        break;
    }
}

void conv_backward_begin(const struct conv *conv, struct mat dw, struct mat w,
                         bool want_dx, real *scratch)
{
    if (conv->way == CONV_WINOGRAD)
        winograd_backward_begin(&conv->window, conv->kernels, want_dx ? w.data : NULL,
                                scratch);
    else if (dw.data)
        memset(dw.data, 0, (size_t)dw.rows * (size_t)dw.cols * sizeof *dw.data);
}

void conv_backward(const struct conv *conv, struct mat dw, struct mat x, struct mat dy,
                   real *scratch)
{
    switch (conv->way) {
    case CONV_COLUMNS:
        columns_backward(&conv->window, dw, x, dy, scratch);
        break;
    case CONV_DIRECT:
        direct_backward(&conv->window, conv->kernels, dw.data, x, dy, scratch);
        break;
    case CONV_WINOGRAD:
        winograd_backward(&conv->window, conv->kernels, x, dy, scratch);
        break;
    }
}

void conv_backward_input(const struct conv *conv, struct mat dx, struct mat dy,
                         struct mat w, real *scratch)
{
    if (conv->way == CONV_WINOGRAD)
        winograd_backward_input(&conv->window, conv->kernels, dx, dy, scratch);
    else
        columns_backward_input(&conv->window, dx, dy, w, scratch);
}

void conv_backward_end(const struct conv *conv, struct mat dw, real *scratch)
{
    if (conv->way == CONV_WINOGRAD)
        winograd_backward_end(&conv->window, conv->kernels, dw.data, scratch);
}

/* Rows from row i on that go together. */
static int group(const struct conv *conv, int i, int rows)
{
    int images = conv_images(conv);

    return rows - i < images ? rows - i : images;
}

void conv_batch_forward(const struct conv *conv, struct mat y, struct mat x, struct mat w,
                        const real *b, real *scratch)
{
    conv_begin(conv, w, scratch);
    for (int i = 0, n; i < x.rows; i += n) {
        n = group(conv, i, x.rows);
        conv_forward(conv, mat_rows(y, i, n), mat_rows(x, i, n), w, b, scratch);
    }
}

void conv_batch_backward(const struct conv *conv, struct mat dw, const struct mat *x,
                         const struct mat *dy, int n, real *scratch)
{
    conv_backward_begin(conv, dw, dw, false, scratch);
    for (int k = 0; k < n; k++)
        for (int i = 0, rows; i < x[k].rows; i += rows) {
            rows = group(conv, i, x[k].rows);
            conv_backward(conv, dw, mat_rows(x[k], i, rows), mat_rows(dy[k], i, rows),
                          scratch);
        }
    conv_backward_end(conv, dw, scratch);
}

void conv_batch_backward_input(const struct conv *conv, struct mat dx, struct mat dy,
                               struct mat w, real *scratch)
{
    conv_backward_begin(conv, (struct mat){0}, w, true, scratch);
    for (int i = 0, n; i < dx.rows; i += n) {
        n = group(conv, i, dx.rows);
        conv_backward_input(conv, mat_rows(dx, i, n), mat_rows(dy, i, n), w, scratch);
    }
}
