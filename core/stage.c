#include "core/stage.h"

#include <string.h>

#include "core/threads.h"

bool stage_marks(const struct stage *stage)
{
    return stage->pooling.relu || stage->pooling.size > 1;
}

/* The batch is cut into so many parts, whatever the number of threads: sums over the
 * batch are taken part by part and then joined in order, so that their bits are the same.
 * More than four threads do not gain in a stage. */
enum { PARTS = 4, SUMS = 4 };

/* The scratch: numbers per channel that hold for the whole batch; for each part a weight
 * gradient and sums per channel; for each worker the maps of the images that go through
 * together, and what the convolution needs. */
struct parts {
    real *channel[SUMS];
    real *dw[PARTS], *sum[PARTS][2];
    real *worker; /* worker_size reals each */
    size_t map, worker_size, size;
};

static size_t in_lines(size_t n)
{
    return (n + KERNEL_PAD - 1) / KERNEL_PAD * KERNEL_PAD;
}

static size_t weights_of(const struct window *win)
{
    return (size_t)(win->size * win->size * win->in.channels * win->out.channels);
}

static struct parts parts_of(const struct stage *stage, real *scratch, int workers)
{
    size_t channels = in_lines((size_t)stage->pooling.map.channels);
    size_t dw = in_lines(weights_of(&stage->conv.window));
    struct parts parts = {0};
    size_t at = SUMS * channels;

    parts.map = in_lines((size_t)conv_images(&stage->conv) *
                         (size_t)shape_size(stage->pooling.map));
    if (parts.map < 2 * channels) /* it also holds the sums of one image */
        parts.map = 2 * channels;
    parts.worker_size = parts.map + in_lines(conv_scratch(&stage->conv));
    workers = workers < PARTS ? workers : PARTS; /* no more than parts to work on */
    parts.size = at + PARTS * (dw + 2 * channels) + (size_t)workers * parts.worker_size;
    if (!scratch)
        return parts;
    for (int i = 0; i < SUMS; i++)
        parts.channel[i] = scratch + (size_t)i * channels;
    for (int p = 0; p < PARTS; p++, at += dw + 2 * channels) {
        parts.dw[p] = scratch + at;
        parts.sum[p][0] = parts.dw[p] + dw;
        parts.sum[p][1] = parts.sum[p][0] + channels;
    }
    parts.worker = scratch + at;
    return parts;
}

size_t stage_scratch(const struct stage *stage, int workers)
{
    return parts_of(stage, NULL, workers).size;
}

/* A pass over the batch: what it is for, and the parts of it that are done. */
struct pass {
    const struct stage *stage;
    const struct stage_data *at;
    struct parts parts;
    bool prepared[PARTS]; /* has the worker transformed the weights? */
    const real *gain, *shift;
    struct spread {
        real *by_dy, *by_z, *rest;
    } by;
    struct stage_gradient g;
    struct mat dy, dx;
};

static struct pass pass_of(const struct stage *stage, const struct stage_data *at)
{
    return (struct pass){
        .stage = stage, .at = at, .parts = parts_of(stage, at->scratch, at->workers)};
}

/* Calls work for each part: on the pool of the calling thread where there is scratch for
 * its workers. */
static void run(struct pass *pass, void (*work)(void *pass, int worker, int part))
{
    struct threads *pool = threads_own();

    threads_run(threads_count(pool) <= pass->at->workers ? pool : NULL, PARTS, work,
                pass);
}

static int part_begin(const struct pass *pass, int part)
{
    return pass->at->n * part / PARTS;
}

static real *map_of(const struct pass *pass, int worker)
{
    return pass->parts.worker + (size_t)worker * pass->parts.worker_size;
}

static real *conv_of(const struct pass *pass, int worker)
{
    return map_of(pass, worker) + pass->parts.map;
}

static void prepare(struct pass *pass, int worker)
{
    if (!pass->prepared[worker])
        conv_begin(&pass->stage->conv, pass->at->w, conv_of(pass, worker));
    pass->prepared[worker] = true;
}

