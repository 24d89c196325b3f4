#include "core/nn/fused_conv.h"

#include <string.h>

#include "core/base/stage.h"

#include "core/nn/fused_conv_pass.h"
#include "core/nn/fused_conv_patches.h"
#include "core/nn/patches.h"

enum { PATCH_MOST = 64 };

bool fused_conv_keeps_argmax(const struct fused_conv *fused)
{
    return fused->pooling.relu || fused->pooling.size > 1;
}

/* With longer patches their moments would take more time than the map. */
bool fused_conv_patched(const struct fused_conv *fused)
{
    return fused->conv.way == CONV_DIRECT &&
           patches_of(&fused->conv.window, NULL).row <= PATCH_MOST;
}

bool fused_conv_keeps_winners(const struct fused_conv *fused)
{
    return fused_conv_keeps_maps(fused) && fused->pooling.size > 1;
}

bool fused_conv_keeps_maps(const struct fused_conv *fused)
{
    return fused->norm && !fused_conv_patched(fused);
}

size_t fused_conv_moments(const struct fused_conv *fused)
{
    return fused->norm && fused_conv_patched(fused) ? fused_conv_patches_moments(fused)
                                                    : 0;
}

size_t fused_conv_squares(const struct fused_conv *fused)
{
    return fused_conv_moments(fused) ? fused_conv_patches_squares(fused) : 0;
}

void fused_conv_square(const struct fused_conv *fused, const struct fused_conv_data *at,
                       double *squares)
{
    struct pass pass = pass_of(fused, at);

    memcpy(squares, fused_conv_patches_square(&pass),
           fused_conv_squares(fused) * sizeof *squares);
}

static void prepare(struct pass *pass, int worker)
{
    if (!pass->prepared[worker])
        conv_begin(&pass->fused->conv, pass->data->w, pass_conv(pass, worker));
    pass->prepared[worker] = true;
}

/* z (maps from image `first` on) to y, with gain and shift unless they are NULL. */
static void pool(const struct pass *pass, struct mat z, int first)
{
    static struct stage stage = {"pool"};
    double began = stage_begin();

    for (int i = 0; i < z.rows; i++)
        pass->fused->conv.kernels->pool(
            &pass->fused->pooling, mat_row(pass->data->y, first + i),
            pass_argmax(pass, first + i), pass_winners(pass, first + i), mat_row(z, i),
            pass->gain, pass->shift);
    stage_end(&stage, began, 0);
}

/* Convolution and what follows it, a few images at a time. */
static void straight_through(void *context, int worker, int part)
{
    struct pass *pass = context;
    bool alone = !pass->gain && !fused_conv_keeps_argmax(pass->fused);
    int end = pass_begin(pass, part + 1);

    prepare(pass, worker);
    for (int i = pass_begin(pass, part), n; i < end; i += n) {
        struct mat z;

        n = pass_group(pass, i, end);
        z = alone ? mat_rows(pass->data->y, i, n) : pass_maps(pass, worker, n);
        pass_convolve(pass, worker, z, i);
        if (!alone)
            pool(pass, z, i);
    }
}

/* Mean and sum of squared deviations over some images of `pixels` values each; others
 * join them (Chan, Golub & LeVeque 1979). */
struct moments {
    real *mean, *square;
    int images;
};

static void join_moments(struct moments *all, struct moments more, int channels,
                         int pixels)
{
    real n = (real)(all->images + more.images), weight = (real)more.images / n;
    real both = weight * (real)all->images * (real)pixels;

    for (int j = 0; j < channels && more.images > 0; j++) {
        real apart = more.mean[j] - all->mean[j];

        all->mean[j] += apart * weight;
        all->square[j] += more.square[j] + apart * apart * both;
    }
    all->images += more.images;
}

/* Joins those of the maps z; one: room for those of a map. */
static void add_moments(struct moments *all, struct moments one, const struct pass *pass,
                        struct mat z)
{
    struct shape map = pass->fused->pooling.map;
    int pixels = map.height * map.width;
    static struct stage stage = {"norm: moments"};
    double began = stage_begin();

