/* Sums over patches (core/nn/patches.h, core/nn/fused_conv_patches.h) against plain
 * loops in double: the winners' by every instruction set that this processor has, the
 * moments against two passes over the map, a fused convolution's gradient against the
 * dense formula. */
#include "core/nn/patches.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/nn/fused_conv.h"
#include "tests/support/reference.h"

static real *drawn(size_t n, double scale, uint64_t seed)
{
    real *x = calloc(n + 1, sizeof *x);

    reference_draw(x, n, scale, seed);
    return x;
}

/* ---------------------------------------------------------------- winners */

static const struct {
    int outputs, channels, size, row;
    bool marks;
} winners[] = {
    {16, 32, 2, 32, true}, {5, 16, 2, 16, true},   {67, 48, 3, 48, true},
    {33, 16, 1, 32, true}, {40, 32, 1, 80, false},
};

enum { WINNERS = sizeof winners / sizeof *winners };

/* Dead, or one of the pixels of the window. */
static void draw_marks(uint8_t *argmax, int n, int pixels)
{
    for (int i = 0; i < n; i++) {
        int draw = i * 7 / 3 % (pixels + 1);

        argmax[i] = draw == pixels ? ARGMAX_NONE : (uint8_t)draw;
    }
}

static double plain_sum(const struct patch_sums *p, int c, int k)
{
    double sum = 0;

    for (int i = 0; i < p->outputs; i++) {
        int at = i * p->channels + c, argmax = p->argmax ? p->argmax[at] : 0;
        size_t x = (size_t)(i * p->size + argmax % p->size);

        if (argmax != ARGMAX_NONE)
            sum += (double)p->dy[at] *
                   (double)p->patch[(size_t)(argmax / p->size) * p->down + x * p->row +
                                    (size_t)k];
    }
    return sum;
}

START_TEST(the_winners_patches_are_summed)
{
    int outputs = winners[_i].outputs, channels = winners[_i].channels;
    int size = winners[_i].size, row = winners[_i].row;
    size_t down = (size_t)((outputs * size + 1) * row); /* a pixel that no pool holds */
    real *patch = drawn((size_t)size * down, 1, 1);
    real *dy = drawn((size_t)(outputs * channels), 1, 2);
    real *sum = calloc((size_t)(channels * row), sizeof *sum);
    uint8_t *argmax = calloc((size_t)(outputs * channels), 1);
    struct patch_sums p = {outputs,     channels, size, patch,
                           (size_t)row, down,     dy,   winners[_i].marks ? argmax : NULL,
                           sum};

    draw_marks(argmax, outputs * channels, size * size);
    for (int s = 0; s < N_ISA; s++) {
        if (!kernels_of((enum isa)s))
            continue;
        for (int i = 0; i < channels * row; i++)
            sum[i] = 1; /* added to */
        kernels_of((enum isa)s)->patch_sums(&p);
        for (int i = 0; i < channels * row; i++)
            ck_assert_double_eq_tol((double)sum[i], 1 + plain_sum(&p, i / row, i % row),
                                    1e-5 * outputs);
    }
    free(patch);
    free(dy);
    free(sum);
    free(argmax);
}
END_TEST

/* ---------------------------------------------------------------- convolutions */

enum { IMAGES = 7 }; /* not a multiple of the parts */

static const struct {
    struct shape in;
    int channels, size, stride, pad, pool;
    bool norm, relu;
    double base; /* of the images: they are a smooth pattern beside it */
} convolutions[] = {
    {{12, 10, 3}, 32, 3, 1, 1, 2, true, true, 0},
    {{9, 11, 1}, 16, 3, 1, 0, 2, true, true, 1},
    {{11, 8, 3}, 16, 3, 2, 1, 1, true, false, 0},
    {{13, 9, 2}, 48, 4, 1, 0, 3, true, false, 0.5},
    {{7, 8, 4}, 16, 3, 1, 1, 1, true, true, 0},
    {{12, 10, 3}, 32, 3, 1, 1, 2, false, true, 0},
    {{8, 9, 1}, 16, 5, 1, 2, 2, false, false, 1},
    {{6, 7, 3}, 16, 3, 1, 1, 1, false, false, 0},
    {{12, 10, 3}, 32, 3, 1, 0, 2, true, true, 2},
    {{12, 10, 3}, 32, 3, 1, 0, 2, true, true, 16},
    {{12, 10, 3}, 32, 3, 1, 1, 2, true, true, 16},
};