static int group(const struct pass *pass, int first, int end)
{
    int images = conv_images(&pass->stage->conv);

    return end - first < images ? end - first : images;
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

static void convolve(const struct pass *pass, int worker, struct mat z, int first)
{
    conv_forward(&pass->stage->conv, z, mat_rows(pass->at->x, first, z.rows), pass->at->w,
                 pass->at->b, conv_of(pass, worker));
}

/* z (maps from image `first` on) to y, with gain and shift unless they are NULL. */
static void pool(const struct pass *pass, struct mat z, int first)
{
    for (int i = 0; i < z.rows; i++)
        pass->stage->conv.kernels->pool(&pass->stage->pooling,
                                        mat_row(pass->at->y, first + i),
                                        marks_of(pass->stage, pass->at, first + i),
                                        mat_row(z, i), pass->gain, pass->shift);
}

/* Convolution and what follows it, a few images at a time. */
static void straight_through(void *context, int worker, int part)
{
    struct pass *pass = context;
    bool alone = !pass->gain && !stage_marks(pass->stage);
    int end = part_begin(pass, part + 1);

    prepare(pass, worker);
    for (int i = part_begin(pass, part), n; i < end; i += n) {
        struct mat z;

        n = group(pass, i, end);
        z = alone ? mat_rows(pass->at->y, i, n)
                  : maps_of(pass->stage, map_of(pass, worker), n);
        convolve(pass, worker, z, i);
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

/* The convolution to z, with the moments of the part; those of one image go through the
 * worker's map, which is not needed here. */
static void convolve_and_measure(void *context, int worker, int part)
{
    struct pass *pass = context;
    const struct stage *stage = pass->stage;
    struct shape map = stage->pooling.map;
    int channels = map.channels, pixels = map.height * map.width;
    int first = part_begin(pass, part), end = part_begin(pass, part + 1);
    struct moments all = {pass->parts.sum[part][0], pass->parts.sum[part][1], 0};
    struct moments one = {map_of(pass, worker), map_of(pass, worker) + channels, 1};
    size_t bytes = (size_t)channels * sizeof(real);

    prepare(pass, worker);
    memset(all.mean, 0, bytes);
    memset(all.square, 0, bytes);
    for (int n; first < end; first += n) {
        n = group(pass, first, end);
        convolve(pass, worker, maps_of(stage, z_of(stage, pass->at, first), n), first);
        for (int i = first; i < first + n; i++) {
            stage->conv.kernels->moments(one.mean, one.square, z_of(stage, pass->at, i),
                                         pixels, channels);
            join_moments(&all, one, channels, pixels);
        }
    }
}

/* Statistics of the batch into `mean` and norm.scale. */
static void measure(struct pass *pass)
{
    const struct stage_data *at = pass->at;
    struct shape map = pass->stage->pooling.map;
    int channels = map.channels, pixels = map.height * map.width;
    struct moments all = {at->mean, pass->parts.channel[2], 0};

    run(pass, convolve_and_measure);
    memset(all.mean, 0, (size_t)channels * sizeof *all.mean);
    memset(all.square, 0, (size_t)channels * sizeof *all.square);
    for (int p = 0; p < PARTS; p++)
        join_moments(&all,
                     (struct moments){pass->parts.sum[p][0], pass->parts.sum[p][1],
                                      part_begin(pass, p + 1) - part_begin(pass, p)},
                     channels, pixels);
    for (int j = 0; j < channels; j++)
        batchnorm_observe(at->norm, j, (double)all.mean[j],
                          (double)all.square[j] / pixels / at->n, pixels * at->n);
}

/* A batch norm as v = gain z + shift. */
static void fold(struct pass *pass, const real *mean)
{
    const struct batchnorm *norm = &pass->at->norm;
    real *gain = pass->parts.channel[0], *shift = pass->parts.channel[1];

    for (int j = 0; j < pass->stage->pooling.map.channels; j++) {
        gain[j] = norm->gain[j] * norm->scale[j];
        shift[j] = norm->shift[j] - gain[j] * mean[j];
    }
    pass->gain = gain;
    pass->shift = shift;
}

static void pool_part(void *context, int worker, int part)
{
    const struct pass *pass = context;
    int first = part_begin(pass, part), n = part_begin(pass, part + 1) - first;

    pool(pass, maps_of(pass->stage, z_of(pass->stage, pass->at, first), n), first);
}

void stage_forward(const struct stage *stage, const struct stage_data *at)
{
    struct pass pass = pass_of(stage, at);

    if (!stage->norm) {
        run(&pass, straight_through);
        return;
    }
    measure(&pass);
    fold(&pass, at->mean);
    run(&pass, pool_part);
}

void stage_score(const struct stage *stage, const struct stage_data *at)
{
    struct pass pass = pass_of(stage, at);

    for (int j = 0; stage->norm && j < stage->pooling.map.channels; j++)
        at->norm.scale[j] = batchnorm_scale(at->norm.variance[j]);
    if (stage->norm)
        fold(&pass, at->norm.mean);
    run(&pass, straight_through);
}

static void add(real *to, const real *from, size_t n)
{
    for (size_t j = 0; j < n; j++)
        to[j] += from[j];
}

/* Sums over the pooled map alone: dy is zero but at the winners. */
static void sum_part(void *context, int worker, int part)
{
    const struct pass *pass = context;
    const struct stage *stage = pass->stage;
    size_t channels = (size_t)stage->pooling.map.channels;
    real *const *sum = pass->parts.sum[part], *one = map_of(pass, worker);

    memset(sum[0], 0, channels * sizeof(real));
    memset(sum[1], 0, channels * sizeof(real));
    for (int i = part_begin(pass, part); i < part_begin(pass, part + 1); i++) {
        stage->conv.kernels->pool_sums(&stage->pooling, one, one + channels,
                                       mat_row(pass->dy, i), marks_of(stage, pass->at, i),
                                       z_of(stage, pass->at, i), pass->at->mean);
        add(sum[0], one, channels);
        add(sum[1], one + channels, channels);
    }
}

/* How dz follows from dy and z, per channel:
 *   dz = gain scale (dy - mean(dy) - xhat mean(dy xhat)),  xhat = (z - mean) scale
 *      = by_dy dy + by_z z + rest */
static void backward_norm(struct pass *pass)
{
    const struct stage_data *at = pass->at;
    struct stage_gradient g = pass->g;
    real *const *channel = pass->parts.channel;
    struct spread to = {channel[0], channel[1], channel[2]};
    struct shape map = pass->stage->pooling.map;
    size_t channels = (size_t)map.channels;
    real over = 1 / ((real)at->n * (real)(map.height * map.width));

    run(pass, sum_part);
    memset(g.dshift, 0, channels * sizeof *g.dshift);
    memset(g.dgain, 0, channels * sizeof *g.dgain);
    for (int p = 0; p < PARTS; p++) {
        add(g.dshift, pass->parts.sum[p][0], channels);
        add(g.dgain, pass->parts.sum[p][1], channels);
    }
    for (size_t j = 0; j < channels; j++) {
        real scale = at->norm.scale[j];

        g.dgain[j] *= scale;
        to.by_dy[j] = at->norm.gain[j] * scale;
        to.by_z[j] = -to.by_dy[j] * scale * g.dgain[j] * over;
        to.rest[j] = -to.by_dy[j] * g.dshift[j] * over - to.by_z[j] * at->mean[j];
    }
    pass->by = to;
}

/* The sum of dy in each channel, where alive, is the gradient of the bias: taken image by
 * image, as long sums in single precision lose digits. one: a row of scratch. */
static void unpool_image(const struct pass *pass, int i, real *dz, real *one, real *db)
{
    const struct stage *stage = pass->stage;
    size_t channels = (size_t)stage->pooling.map.channels;
    const real *dy = mat_row(pass->dy, i);

    memset(one, 0, channels * sizeof *one);
    if (stage_marks(stage))
        stage->conv.kernels->unpool(&stage->pooling, dz, dy, marks_of(stage, pass->at, i),
                                    NULL, NULL, NULL, NULL, one);
    else
        stage->conv.kernels->pool_sums(&stage->pooling, one, NULL, dy, NULL, NULL, NULL);
    add(db, one, channels);
}

/* dz of n images from dy: in the worker's map, or dy itself. */
static struct mat unpool(const struct pass *pass, int worker, int part, int first, int n)
{
    const struct stage *stage = pass->stage;
    struct mat dz = maps_of(stage, map_of(pass, worker), n);
    real *const *sum = pass->parts.sum[part];

    for (int i = first; i < first + n; i++)
        if (stage->norm)
            stage->conv.kernels->unpool(
                &stage->pooling, mat_row(dz, i - first), mat_row(pass->dy, i),
                marks_of(stage, pass->at, i), z_of(stage, pass->at, i), pass->by.by_dy,
                pass->by.by_z, pass->by.rest, NULL);
        else
            unpool_image(pass, i, mat_row(dz, i - first), sum[1], sum[0]);
    return stage->norm || stage_marks(stage) ? dz : mat_rows(pass->dy, first, n);
}

/* The weights' transform for the data gradient stands in the worker's scratch from its
 * first part on. */
static void backward_part(void *context, int worker, int part)
{
    struct pass *pass = context;
    const struct conv *conv = &pass->stage->conv;
    const struct stage_data *at = pass->at;
    struct mat dw = pass->g.dw;
    real *scratch = conv_of(pass, worker);
    int end = part_begin(pass, part + 1);

    dw.at = pass->parts.dw[part];
    memset(pass->parts.sum[part][0], 0, (size_t)conv->window.out.channels * sizeof(real));
    conv_backward_begin(conv, dw, at->w, pass->dx.at && !pass->prepared[worker], scratch);
    pass->prepared[worker] = true;
    for (int i = part_begin(pass, part), n; i < end; i += n) {
        struct mat dz;

        n = group(pass, i, end);
        dz = unpool(pass, worker, part, i, n);
        conv_backward(conv, dw, mat_rows(at->x, i, n), dz, scratch);
        if (pass->dx.at)
            conv_backward_input(conv, mat_rows(pass->dx, i, n), dz, at->w, scratch);
    }
    conv_backward_end(conv, dw, scratch);
}

void stage_backward(const struct stage *stage, const struct stage_data *at,
                    struct stage_gradient g, struct mat dy, struct mat dx)
{
    struct pass pass = pass_of(stage, at);
    size_t n = weights_of(&stage->conv.window);
    size_t channels = (size_t)stage->pooling.map.channels;

    pass.g = g;
    pass.dy = dy;
    pass.dx = dx;
    if (stage->norm)
        backward_norm(&pass);
    run(&pass, backward_part);
    memcpy(g.dw.at, pass.parts.dw[0], n * sizeof(real));
    for (int p = 1; p < PARTS; p++)
        add(g.dw.at, pass.parts.dw[p], n);
    /* A bias before a batch norm has no effect, and exactly no gradient. */
    memset(g.db, 0, channels * sizeof *g.db);
    for (int p = 0; p < PARTS && !stage->norm; p++)
        add(g.db, pass.parts.sum[p][0], channels);
}
