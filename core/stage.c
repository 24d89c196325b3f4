#include "core/stage.h"

#include <string.h>

bool stage_marks(const struct stage *stage)
{
    return stage->pooling.relu || stage->pooling.size > 1;
}

/* The scratch: the maps of the images that go through together, numbers per channel, then
 * what the convolution needs. */
struct parts {
    real *map;
    real *channel[4];
    real *conv;
    size_t size;
};

static size_t in_lines(size_t n)
{
    return (n + KERNEL_PAD - 1) / KERNEL_PAD * KERNEL_PAD;
}

static struct parts parts_of(const struct stage *stage, real *scratch)
{
    size_t map =
        (size_t)conv_images(&stage->conv) * (size_t)shape_size(stage->pooling.map);
    size_t channels = in_lines((size_t)stage->pooling.map.channels);
    struct parts parts = {.size =
                              in_lines(map) + 4 * channels + conv_scratch(&stage->conv)};

    if (scratch) {
        parts.map = scratch;
        for (int i = 0; i < 4; i++)
            parts.channel[i] = scratch + in_lines(map) + (size_t)i * channels;
        parts.conv = parts.channel[3] + channels;
    }
    return parts;
}

size_t stage_scratch(const struct stage *stage)
{
    return parts_of(stage, NULL).size;
}

static int group(const struct stage *stage, int first, int rows)
{
    int images = conv_images(&stage->conv);

    return rows - first < images ? rows - first : images;
}

/* Maps of the convolution as rows of a batch. */
static struct mat maps_of(const struct stage *stage, real *at, int n)
{
    return mat_of(at, n, shape_size(stage->pooling.map));
}

static uint8_t *marks_of(const struct stage *stage, const struct stage_data *at, int i)
{
    return at->mark ? at->mark + (size_t)i * (size_t)shape_size(stage->pooling.out)
                    : NULL;
}

static real *z_of(const struct stage *stage, const struct stage_data *at, int i)
{
    return at->z + (size_t)i * (size_t)shape_size(stage->pooling.map);
}

static void convolve(const struct stage *stage, const struct stage_data *at, struct mat z,
                     int first, int n)
{
    conv_forward(&stage->conv, z, mat_rows(at->x, first, n), at->w, at->b,
                 parts_of(stage, at->scratch).conv);
}

/* z (n maps from image `first` on) to y, with gain and shift unless they are NULL. */
static void pool(const struct stage *stage, const struct stage_data *at, struct mat z,
                 int first, const real *gain, const real *shift)
{
    for (int i = 0; i < z.rows; i++)
        stage->conv.kernels->pool(&stage->pooling, mat_row(at->y, first + i),
                                  marks_of(stage, at, first + i), mat_row(z, i), gain,
                                  shift);
}

/* Convolution and what follows it, a few images at a time. */
static void straight_through(const struct stage *stage, const struct stage_data *at,
                             const real *gain, const real *shift)
{
    real *map = parts_of(stage, at->scratch).map;
    bool alone = !gain && !stage_marks(stage);

    for (int i = 0, n; i < at->x.rows; i += n) {
        n = group(stage, i, at->x.rows);
        if (alone) {
            convolve(stage, at, mat_rows(at->y, i, n), i, n);
        } else {
            convolve(stage, at, maps_of(stage, map, n), i, n);
            pool(stage, at, maps_of(stage, map, n), i, gain, shift);
        }
    }
}

/* Mean and sum of squared deviations of the batch, from those of its images, of `pixels`
 * values each, one joining the others at a time (Chan, Golub & LeVeque 1979). */
struct moments {
    real *mean, *square;
};

static void join_moments(struct moments all, struct moments one, int channels, int pixels,
                         int images_before)
{
    real weight = 1 / (real)(images_before + 1), both = weight * (real)images_before;

    for (int j = 0; j < channels; j++) {
        real apart = one.mean[j] - all.mean[j];

        all.mean[j] += apart * weight;
        all.square[j] += one.square[j] + apart * apart * both * (real)pixels;
    }
}

/* The convolution to z, with the statistics of the batch into `mean` and norm.scale. */
static void convolve_and_measure(const struct stage *stage, const struct stage_data *at)
{
    struct parts parts = parts_of(stage, at->scratch);
    struct shape map = stage->pooling.map;
    int channels = map.channels, pixels = map.height * map.width;
    struct moments one = {parts.channel[0], parts.channel[1]};
    struct moments all = {at->mean, parts.channel[2]};

    memset(all.mean, 0, (size_t)channels * sizeof *all.mean);
    memset(all.square, 0, (size_t)channels * sizeof *all.square);
    for (int first = 0, n; first < at->x.rows; first += n) {
        n = group(stage, first, at->x.rows);
        convolve(stage, at, maps_of(stage, z_of(stage, at, first), n), first, n);
        for (int i = first; i < first + n; i++) {
            stage->conv.kernels->moments(one.mean, one.square, z_of(stage, at, i), pixels,
                                         channels);
            join_moments(all, one, channels, pixels, i);
        }
    }
    for (int j = 0; j < channels; j++)
        batchnorm_observe(at->norm, j, (double)all.mean[j],
                          (double)all.square[j] / pixels / at->x.rows,
                          pixels * at->x.rows);
}

/* A batch norm as v = gain z + shift. */
static void fold(const struct batchnorm *norm, const real *mean, int n, real *gain,
                 real *shift)
{
    for (int j = 0; j < n; j++) {
        gain[j] = norm->gain[j] * norm->scale[j];
        shift[j] = norm->shift[j] - gain[j] * mean[j];
    }
}

