#include "core/nn/winograd.h"

#include <assert.h>
#include <string.h>

#include "core/base/stage.h"

enum {
    TILE = 4,              /* outputs of a tile, per side */
    SPAN = 6,              /* inputs of a tile, per side */
    POINTS = 36,           /* SPAN x SPAN */
    BLOCK_BYTES = 1 << 19, /* of V and M, as floats: a quarter of the nominal cache */
    LEAST_CHANNELS = 8,    /* with fewer the transforms cost more than they save */
    LINE = 16,             /* reals: see struct spread */
};

static size_t padded(int n, int to)
{
    return (size_t)((n + to - 1) / to * to);
}

/* A convolution from one map to another; for the data gradient from dy to dx. */
struct pass {
    struct shape from, to;
    int pad;
    int across, tiles; /* tiles in a row, in an image */
};

static struct pass pass_of(struct shape from, struct shape to, int pad)
{
    int across = (to.width + TILE - 1) / TILE, down = (to.height + TILE - 1) / TILE;

    return (struct pass){from, to, pad, across, across * down};
}

static struct pass pass_forward(const struct window *win)
{
    return pass_of(win->in, win->out, win->pad);
}

static struct pass pass_to_input(const struct window *win)
{
    return pass_of(win->out, win->in, 2 - win->pad);
}

/* Tiles at a time. */
static int block_of(const struct window *win)
{
    size_t channels =
        padded(win->in.channels, KERNEL_PAD) + padded(win->out.channels, KERNEL_PAD);
    int most = (int)((size_t)BLOCK_BYTES / (POINTS * channels * sizeof(float)));

    return most > TILE ? most : TILE;
}

int winograd_images(const struct window *win)
{
    int images = block_of(win) / pass_forward(win).tiles;

    return images > 1 ? images : 1;
}

bool winograd_fits(const struct window *win)
{
    return win->size == 3 && win->stride == 1 && win->in.channels >= LEAST_CHANNELS &&
           win->out.channels >= LEAST_CHANNELS;
}

/* Matrices of one size, one for each point: rows of `row` reals, `point` reals apart. A
 * cache line is left between points, or at sizes that are powers of two all 36 stores of
 * a tile would fall into the same set of the cache. */
struct spread {
    real *at;
    size_t row, point;
};

static struct spread spread_of(real *at, int rows, int channels)
{
    size_t row = padded(channels, KERNEL_PAD);

    return (struct spread){at, row, (size_t)rows * row + LINE};
}

/* The scratch: zeros, weights, their gradient, V, M. */
struct parts {
    const real *zero; /* as long as the longest row */
    real *u, *du;
    real *in, *out; /* room for a block of V of x, or dM of dx; the other */
    size_t size;
};

static size_t packed_size(int rows, int cols)
{
    return POINTS * (size_t)rows * padded(cols, KERNEL_PANEL);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static struct parts parts_of(const struct window *win, real *scratch)
{
    int in = win->in.channels, out = win->out.channels, block = block_of(win);
    size_t zero = padded(in > out ? in : out, KERNEL_PANEL);
    size_t u = larger(packed_size(in, out), packed_size(out, in));
    size_t du = POINTS * (size_t)in * padded(out, KERNEL_PAD);
    size_t v = POINTS * spread_of(NULL, block, in).point;
    size_t m = POINTS * spread_of(NULL, block, out).point;
    struct parts parts = {.zero = scratch, .size = zero + u + du + v + m};

    if (scratch) {
        parts.u = scratch + zero;
        parts.du = parts.u + u;
        parts.in = parts.du + du;
        parts.out = parts.in + v;
    }
    return parts;
}

size_t winograd_scratch(const struct window *win)
{
    return parts_of(win, NULL).size;
}

/* The pixels of a side x side square whose corner is (y, x), those outside of the image
 * replaced. image: pixels x channels. */
static void pixels_of(const real *pixel[], int side, const real *image,
                      struct shape shape, int y, int x, const real *outside)
{
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++) {
            bool inside =
                y + i >= 0 && y + i < shape.height && x + j >= 0 && x + j < shape.width;

            *pixel++ = inside ? image + ((y + i) * shape.width + x + j) * shape.channels
                              : outside;
        }
}

