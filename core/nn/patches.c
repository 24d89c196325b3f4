#include "core/nn/patches.h"

#include <string.h>

#include "core/base/stage.h"

static size_t padded(size_t n)
{
    return (n + KERNEL_PAD - 1) / KERNEL_PAD * KERNEL_PAD;
}

/* Pixels in a row of the image with its zeros; reals in that, in the whole. */
static int frame_width(const struct window *win)
{
    return win->in.width + 2 * win->pad;
}

static size_t frame_row(const struct window *win)
{
    return (size_t)(frame_width(win) * win->in.channels);
}

static size_t frame_size(const struct window *win)
{
    return padded((size_t)(win->in.height + 2 * win->pad) * frame_row(win));
}

static size_t strip_from(const struct window *win)
{
    return frame_size(win) + padded(frame_row(win));
}

struct patches patches_of(const struct window *win, real *scratch)
{
    int length = win->size * win->size * win->in.channels;

    return (struct patches){.window = win,
                            .length = length,
                            .row = padded((size_t)length + 1),
                            .frame = scratch,
                            .below = scratch ? scratch + frame_size(win) : NULL,
                            .strip = scratch ? scratch + strip_from(win) : NULL};
}

size_t patches_scratch(const struct window *win, int rows)
{
    return strip_from(win) + (size_t)(rows * win->out.width) * patches_of(win, NULL).row;
}

/* What is around the image, the 1 and the zeros after each patch. */
void patches_clear(const struct patches *p, int rows, const real *level)
{
    const struct window *win = p->window;
    int channels = win->in.channels, height = win->in.height + 2 * win->pad;

    memset(p->frame, 0, patches_scratch(win, rows) * sizeof(real));
    for (int i = 0; i < frame_width(win) * channels && level; i++)
        p->below[i] = -level[i % channels];
    for (int y = 0; y < height; y++)
        memcpy(p->frame + (size_t)y * frame_row(win), p->below,
               frame_row(win) * sizeof(real));
    for (int i = 0; i < rows * win->out.width; i++)
        p->strip[(size_t)i * p->row + (size_t)p->length] = 1;
}

static void add(real *restrict to, const real *a, const real *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = a[i] + b[i];
}

void patches_image(const struct patches *p, const real *image)
{
    const struct window *win = p->window;
    size_t row = frame_row(win), n = (size_t)(win->in.width * win->in.channels);
    real *at = p->frame + (size_t)win->pad * row + (size_t)(win->pad * win->in.channels);

    for (int y = 0; y < win->in.height; y++)
        add(at + (size_t)y * row, image + (size_t)y * n, p->below, n);
}

/* n patches beside each other, one row of the window: runs of `run` reals. With a
 * constant run a copy is a few moves. */
static inline void copy_runs(real *to, size_t row, const real *from, size_t step,
                             size_t run, int n)
{
    for (int x = 0; x < n; x++)
        memcpy(to + (size_t)x * row, from + (size_t)x * step, run * sizeof *to);
}

void patches_gather(const struct patches *p, int first, int n)
{
    const struct window *win = p->window;
    size_t channels = (size_t)win->in.channels, run = (size_t)win->size * channels;
    size_t step = (size_t)win->stride * channels, row = p->row;
    static struct stage stage = {"patches: gather"};
    double began = stage_begin();

    for (int y = 0; y < n; y++)
        for (int ky = 0; ky < win->size; ky++) {
            real *to = p->strip + (size_t)(y * win->out.width) * row + (size_t)ky * run;
            const real *from =
                p->frame + (size_t)((first + y) * win->stride + ky) * frame_row(win);

            if (run == 9) /* 3 pixels of 3 channels */
                copy_runs(to, row, from, step, 9, win->out.width);
            else if (run == 3) /* of 1 */
                copy_runs(to, row, from, step, 3, win->out.width);
            else
                copy_runs(to, row, from, step, run, win->out.width);
        }
    stage_end(&stage, began, 0);
}

void patches_convolve(const struct patches *p, const struct kernels *k, real *z, int n,
                      const real *w, const real *b)
{
    const struct window *win = p->window;
    size_t n_out = (size_t)win->out.channels;
    static struct stage stage = {"patches: product"};
    double began = stage_begin();

    k->product(&(struct product){.rows = n * win->out.width,
                                 .cols = win->out.channels,
                                 .inner = p->length,
                                 .a = p->strip,
                                 .a_row = p->row,
                                 .a_inner = 1,
                                 .b = w,
                                 .b_row = n_out,
                                 .b_panel = KERNEL_PANEL,
                                 .start = b,
                                 .c = z,
                                 .c_row = n_out});
    stage_end(&stage, began, 2.0 * n * win->out.width * p->length * win->out.channels);
}

/* KERNEL_PAD rows at a time, from their diagonal on. */
void patches_square(const struct patches *p, const struct kernels *k, real *square, int n)
{
    static struct stage stage = {"patches: squares"};
    double began = stage_begin();

    for (int i = 0; i < p->length; i += KERNEL_PAD) {
        real *at = square + (size_t)i * p->row + i;

        k->product(&(struct product){.rows = p->length - i < KERNEL_PAD ? p->length - i
                                                                        : KERNEL_PAD,
                                     .cols = (int)p->row - i,
                                     .inner = n * p->window->out.width,
                                     .a = p->strip + i,
                                     .a_row = 1,
                                     .a_inner = p->row,
                                     .b = p->strip + i,
                                     .b_row = p->row,
                                     .b_panel = KERNEL_PANEL,
                                     .start = at,
                                     .start_row = p->row,
                                     .c = at,
                                     .c_row = p->row});
    }
    stage_end(&stage, began, 0);
}

/* From sums of products to covariances, in place; row `length`, the sums of p itself, to
 * means. */
static void centre(const struct patches *p, double *square, double pixels)
{
    double *mean = square + (size_t)p->length * p->row;

    for (int i = 0; i < p->length; i++)
        mean[i] = square[(size_t)i * p->row + (size_t)p->length] / pixels;
    for (int i = 0; i < p->length; i++)
        for (int j = i; j < p->length; j++) {
            double *above = square + (size_t)i * p->row + j;

            *above = *above / pixels - mean[i] * mean[j];
            square[(size_t)j * p->row + (size_t)i] = *above;
        }
}

void patches_moments(const struct patches *p, double *square, double pixels,
                     const real *level, const real *w, const real *b,
                     struct patch_moments to)
{
    int channels = p->window->out.channels, n_in = p->window->in.channels;
    const double *mean = square + (size_t)p->length * p->row;

    centre(p, square, pixels);
    for (int c = 0; c < channels; c++) {
        to.mean[c] = (double)b[c];
        to.variance[c] = 0;
    }
    for (int i = 0; i < p->length; i++) {
        const double *covariance = square + (size_t)i * p->row;
        const real *at = w + (size_t)i * (size_t)channels;
        double whole = mean[i] + (double)level[i % n_in];

        to.patch[i] = (real)mean[i];
        for (int c = 0; c < channels; c += KERNEL_PAD) {
            double with_z[KERNEL_PAD] = {0};

            for (int j = 0; j < p->length; j++)
                for (int k = 0; k < KERNEL_PAD; k++)
                    with_z[k] +=
                        covariance[j] * (double)w[(size_t)(j * channels + c + k)];
            for (int k = 0; k < KERNEL_PAD; k++) {
                to.mean[c + k] += whole * (double)at[c + k];
                to.variance[c + k] += with_z[k] * (double)at[c + k];
                to.with_z[(size_t)(i * channels + c + k)] = (real)with_z[k];
            }
        }
    }
}