enum { CONVOLUTIONS = sizeof convolutions / sizeof *convolutions };

/* A fused convolution in reals and, from there on, the same in double. */
struct problem {
    struct fused_conv fused;
    struct fused_conv_data at;
    struct fused_conv_gradient g;
    struct mat dy;
    real *running; /* means, variances */
    double *x, *w, *b, *z, *dz;
    double *mean, *scale;
    int pixels; /* of all images */
};

static real *zeros(int n)
{
    return calloc((size_t)n, sizeof(real));
}

/* Waves long against the window, and noise that is small beside them. */
static real *draw_images(struct shape in, double base)
{
    size_t n = (size_t)shape_size(in);
    real *x = drawn(IMAGES * n, base > 0 ? 0.02 : 1, 3);

    for (size_t i = 0; base > 0 && i < IMAGES * n; i++)
        x[i] += (real)(base + 0.3 * sin((double)(i % n) * 0.05 + (double)(i / n)));
    return x;
}

static void plan(struct problem *p, int i, const struct kernels *kernels)
{
    struct window win;
    struct shape map, out;

    ck_assert(window_make(&win, convolutions[i].in, convolutions[i].channels,
                          convolutions[i].size, convolutions[i].stride,
                          convolutions[i].pad));
    map = out = win.out;
    out.height /= convolutions[i].pool;
    out.width /= convolutions[i].pool;
    p->fused = (struct fused_conv){conv_plan(&win, kernels),
                                   {map, out, convolutions[i].pool, convolutions[i].relu},
                                   convolutions[i].norm};
    p->pixels = IMAGES * map.height * map.width;
}

static void open_problem(struct problem *p, int i, const struct kernels *kernels)
{
    int n_in = shape_size(convolutions[i].in), channels = convolutions[i].channels, n_out,
        rows;
    struct fused_conv_data *at = &p->at;

    plan(p, i, kernels);
    n_out = shape_size(p->fused.pooling.out);
    rows = convolutions[i].size * convolutions[i].size * convolutions[i].in.channels;
    *at = (struct fused_conv_data){IMAGES, .workers = 1};
    at->x = mat_of(draw_images(convolutions[i].in, convolutions[i].base), IMAGES, n_in);
    at->y = mat_of(zeros(IMAGES * n_out), IMAGES, n_out);
    at->w = mat_of(drawn((size_t)(rows * channels), 0.3, 4), rows, channels);
    at->b = drawn((size_t)channels, 1, 5);
    at->argmax = calloc((size_t)(IMAGES * n_out), 1);
    at->moments = zeros((int)fused_conv_moments(&p->fused) + 1);
    at->scratch = zeros((int)fused_conv_scratch(&p->fused, 1));
    at->mean = zeros(channels);
    p->running = zeros(2 * channels);
    at->norm = (struct batchnorm){drawn((size_t)channels, 1, 6), /* of both signs */
                                  drawn((size_t)channels, 1, 7), p->running,
                                  p->running + channels, zeros(channels)};
    p->g =
        (struct fused_conv_gradient){mat_of(zeros(rows * channels), rows, channels),
                                     zeros(channels), zeros(channels), zeros(channels)};
    p->dy = mat_of(drawn((size_t)(IMAGES * n_out), 1, 8), IMAGES, n_out);
    p->x = reference_widen(at->x.data, (size_t)(IMAGES * n_in));
    p->w = reference_widen(at->w.data, (size_t)(rows * channels));
    p->b = reference_widen(at->b, (size_t)channels);
    p->z = calloc((size_t)(p->pixels * channels), sizeof *p->z);
    p->dz = calloc((size_t)(p->pixels * channels), sizeof *p->dz);
    p->mean = calloc((size_t)channels, sizeof *p->mean);
    p->scale = calloc((size_t)channels, sizeof *p->scale);
}