static real *image_of(struct mat batch, int i)
{
    return batch.data + (size_t)i * (size_t)batch.ld;
}

/* V of n tiles from `first`, counted through the images of x. */
static void transform_input(const struct pass *p, const struct kernels *k,
                            struct spread v, struct mat x, int first, int n,
                            const real *zero)
{
    static struct stage stage = {"winograd: input"};
    const real *pixel[SPAN * SPAN];
    double began = stage_begin();

    for (int t = 0; t < n; t++) {
        int tile = (first + t) % p->tiles;

        pixels_of(pixel, SPAN, image_of(x, (first + t) / p->tiles), p->from,
                  tile / p->across * TILE - p->pad, tile % p->across * TILE - p->pad,
                  zero);
        k->winograd_input(v.at + (size_t)t * v.row, v.point, pixel, p->from.channels);
    }
    stage_end(&stage, began, 0);
}

static void transform_output(const struct pass *p, const struct kernels *k, struct mat y,
                             struct spread m, int first, int n, const real *b)
{
    static struct stage stage = {"winograd: output"};
    union {
        const real *in[TILE * TILE];
        real *out[TILE * TILE];
    } pixel;
    double began = stage_begin();

    for (int t = 0; t < n; t++) {
        int tile = (first + t) % p->tiles;

        pixels_of(pixel.in, TILE, image_of(y, (first + t) / p->tiles), p->to,
                  tile / p->across * TILE, tile % p->across * TILE, NULL);
        k->winograd_output(pixel.out, m.at + (size_t)t * m.row, m.point, b,
                           p->to.channels);
    }
    stage_end(&stage, began, 0);
}

static void transform_output_gradient(const struct pass *p, const struct kernels *k,
                                      struct spread m, struct mat dy, int first, int n,
                                      const real *zero)
{
    static struct stage stage = {"winograd: output's gradient"};
    const real *pixel[TILE * TILE];
    double began = stage_begin();

    for (int t = 0; t < n; t++) {
        int tile = (first + t) % p->tiles;

        pixels_of(pixel, TILE, image_of(dy, (first + t) / p->tiles), p->to,
                  tile / p->across * TILE, tile % p->across * TILE, zero);
        k->winograd_output_gradient(m.at + (size_t)t * m.row, m.point, pixel,
                                    p->to.channels);
    }
    stage_end(&stage, began, 0);
}

/* M_q = V_q U_q */
static void multiply(const struct kernels *k, struct spread m, struct spread v, int tiles,
                     const real *u, int channels, const real *zero)
{
    size_t panel = (size_t)channels * KERNEL_PANEL;
    size_t point = panel * (padded((int)m.row, KERNEL_PANEL) / KERNEL_PANEL);
    static struct stage stage = {"winograd: product"};
    double began = stage_begin();

    for (int q = 0; q < POINTS; q++)
        k->product(&(struct product){.rows = tiles,
                                     .cols = (int)m.row,
                                     .inner = channels,
                                     .a = v.at + (size_t)q * v.point,
                                     .a_row = v.row,
                                     .a_inner = 1,
                                     .b = u + (size_t)q * point,
                                     .b_row = KERNEL_PANEL,
                                     .b_panel = panel,
                                     .start = zero,
                                     .c = m.at + (size_t)q * m.point,
                                     .c_row = m.row});
    stage_end(&stage, began, 2.0 * POINTS * tiles * channels * (double)m.row);
}

/* dU_q += V_q^T dM_q */
static void multiply_gradient(const struct kernels *k, real *du, struct spread v,
                              struct spread m, int tiles, int channels)
{
    static struct stage stage = {"winograd: weights' gradient"};
    double began = stage_begin();