    for (int i = 0; i < z.rows; i++) {
        pass->fused->conv.kernels->moments(one.mean, one.square, mat_row(z, i), pixels,
                                           map.channels);
        join_moments(all, one, map.channels, pixels);
    }
    stage_end(&stage, began, 0);
}

/* The convolution, with the moments of the part. */
static void convolve_and_measure(void *context, int worker, int part)
{
    struct pass *pass = context;
    int first = pass_begin(pass, part), end = pass_begin(pass, part + 1);
    struct moments all = {pass->parts.sum[part][0], pass->parts.sum[part][1], 0};
    struct moments one = {pass_one(pass, worker, 0), pass_one(pass, worker, 1), 1};
    size_t bytes = (size_t)pass->fused->pooling.map.channels * sizeof(real);

    prepare(pass, worker);
    memset(all.mean, 0, bytes);
    memset(all.square, 0, bytes);
    for (int n; first < end; first += n) {
        struct mat z;

        n = pass_group(pass, first, end);
        z = pass_z(pass, first, n);
        pass_convolve(pass, worker, z, first);
        add_moments(&all, one, pass, z);
    }
}

/* Statistics of the batch into `mean` and norm.scale. */
static void measure(struct pass *pass)
{
    const struct fused_conv_data *at = pass->data;
    struct shape map = pass->fused->pooling.map;
    int channels = map.channels, pixels = map.height * map.width;
    struct moments all = {at->mean, pass->parts.channel[2], 0};

    pass_run(pass, convolve_and_measure);
    memset(all.mean, 0, (size_t)channels * sizeof *all.mean);
    memset(all.square, 0, (size_t)channels * sizeof *all.square);
    for (int p = 0; p < FUSED_CONV_PARTS; p++)
        join_moments(&all,
                     (struct moments){pass->parts.sum[p][0], pass->parts.sum[p][1],
                                      pass_begin(pass, p + 1) - pass_begin(pass, p)},
                     channels, pixels);
    for (int j = 0; j < channels; j++)
        batchnorm_observe(at->norm, j, (double)all.mean[j],
                          (double)all.square[j] / pixels / at->n, pixels * at->n);
}

/* A batch norm as v = gain z + shift. */
static void fold(struct pass *pass, const real *mean)
{
    const struct batchnorm *norm = &pass->data->norm;
    real *gain = pass->parts.channel[0], *shift = pass->parts.channel[1];

    for (int j = 0; j < pass->fused->pooling.map.channels; j++) {
        gain[j] = norm->gain[j] * norm->scale[j];
        shift[j] = norm->shift[j] - gain[j] * mean[j];
    }
    pass->gain = gain;
    pass->shift = shift;
}

static void pool_part(void *context, int worker, int part)
{
    const struct pass *pass = context;
    int first = pass_begin(pass, part), n = pass_begin(pass, part + 1) - first;

    pool(pass, pass_z(pass, first, n), first);
}

void fused_conv_forward(const struct fused_conv *fused, const struct fused_conv_data *at)
{
    struct pass pass = pass_of(fused, at);

    if (fused->norm) {
        (fused_conv_patched(fused) ? fused_conv_patches_measure : measure)(&pass);
        fold(&pass, at->mean);
    }
    if (fused_conv_patched(fused))
        fused_conv_patches_forward(&pass);
    else
        pass_run(&pass, fused_conv_keeps_maps(fused) ? pool_part : straight_through);
}

void fused_conv_score(const struct fused_conv *fused, const struct fused_conv_data *at)
{
    struct pass pass = pass_of(fused, at);

    for (int j = 0; fused->norm && j < fused->pooling.map.channels; j++)
        at->norm.scale[j] = batchnorm_scale(at->norm.variance[j]);
    if (fused->norm)
        fold(&pass, at->norm.mean);
    if (fused_conv_patched(fused))
        fused_conv_patches_forward(&pass);
    else
        pass_run(&pass, straight_through);
}
