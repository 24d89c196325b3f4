#include "core/nn/fused_conv_patches.h"

#include <string.h>

#include "core/base/stage.h"

#include "core/nn/patches.h"

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

size_t fused_conv_patches_squares(const struct fused_conv *fused)
{
    struct patches p = patches_of(&fused->conv.window, NULL);

    return (size_t)(p.length + 1) * p.row;
}

/* Of p^T dy over the winners, transposed. */
static size_t winners_size(const struct fused_conv *fused)
{
    return (size_t)fused->pooling.out.channels *
           patches_of(&fused->conv.window, NULL).row;
}

static size_t sums_size(const struct fused_conv *fused)
{
    return larger(fused_conv_patches_squares(fused), winners_size(fused));
}

size_t fused_conv_patches_sums(const struct fused_conv *fused)
{
    return sums_size(fused) * sizeof(double) / sizeof(real);
}

/* The map of the rows that are pooled together. */
static size_t strip_size(const struct fused_conv *fused)
{
    const struct pooling *pooling = &fused->pooling;

    return (size_t)(pooling->size * pooling->map.width * pooling->map.channels);
}

size_t fused_conv_patches_scratch(const struct fused_conv *fused)
{
    return patches_scratch(&fused->conv.window, fused->pooling.size) + strip_size(fused) +
           sums_size(fused);
}

/* The memory of a worker: z of a strip, sums of an image; ready for the first. */
struct bench {
    struct patches patches;
    real *z, *sums;
};

static struct bench bench_of(const struct pass *pass, int worker, const real *level)
{
    const struct fused_conv *fused = pass->fused;
    const struct window *win = &fused->conv.window;
    real *scratch = pass_maps(pass, worker, 1).data;
    struct bench bench = {patches_of(win, scratch)};

    bench.z = scratch + patches_scratch(win, fused->pooling.size);
    bench.sums = bench.z + strip_size(fused);
    patches_clear(&bench.patches, fused->pooling.size, level);
    return bench;
}

/* Before a norm only differences count: the mean of the first image is taken off all. */
static void find_level(struct pass *pass)
{
    struct shape in = pass->fused->conv.window.in;
    const real *x = pass->data->x.data;
    int pixels = in.height * in.width;
    double sum[DIRECT_CHANNELS] = {0};

    for (int i = 0; i < pixels; i++)
        for (int c = 0; c < in.channels; c++)
            sum[c] += (double)*x++;
    for (int c = 0; c < in.channels; c++)
        pass->level[c] = (real)(sum[c] / pixels);
}

static double *part_sums(const struct pass *pass, int part)
{
    return (double *)pass->parts.dw[part];
}

/* Long sums in single precision lose digits: image by image, they go on in double. */
static void begin_sums(double *sums, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sums[i] = 0;
}

static void add_sums(double *sums, const real *of_image, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sums[i] += (double)of_image[i];
}

/* Of all parts, in those of the first. */
static double *join_sums(const struct pass *pass, size_t n)
{
    double *all = part_sums(pass, 0);

    for (int p = 1; p < FUSED_CONV_PARTS; p++)
        for (size_t i = 0; i < n; i++)
            all[i] += part_sums(pass, p)[i];
    return all;
}

/* ---------------------------------------------------------------- forward */

static void measure_part(void *context, int worker, int part)
{
    const struct pass *pass = context;
    const struct fused_conv *fused = pass->fused;
    struct bench bench = bench_of(pass, worker, pass->level);
    int height = fused->pooling.map.height, rows = fused->pooling.size;
    size_t n = fused_conv_patches_squares(fused);

    begin_sums(part_sums(pass, part), n);
    for (int i = pass_begin(pass, part); i < pass_begin(pass, part + 1); i++) {
        patches_image(&bench.patches, mat_row(pass->data->x, i));
        memset(bench.sums, 0, n * sizeof(real));
        for (int y = 0; y < height; y += rows) {
            int here = height - y < rows ? height - y : rows;

            patches_gather(&bench.patches, y, here);
            patches_square(&bench.patches, fused->conv.kernels, bench.sums, here);
        }
        add_sums(part_sums(pass, part), bench.sums, n);
    }
}

double *fused_conv_patches_square(struct pass *pass)
{
    find_level(pass);
    pass_run(pass, measure_part);
    return join_sums(pass, fused_conv_patches_squares(pass->fused));
}

/* What is kept: the mean patch, then cov(p, z). */
static struct patch_moments moments_of(const struct pass *pass)
{
    struct patches p = patches_of(&pass->fused->conv.window, NULL);
    real *const *channel =
        pass->parts.channel; /* two rows of reals hold one of doubles */

    return (struct patch_moments){pass->data->moments, pass->data->moments + p.row,
                                  (double *)channel[0], (double *)channel[2]};
}

size_t fused_conv_patches_moments(const struct fused_conv *fused)
{
    struct patches p = patches_of(&fused->conv.window, NULL);

    return p.row + (size_t)(p.length * fused->pooling.map.channels);
}

void fused_conv_patches_measure(struct pass *pass)
{
    const struct fused_conv_data *at = pass->data;
    struct shape map = pass->fused->pooling.map;
    struct patches p = patches_of(&pass->fused->conv.window, NULL);
    struct patch_moments moments = moments_of(pass);
    int pixels = at->n * map.height * map.width;
    double *squares = part_sums(pass, 0);

    find_level(pass);
    if (at->squares)
        memcpy(squares, at->squares,
               fused_conv_patches_squares(pass->fused) * sizeof *squares);
    else
        fused_conv_patches_square(pass);
    patches_moments(&p, squares, pixels, pass->level, at->w.data, at->b, moments);
    for (int j = 0; j < map.channels; j++) {
        double variance = moments.variance[j];

        at->mean[j] = (real)moments.mean[j];
        batchnorm_observe(at->norm, j, moments.mean[j], variance > 0 ? variance : 0,
                          pixels);
    }
}