    for (int q = 0; q < POINTS; q++) {
        real *at = du + (size_t)q * (size_t)channels * m.row;

        k->product(&(struct product){.rows = channels,
                                     .cols = (int)m.row,
                                     .inner = tiles,
                                     .a = v.at + (size_t)q * v.point,
                                     .a_row = 1,
                                     .a_inner = v.row,
                                     .b = m.at + (size_t)q * m.point,
                                     .b_row = m.row,
                                     .b_panel = KERNEL_PANEL,
                                     .start = at,
                                     .start_row = m.row,
                                     .c = at,
                                     .c_row = m.row});
    }
    stage_end(&stage, began, 2.0 * POINTS * tiles * channels * (double)m.row);
}

/* The weights and back, once for each pass over a batch. */
static struct stage filters = {"winograd: weights"};

/* The convolution of all images of x, a block of tiles at a time. */
static void convolve(const struct pass *p, const struct kernels *k, struct mat y,
                     struct mat x, int block, struct spread v, struct spread m,
                     const real *u, const real *b, const real *zero)
{
    for (int first = 0; first < x.rows * p->tiles; first += block) {
        int left = x.rows * p->tiles - first, n = left < block ? left : block;

        transform_input(p, k, v, x, first, n, zero);
        multiply(k, m, v, n, u, p->from.channels, zero);
        transform_output(p, k, y, m, first, n, b);
    }
}

void winograd_begin(const struct window *win, const struct kernels *k, const real *w,
                    real *scratch)
{
    struct parts parts = parts_of(win, scratch);
    double began = stage_begin();

    memset(scratch, 0, (size_t)(parts.u - parts.zero) * sizeof *scratch);
    k->winograd_filter(parts.u, w, win->in.channels, win->out.channels);
    stage_end(&filters, began, 0);
}

void winograd_forward(const struct window *win, const struct kernels *k, struct mat y,
                      struct mat x, const real *b, real *scratch)
{
    struct parts parts = parts_of(win, scratch);
    struct pass pass = pass_forward(win);
    int block = block_of(win);

    convolve(&pass, k, y, x, block, spread_of(parts.in, block, win->in.channels),
             spread_of(parts.out, block, win->out.channels), parts.u, b, parts.zero);
}

void winograd_backward_begin(const struct window *win, const struct kernels *k,
                             const real *w, real *scratch)
{
    struct parts parts = parts_of(win, scratch);
    double began = stage_begin();

    memset(scratch, 0, (size_t)(parts.u - parts.zero) * sizeof *scratch);
    memset(parts.du, 0, (size_t)(parts.in - parts.du) * sizeof *scratch);
    if (w)
        k->winograd_filter_turned(parts.u, w, win->in.channels, win->out.channels);
    stage_end(&filters, began, 0);
}

void winograd_backward(const struct window *win, const struct kernels *k, struct mat x,
                       struct mat dy, real *scratch)
{
    struct parts parts = parts_of(win, scratch);
    struct pass pass = pass_forward(win);
    int block = block_of(win);
    struct spread v = spread_of(parts.in, block, win->in.channels);
    struct spread m = spread_of(parts.out, block, win->out.channels);

    for (int first = 0; first < x.rows * pass.tiles; first += block) {
        int left = x.rows * pass.tiles - first, n = left < block ? left : block;

        transform_input(&pass, k, v, x, first, n, parts.zero);
        transform_output_gradient(&pass, k, m, dy, first, n, parts.zero);
        multiply_gradient(k, parts.du, v, m, n, win->in.channels);
    }
}

void winograd_backward_input(const struct window *win, const struct kernels *k,
                             struct mat dx, struct mat dy, real *scratch)
{
    struct parts parts = parts_of(win, scratch);
    struct pass pass = pass_to_input(win);
    int block = block_of(win);

    convolve(&pass, k, dx, dy, block, spread_of(parts.out, block, win->out.channels),
             spread_of(parts.in, block, win->in.channels), parts.u, NULL, parts.zero);
}

void winograd_backward_end(const struct window *win, const struct kernels *k, real *dw,
                           real *scratch)
{
    double began = stage_begin();

    k->winograd_filter_gradient(dw, parts_of(win, scratch).du,
                                padded(win->out.channels, KERNEL_PAD), win->in.channels,
                                win->out.channels);
    stage_end(&filters, began, 0);
}
