#include "core/nn/direct_conv.h"

#include <string.h>

#include "core/base/stage.h"

/* The products need outputs in whole rows of vectors. */
bool direct_fits(const struct window *win)
{
    return win->in.channels <= DIRECT_CHANNELS && win->out.channels % KERNEL_PAD == 0;
}

/* Reals in a row of the image with its zeros. */
static size_t framed_row(const struct window *win)
{
    return (size_t)((win->in.width + 2 * win->pad) * win->in.channels);
}

size_t direct_scratch(const struct window *win)
{
    return (size_t)(win->in.height + 2 * win->pad) * framed_row(win);
}

/* The image with zeros around it; the frame must be zero already. */
static const real *framed(const struct window *win, const real *image, real *scratch)
{
    size_t row = framed_row(win), n = (size_t)(win->in.width * win->in.channels);

    if (win->pad == 0)
        return image;
    for (int y = 0; y < win->in.height; y++)
        memcpy(scratch + (size_t)(y + win->pad) * row +
                   (size_t)(win->pad * win->in.channels),
               image + (size_t)y * n, n * sizeof *image);
    return scratch;
}

static real *image_of(struct mat batch, int i)
{
    return batch.data + (size_t)i * (size_t)batch.ld;
}

static struct stage direct = {"convolution by rows"};

static void end_direct(const struct window *win, double began, int images)
{
    double window = win->size * win->size * win->in.channels;

    stage_end(&direct, began, 2.0 * images * window * shape_size(win->out));
}

/* One row of outputs, one row of the window: width x (size x channels) times W, onto the
 * biases, or, b NULL, onto what stands there. */
static void forward_row(const struct window *win, const struct kernels *k, real *y,
                        const real *image, const real *w, const real *b)
{
    size_t n_out = (size_t)win->out.channels;

    k->product(&(struct product){.rows = win->out.width,
                                 .cols = win->out.channels,
                                 .inner = win->size * win->in.channels,
                                 .a = image,
                                 .a_row = (size_t)(win->stride * win->in.channels),
                                 .a_inner = 1,
                                 .b = w,
                                 .b_row = n_out,
                                 .b_panel = KERNEL_PANEL,
                                 .start = b ? b : y,
                                 .start_row = b ? 0 : n_out,
                                 .c = y,
                                 .c_row = n_out});
}

void direct_forward(const struct window *win, const struct kernels *k, struct mat y,
                    struct mat x, const real *w, const real *b, real *scratch)
{
    size_t down = (size_t)win->stride * framed_row(win);
    size_t row = (size_t)(win->out.width * win->out.channels);
    size_t weights = (size_t)(win->size * win->in.channels * win->out.channels);
    double began = stage_begin();

    memset(scratch, 0, direct_scratch(win) * sizeof *scratch);
    for (int i = 0; i < x.rows; i++) {
        const real *image = framed(win, image_of(x, i), scratch);

        for (int oy = 0; oy < win->out.height; oy++)
            for (int ky = 0; ky < win->size; ky++)
                forward_row(win, k, image_of(y, i) + (size_t)oy * row,
                            image + (size_t)oy * down + (size_t)ky * framed_row(win),
                            w + (size_t)ky * weights, ky ? NULL : b);
    }
    end_direct(win, began, x.rows);
}

/* dW of one row of the window from one row of outputs: its size x channels weights,
 * transposed, times dY. */
static void backward_row(const struct window *win, const struct kernels *k, real *dw,
                         const real *image, const real *dy)
{
    size_t n_out = (size_t)win->out.channels;

    k->product(&(struct product){.rows = win->size * win->in.channels,
                                 .cols = win->out.channels,
                                 .inner = win->out.width,
                                 .a = image,
                                 .a_row = 1,
                                 .a_inner = (size_t)(win->stride * win->in.channels),
                                 .b = dy,
                                 .b_row = n_out,
                                 .b_panel = KERNEL_PANEL,
                                 .start = dw,
                                 .start_row = n_out,
                                 .c = dw,
                                 .c_row = n_out});
}

void direct_backward(const struct window *win, const struct kernels *k, real *dw,
                     struct mat x, struct mat dy, real *scratch)
{
    size_t row = (size_t)(win->out.width * win->out.channels);
    size_t weights = (size_t)(win->size * win->in.channels * win->out.channels);
    double began = stage_begin();

    memset(scratch, 0, direct_scratch(win) * sizeof *scratch);
    for (int i = 0; i < x.rows; i++) {
        const real *image = framed(win, image_of(x, i), scratch);

        for (int ky = 0; ky < win->size; ky++)
            for (int oy = 0; oy < win->out.height; oy++)
                backward_row(win, k, dw + (size_t)ky * weights,
                             image + (size_t)(oy * win->stride + ky) * framed_row(win),
                             image_of(dy, i) + (size_t)oy * row);
    }
    end_direct(win, began, x.rows);
}