static void close_problem(struct problem *p)
{
    void *all[] = {p->at.x.data,
                   p->at.y.data,
                   p->at.w.data,
                   (void *)(uintptr_t)p->at.b,
                   p->at.argmax,
                   p->at.moments,
                   p->at.scratch,
                   p->at.mean,
                   (void *)(uintptr_t)p->at.norm.gain,
                   (void *)(uintptr_t)p->at.norm.shift,
                   p->running,
                   p->at.norm.scale,
                   p->g.dw.data,
                   p->g.db,
                   p->g.dgain,
                   p->g.dshift,
                   p->dy.data,
                   p->x,
                   p->w,
                   p->b,
                   p->z,
                   p->dz,
                   p->mean,
                   p->scale};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

/* Two passes over the map. */
static void plain_moments(struct problem *p)
{
    int channels = p->at.w.cols;

    reference_conv(&p->fused.conv.window, p->z, p->x, p->w, p->b, IMAGES);
    for (int c = 0; c < channels; c++) {
        double square = 0;

        for (int i = 0; i < p->pixels; i++)
            p->mean[c] += p->z[i * channels + c] / p->pixels;
        for (int i = 0; i < p->pixels; i++)
            square += pow(p->z[i * channels + c] - p->mean[c], 2);
        p->scale[c] = 1 / sqrt(square / p->pixels + 1e-5);
    }
}

/* Weights that add up to 0 see edges alone. */
static void make_edges(struct problem *p)
{
    int channels = p->at.w.cols;

    for (int c = 0; c < channels; c++) {
        double sum = 0;

        for (int k = 1; k < p->at.w.rows; k++)
            sum += p->w[k * channels + c];
        p->at.w.data[c] = (real)-sum;
        p->w[c] = (double)p->at.w.data[c];
    }
}

/* Per channel, the mean square of the absolute values that z adds up: the variance is a
 * difference of such squares, to be freed. */
static double *sizes(const struct problem *p)
{
    int channels = p->at.w.cols;
    size_t n_x = (size_t)(IMAGES * p->at.x.cols), n_w = (size_t)(p->at.w.rows * channels);
    double *x = calloc(n_x, sizeof *x), *w = calloc(n_w, sizeof *w);
    double *none = calloc((size_t)channels, sizeof *none);
    double *size = calloc((size_t)channels, sizeof *size);
    double *z = calloc((size_t)(p->pixels * channels), sizeof *z);

    for (size_t i = 0; i < n_x; i++)
        x[i] = fabs(p->x[i]);
    for (size_t i = 0; i < n_w; i++)
        w[i] = fabs(p->w[i]);
    reference_conv(&p->fused.conv.window, z, x, w, none, IMAGES);
    for (int i = 0; i < p->pixels * channels; i++)
        size[i % channels] += z[i] * z[i] / p->pixels;
    free(x);
    free(w);
    free(none);
    free(z);
    return size;
}

/* To a unit in the last place of what is added up (0.2 come up), also where images that
 * are nearly constant under weights that cancel make the variance ten thousand times less
 * than that. A scale errs half as much as its variance, relatively. */
START_TEST(moments_agree_with_two_passes)
{
    for (int s = 0; s < N_ISA; s++) {
        struct problem p;
        double *size;

        if (!kernels_of((enum isa)s) || !convolutions[_i].norm)
            continue;
        open_problem(&p, _i, kernels_of((enum isa)s));
        ck_assert(fused_conv_patched(&p.fused));
        make_edges(&p);
        plain_moments(&p);
        size = sizes(&p);
        fused_conv_forward(&p.fused, &p.at);
        for (int c = 0; c < p.at.w.cols; c++) {
            double unit = 0x1p-24 * size[c] * pow(p.scale[c], 2);

            ck_assert_double_lt(fabs((double)p.at.norm.scale[c] / p.scale[c] - 1),
                                unit / 2 + 0x1p-22);
            ck_assert_double_lt(fabs((double)p.at.mean[c] - p.mean[c]),
                                0x1p-22 * (sqrt(size[c]) + fabs(p.b[c])));
        }
        free(size);
        close_problem(&p);
    }
}
END_TEST

/* The derivative after the norm, zero but at the winners; which those are is told by the
 * marks, which check_pooling.c holds against maxima. */
static void plain_unpool(struct problem *p)
{
    struct shape map = p->fused.pooling.map, out = p->fused.pooling.out;
    int size = p->fused.pooling.size;

    for (int at = 0; at < IMAGES * shape_size(out); at++) {
        int c = at % out.channels, x = at / out.channels % out.width;
        int y = at / out.channels / out.width % out.height;
        int argmax = fused_conv_keeps_argmax(&p->fused) ? p->at.argmax[at] : 0;
        int image = at / shape_size(out);
        int pixel = (image * map.height + y * size + argmax / size) * map.width +
                    x * size + argmax % size;

        if (argmax != ARGMAX_NONE)
            p->dz[pixel * out.channels + c] = (double)p->dy.data[at];
    }
}

/* dz = gain scale (g - mean(g) - xhat mean(g xhat)) over all pixels of a channel. */
static void plain_norm(struct problem *p, int c, double *dgain, double *dshift)
{
    int channels = p->at.w.cols;
    double scale = p->scale[c];

    *dgain = *dshift = 0;
    for (int i = c; i < p->pixels * channels; i += channels) {
        *dshift += p->dz[i];
        *dgain += p->dz[i] * (p->z[i] - p->mean[c]) * scale;
    }
    for (int i = c; i < p->pixels * channels; i += channels) {
        double hat = (p->z[i] - p->mean[c]) * scale;

        p->dz[i] = (double)p->at.norm.gain[c] * scale *
                   (p->dz[i] - *dshift / p->pixels - hat * *dgain / p->pixels);
    }
}

static void check_gradient(struct problem *p)
{
    int channels = p->at.w.cols;
    size_t n = (size_t)(p->at.w.rows * channels);
    double *dx = calloc((size_t)(IMAGES * p->at.x.cols), sizeof *dx);
    double *dw = calloc(n, sizeof *dw), *db = calloc((size_t)channels, sizeof *db);

    plain_unpool(p);
    for (int c = 0; c < channels && p->fused.norm; c++) {
        double dgain, dshift;

        plain_norm(p, c, &dgain, &dshift);
        ck_assert_double_eq_tol((double)p->g.dgain[c], dgain, 1e-2);
        ck_assert_double_eq_tol((double)p->g.dshift[c], dshift, 1e-3);
    }
    reference_conv_backward(&p->fused.conv.window, dx, dw, db, p->x, p->w, p->dz, IMAGES);
    ck_assert_double_lt(reference_error(p->g.dw.data, dw, n), 3e-4);
    for (int c = 0; c < channels; c++)
        ck_assert_double_eq_tol((double)p->g.db[c], p->fused.norm ? 0 : db[c], 1e-3);
    free(dx);
    free(dw);
    free(db);
}

/* 1.3e-4 come up, however far from 0 the images are: their level is taken off. */
START_TEST(gradients_agree_with_the_dense_formula)
{
    for (int s = 0; s < N_ISA; s++) {
        struct problem p;

        if (!kernels_of((enum isa)s))
            continue;
        open_problem(&p, _i, kernels_of((enum isa)s));
        plain_moments(&p);
        fused_conv_forward(&p.fused, &p.at);
        fused_conv_backward(&p.fused, &p.at, p.g, p.dy, (struct mat){0});
        check_gradient(&p);
        close_problem(&p);
    }
}
END_TEST

Suite *patches_suite(void)
{
    Suite *suite = suite_create("patches");
    TCase *tcase = tcase_create("patches");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, the_winners_patches_are_summed, 0, WINNERS);
    tcase_add_loop_test(tcase, moments_agree_with_two_passes, 0, CONVOLUTIONS);
    tcase_add_loop_test(tcase, gradients_agree_with_the_dense_formula, 0, CONVOLUTIONS);
    return suite;
}