void stage_forward(const struct stage *stage, const struct stage_data *at)
{
    struct parts parts = parts_of(stage, at->scratch);
    real *gain = parts.channel[0], *shift = parts.channel[1];

    conv_begin(&stage->conv, at->w, parts.conv);
    if (!stage->norm) {
        straight_through(stage, at, NULL, NULL);
        return;
    }
    convolve_and_measure(stage, at);
    fold(&at->norm, at->mean, stage->pooling.map.channels, gain, shift);
    pool(stage, at, maps_of(stage, at->z, at->x.rows), 0, gain, shift);
}

void stage_score(const struct stage *stage, const struct stage_data *at)
{
    struct parts parts = parts_of(stage, at->scratch);
    real *gain = parts.channel[0], *shift = parts.channel[1];
    int channels = stage->pooling.map.channels;

    conv_begin(&stage->conv, at->w, parts.conv);
    if (!stage->norm) {
        straight_through(stage, at, NULL, NULL);
        return;
    }
    for (int j = 0; j < channels; j++)
        at->norm.scale[j] = batchnorm_scale(at->norm.variance[j]);
    fold(&at->norm, at->norm.mean, channels, gain, shift);
    straight_through(stage, at, gain, shift);
}

static void add(real *to, const real *from, int n)
{
    for (int j = 0; j < n; j++)
        to[j] += from[j];
}

/* How dz follows from dy and z, per channel:
 *   dz = gain scale (dy - mean(dy) - xhat mean(dy xhat)),  xhat = (z - mean) scale
 *      = by_dy dy + by_z z + rest */
struct spread {
    real *by_dy, *by_z, *rest;
};

/* The sums run over the pooled map alone: dy is zero but at the winners. */
static struct spread backward_norm(const struct stage *stage, const struct stage_data *at,
                                   struct stage_gradient g, struct mat dy)
{
    struct parts parts = parts_of(stage, at->scratch);
    struct spread to = {parts.channel[0], parts.channel[1], parts.channel[2]};
    struct shape map = stage->pooling.map;
    real over = 1 / ((real)dy.rows * (real)(map.height * map.width));

    memset(g.dshift, 0, (size_t)map.channels * sizeof *g.dshift);
    memset(g.dgain, 0, (size_t)map.channels * sizeof *g.dgain);
    for (int i = 0; i < dy.rows; i++) {
        stage->conv.kernels->pool_sums(&stage->pooling, to.by_dy, to.by_z, mat_row(dy, i),
                                       marks_of(stage, at, i), z_of(stage, at, i),
                                       at->mean);
        add(g.dshift, to.by_dy, map.channels);
        add(g.dgain, to.by_z, map.channels);
    }
    for (int j = 0; j < map.channels; j++) {
        real scale = at->norm.scale[j];

        g.dgain[j] *= scale;
        to.by_dy[j] = at->norm.gain[j] * scale;
        to.by_z[j] = -to.by_dy[j] * scale * g.dgain[j] * over;
        to.rest[j] = -to.by_dy[j] * g.dshift[j] * over - to.by_z[j] * at->mean[j];
    }
    return to;
}

/* The sum of dy in each channel, where alive, is the gradient of the bias: taken image by
 * image, as long sums in single precision lose digits. */
static void unpool_image(const struct stage *stage, const struct stage_data *at, int i,
                         real *dz, const real *dy, real *db)
{
    const struct pooling *pooling = &stage->pooling;
    int channels = pooling->map.channels;
    real *sum = parts_of(stage, at->scratch).channel[0];

    memset(sum, 0, (size_t)channels * sizeof *sum);
    if (stage_marks(stage))
        stage->conv.kernels->unpool(pooling, dz, dy, marks_of(stage, at, i), NULL, NULL,
                                    NULL, NULL, sum);
    else
        stage->conv.kernels->pool_sums(pooling, sum, NULL, dy, NULL, NULL, NULL);
    add(db, sum, channels);
}

/* dz of n images from dy: in the scratch, or dy itself. */
static struct mat unpool(const struct stage *stage, const struct stage_data *at,
                         struct spread by, struct mat dy, int first, int n, real *db)
{
    struct mat dz = maps_of(stage, parts_of(stage, at->scratch).map, n);

    for (int i = first; i < first + n; i++)
        if (stage->norm)
            stage->conv.kernels->unpool(&stage->pooling, mat_row(dz, i - first),
                                        mat_row(dy, i), marks_of(stage, at, i),
                                        z_of(stage, at, i), by.by_dy, by.by_z, by.rest,
                                        NULL);
        else
            unpool_image(stage, at, i, mat_row(dz, i - first), mat_row(dy, i), db);
    return stage->norm || stage_marks(stage) ? dz : mat_rows(dy, first, n);
}

void stage_backward(const struct stage *stage, const struct stage_data *at,
                    struct stage_gradient g, struct mat dy, struct mat dx)
{
    real *scratch = parts_of(stage, at->scratch).conv;
    struct spread by = {0};

    /* A bias before a batch norm has no effect, and exactly no gradient. */
    memset(g.db, 0, (size_t)stage->pooling.map.channels * sizeof *g.db);
    if (stage->norm)
        by = backward_norm(stage, at, g, dy);
    conv_backward_begin(&stage->conv, g.dw, at->w, dx.at != NULL, scratch);
    for (int i = 0, n; i < dy.rows; i += n) {
        struct mat dz;

        n = group(stage, i, dy.rows);
        dz = unpool(stage, at, by, dy, i, n, g.db);
        conv_backward(&stage->conv, g.dw, mat_rows(at->x, i, n), dz, scratch);
        if (dx.at)
            conv_backward_input(&stage->conv, mat_rows(dx, i, n), dz, at->w, scratch);
    }
    conv_backward_end(&stage->conv, g.dw, scratch);
}