/* Rows of the map, `size` from y on: to the pool, or to y where nothing
 * follows. */
static void pool_strip(const struct pass *pass, const struct bench *bench, int image,
                       int y)
{
    const struct fused_conv *fused = pass->fused;
    const struct kernels *k = fused->conv.kernels;
    struct pooling strip = fused->pooling;
    size_t at = (size_t)(y * strip.out.width * strip.out.channels);
    real *out = mat_row(pass->data->y, image) + at;
    uint8_t *argmax = pass_argmax(pass, image);
    bool alone = !pass->gain && !fused_conv_keeps_argmax(fused);
    static struct stage stage = {"patches: pool"};
    double began;

    strip.map.height = strip.size;
    strip.out.height = 1;
    patches_gather(&bench->patches, y * strip.size, strip.size);
    patches_convolve(&bench->patches, k, alone ? out : bench->z, strip.size,
                     pass->data->w.data, pass->data->b);
    began = stage_begin();
    if (!alone)
        k->pool(&strip, out, argmax ? argmax + at : NULL, NULL, bench->z, pass->gain,
                pass->shift);
    stage_end(&stage, began, 0);
}

static void forward_part(void *context, int worker, int part)
{
    const struct pass *pass = context;
    struct bench bench = bench_of(pass, worker, NULL);

    for (int i = pass_begin(pass, part); i < pass_begin(pass, part + 1); i++) {
        patches_image(&bench.patches, mat_row(pass->data->x, i));
        for (int y = 0; y < pass->fused->pooling.out.height; y++)
            pool_strip(pass, &bench, i, y);
    }
}

void fused_conv_patches_forward(struct pass *pass)
{
    pass_run(pass, forward_part);
}

/* ---------------------------------------------------------------- backward */

/* Adds one row of the pooled map to the sums over the winners. */
static void add_winners(const struct pass *pass, const struct bench *bench, int image,
                        int y)
{
    const struct pooling *pooling = &pass->fused->pooling;
    const struct patches *p = &bench->patches;
    size_t at = (size_t)(y * pooling->out.width * pooling->out.channels);
    const uint8_t *argmax = pass_argmax(pass, image);
    static struct stage stage = {"patches: winners"};
    double began;

    patches_gather(p, y * pooling->size, pooling->size);
    began = stage_begin();
    pass->fused->conv.kernels->patch_sums(
        &(struct patch_sums){.outputs = pooling->out.width,
                             .channels = pooling->out.channels,
                             .size = pooling->size,
                             .patch = p->strip,
                             .row = p->row,
                             .down = (size_t)pooling->map.width * p->row,
                             .dy = mat_row(pass->dy, image) + at,
                             .argmax = argmax ? argmax + at : NULL,
                             .sum = bench->sums});
    stage_end(&stage, began,
              2.0 * pooling->out.width * pooling->out.channels * (double)p->row);
}

static void winners_part(void *context, int worker, int part)
{
    const struct pass *pass = context;
    struct bench bench = bench_of(pass, worker, pass->fused->norm ? pass->level : NULL);
    size_t n = winners_size(pass->fused);

    begin_sums(part_sums(pass, part), n);
    for (int i = pass_begin(pass, part); i < pass_begin(pass, part + 1); i++) {
        patches_image(&bench.patches, mat_row(pass->data->x, i));
        memset(bench.sums, 0, n * sizeof(real));
        for (int y = 0; y < pass->fused->pooling.out.height; y++)
            add_winners(pass, &bench, i, y);
        add_sums(part_sums(pass, part), bench.sums, n);
    }
}

/* Of channel c, from its row of S; dy's sum stands behind it. */
static void norm_gradient(const struct pass *pass, const struct patches *p, int c,
                          const double *sums)
{
    const struct fused_conv_data *at = pass->data;
    struct patch_moments moments = moments_of(pass);
    int channels = at->w.cols;
    double scale = (double)at->norm.scale[c], dshift = sums[p->length];
    double dgain = 0;

    for (int k = 0; k < p->length; k++)
        dgain += (double)at->w.data[(size_t)(k * channels + c)] *
                 (sums[k] - dshift * (double)moments.patch[k]);
    dgain *= scale;
    for (int k = 0; k < p->length; k++) {
        size_t i = (size_t)(k * channels + c);
        double with_xhat = scale * (double)moments.with_z[i];

        pass->g.dw.data[i] =
            (real)((double)at->norm.gain[c] * scale *
                   (sums[k] - dshift * (double)moments.patch[k] - dgain * with_xhat));
    }
    pass->g.dshift[c] = (real)dshift;
    pass->g.dgain[c] = (real)dgain;
    pass->g.db[c] = 0; /* a bias before a batch norm has no effect */
}

void fused_conv_patches_backward(struct pass *pass)
{
    struct patches p = patches_of(&pass->fused->conv.window, NULL);
    int channels = pass->fused->pooling.out.channels;
    const double *sums;

    find_level(pass);
    pass_run(pass, winners_part);
    sums = join_sums(pass, winners_size(pass->fused));
    for (int c = 0; c < channels; c++, sums += p.row) {
        if (pass->fused->norm) {
            norm_gradient(pass, &p, c, sums);
            continue;
        }
        for (int k = 0; k < p.length; k++)
            pass->g.dw.data[(size_t)(k * channels + c)] = (real)sums[k];
        pass->g.db[c] = (real)sums[p.length];
    }
}
