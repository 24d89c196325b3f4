/* The backward pass of a fused convolution (core/nn/fused_conv.h). */
#include <assert.h>
#include <string.h>

#include "core/base/stage.h"

#include "core/nn/fused_conv_pass.h"
#include "core/nn/fused_conv_patches.h"

static void add(real *to, const real *from, size_t n)
{
    for (size_t j = 0; j < n; j++)
        to[j] += from[j];
}

/* The z of the winners of image i: without a pool, the map itself. */
static const real *winners(const struct pass *pass, int i)
{
    return fused_conv_keeps_winners(pass->fused) ? pass_winners(pass, i)
                                                 : pass_z(pass, i, 1).data;
}

/* Sums over the pooled map alone: dy is zero except at the winners. */
static void sum_part(void *context, int worker, int part)
{
    const struct pass *pass = context;
    const struct fused_conv *fused = pass->fused;
    size_t channels = (size_t)fused->pooling.map.channels;
    real *const *sum = pass->parts.sum[part];
    real *one[] = {pass_one(pass, worker, 0), pass_one(pass, worker, 1)};
    static struct stage stage = {"norm: sums"};
    double began = stage_begin();

    memset(sum[0], 0, channels * sizeof(real));
    memset(sum[1], 0, channels * sizeof(real));
    for (int i = pass_begin(pass, part); i < pass_begin(pass, part + 1); i++) {
        fused->conv.kernels->pool_sums(&fused->pooling.out, one[0], one[1],
                                       mat_row(pass->dy, i), pass_argmax(pass, i),
                                       winners(pass, i), pass->data->mean);
        add(sum[0], one[0], channels);
        add(sum[1], one[1], channels);
    }
    stage_end(&stage, began, 0);
}

/* How dz follows from dy and z, per channel:
 *   dz = gain scale (dy - mean(dy) - xhat mean(dy xhat)),  xhat = (z - mean) scale
 *      = by_dy dy + by_z z + rest */
static void spread_norm(struct pass *pass)
{
    const struct fused_conv_data *at = pass->data;
    real *const *channel = pass->parts.channel;
    struct spread to = {channel[0], channel[1], channel[2]};
    struct shape map = pass->fused->pooling.map;
    real over = 1 / ((real)at->n * (real)(map.height * map.width));

    for (int j = 0; j < map.channels; j++) {
        real scale = at->norm.scale[j], dgain = pass->g.dgain[j];

        to.by_dy[j] = at->norm.gain[j] * scale;
        to.by_z[j] = -to.by_dy[j] * scale * dgain * over;
        to.rest[j] = -to.by_dy[j] * pass->g.dshift[j] * over - to.by_z[j] * at->mean[j];
    }
    pass->by = to;
}

static void backward_norm(struct pass *pass)
{
    struct fused_conv_gradient g = pass->g;
    size_t channels = (size_t)pass->fused->pooling.map.channels;

    pass_run(pass, sum_part);
    memset(g.dshift, 0, channels * sizeof *g.dshift);
    memset(g.dgain, 0, channels * sizeof *g.dgain);
    for (int p = 0; p < FUSED_CONV_PARTS; p++) {
        add(g.dshift, pass->parts.sum[p][0], channels);
        add(g.dgain, pass->parts.sum[p][1], channels);
    }
    for (size_t j = 0; j < channels; j++)
        g.dgain[j] *= pass->data->norm.scale[j];
}

/* The sum of dy in each channel, where relu let it through, is the gradient of the bias:
 * taken image by image, as long sums in single precision lose digits. one: a row of
 * scratch. */
static void unpool_image(const struct pass *pass, int i, real *dz, real *one, real *db)
{
    const struct fused_conv *fused = pass->fused;
    size_t channels = (size_t)fused->pooling.map.channels;
    const real *dy = mat_row(pass->dy, i);

    memset(one, 0, channels * sizeof *one);
    if (fused_conv_keeps_argmax(fused))
        fused->conv.kernels->unpool(&fused->pooling, dz, dy, pass_argmax(pass, i), NULL,
                                    NULL, NULL, NULL, one);
    else
        fused->conv.kernels->pool_sums(&fused->pooling.out, one, NULL, dy, NULL, NULL,
                                       NULL);
    add(db, one, channels);
}

static struct stage unpooling = {"unpool"};

/* dz of n images from dy, in the worker's map; z, where it was not stored, is computed
 * there once more and written over. */
