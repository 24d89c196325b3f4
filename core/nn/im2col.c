#include "core/nn/im2col.h"

#include <string.h>

#include "core/base/stage.h"
#include "core/nn/blas.h"

static int patch_size(const struct window *win)
{
    return win->size * win->size * win->in.channels;
}

size_t columns_size(const struct window *win)
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
        memset(col, 0, columns_size(win) * sizeof *col);
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

static struct stage by_columns = {"convolution by columns"};

/* With its products. */
static void end_columns(const struct window *win, double began, int images)
{
    stage_end(&by_columns, began,
              2.0 * images * (double)columns_size(win) * win->out.channels);
}

/* Image i of a batch as positions x channels. */
static struct mat positions_of(struct mat batch, int i, struct shape shape)
{
    return mat_of(batch.data + (size_t)i * (size_t)batch.ld, shape.height * shape.width,
                  shape.channels);
}

void columns_forward(const struct window *win, struct mat y, struct mat x, struct mat w,
                     const real *b, real *col)
{
    double began = stage_begin();

    for (int i = 0; i < x.rows; i++) {
        struct mat out = positions_of(y, i, win->out);

        im2col(win, x.data + (size_t)i * (size_t)x.ld, col);
        for (int j = 0; j < out.rows; j++)
            memcpy(mat_row(out, j), b, (size_t)out.cols * sizeof *b);
        blas_mul(out, columns_of(win, col), w, true);
    }
    end_columns(win, began, x.rows);
}

void columns_backward(const struct window *win, struct mat dw, struct mat x,
                      struct mat dy, real *col)
{
    double began = stage_begin();

    for (int i = 0; i < x.rows; i++) {
        im2col(win, x.data + (size_t)i * (size_t)x.ld, col);
        blas_mul_tn(dw, columns_of(win, col), positions_of(dy, i, win->out), true);
    }
    end_columns(win, began, x.rows);
}

void columns_backward_input(const struct window *win, struct mat dx, struct mat dy,
                            struct mat w, real *col)
{
    double began = stage_begin();

    for (int i = 0; i < dx.rows; i++) {
        blas_mul_nt(columns_of(win, col), positions_of(dy, i, win->out), w, false);
        col2im(win, dx.data + (size_t)i * (size_t)dx.ld, col);
    }
    end_columns(win, began, dx.rows);
}