static struct mat unpool_norm(const struct pass *pass, int worker, int first, int n)
{
    const struct fused_conv *fused = pass->fused;
    struct mat dz = pass_maps(pass, worker, n), z = dz;
    double began;

    if (fused_conv_keeps_maps(fused))
        z = pass_z(pass, first, n);
    else
        pass_convolve(pass, worker, z, first);
    began = stage_begin();
    for (int i = 0; i < n; i++)
        fused->conv.kernels->unpool(&fused->pooling, mat_row(dz, i),
                                    mat_row(pass->dy, first + i),
                                    pass_argmax(pass, first + i), mat_row(z, i),
                                    pass->by.by_dy, pass->by.by_z, pass->by.rest, NULL);
    stage_end(&unpooling, began, 0);
    return dz;
}

/* Without batch norm: in the worker's map, or dy itself. */
static struct mat unpool(const struct pass *pass, int worker, int part, int first, int n)
{
    struct mat dz = pass_maps(pass, worker, n);
    real *const *sum = pass->parts.sum[part];
    double began;

    if (pass->fused->norm)
        return unpool_norm(pass, worker, first, n);
    began = stage_begin();
    for (int i = 0; i < n; i++)
        unpool_image(pass, first + i, mat_row(dz, i), sum[1], sum[0]);
    stage_end(&unpooling, began, 0);
    return fused_conv_keeps_argmax(pass->fused) ? dz : mat_rows(pass->dy, first, n);
}

/* The gradient of the weights, unless it is known already (by patches), and of the data.
 * The weights' transform for the latter stands in the worker's scratch from its first
 * part on. */
static void backward_part(void *context, int worker, int part)
{
    struct pass *pass = context;
    const struct conv *conv = &pass->fused->conv;
    const struct fused_conv_data *at = pass->data;
    struct mat dw = pass->g.dw, back = at->back.data ? at->back : at->w;
    real *scratch = pass_conv(pass, worker);
    int end = pass_begin(pass, part + 1);

    if (dw.data)
        dw.data = fused_conv_patched(pass->fused) ? NULL : pass->parts.dw[part];
    memset(pass->parts.sum[part][0], 0, (size_t)conv->window.out.channels * sizeof(real));
    conv_backward_begin(conv, dw, back, pass->dx.data && !pass->prepared[worker],
                        scratch);
    pass->prepared[worker] = true;
    for (int i = pass_begin(pass, part), n; i < end; i += n) {
        struct mat dz;

        n = pass_group(pass, i, end);
        dz = unpool(pass, worker, part, i, n);
        if (dw.data)
            conv_backward(conv, dw, mat_rows(at->x, i, n), dz, scratch);
        if (pass->dx.data)
            conv_backward_input(conv, mat_rows(pass->dx, i, n), dz, back, scratch);
    }
    if (dw.data)
        conv_backward_end(conv, dw, scratch);
}

/* Sums of the parts. A bias before a batch norm has no effect, and exactly no gradient.
 */
static void join_parts(const struct pass *pass)
{
    struct fused_conv_gradient g = pass->g;
    size_t n = pass_weights(pass->fused);
    size_t channels = (size_t)pass->fused->pooling.map.channels;

    memcpy(g.dw.data, pass->parts.dw[0], n * sizeof(real));
    for (int p = 1; p < FUSED_CONV_PARTS; p++)
        add(g.dw.data, pass->parts.dw[p], n);
    memset(g.db, 0, channels * sizeof *g.db);
    for (int p = 0; p < FUSED_CONV_PARTS && !pass->fused->norm; p++)
        add(g.db, pass->parts.sum[p][0], channels);
}

void fused_conv_backward(const struct fused_conv *fused, const struct fused_conv_data *at,
                         struct fused_conv_gradient g, struct mat dy, struct mat dx)
{
    struct pass pass = pass_of(fused, at);
    bool patched = fused_conv_patched(fused), wanted = g.dw.data;

    assert(wanted || !fused->norm);
    pass.g = g;
    pass.dy = dy;
    pass.dx = dx;
    if (patched && wanted)
        fused_conv_patches_backward(&pass);
    else if (fused->norm)
        backward_norm(&pass);
    if (fused->norm)
        spread_norm(&pass);
    if (!patched || dx.data)
        pass_run(&pass, backward_part);
    if (!patched && wanted)
        join_parts(&pass);
}
