#include "baselines/rules/soft_layers.h"

#include <tgmath.h>

#include "baselines/rules/soft_wta.h"

const char *const soft_output_names[] = {"triangle", "softmax", NULL};

static const struct layer *layer_of(const struct soft_layers *soft, int l)
{
    return &soft->modules.net.layer[soft->modules.module[l].weights];
}

/* Positions of the map of layer l; 1 of a dense layer. */
static int positions_of(const struct soft_layers *soft, int l)
{
    return layer_of(soft, l)->out.height * layer_of(soft, l)->out.width;
}

/* Those that layer l reads. */
static int channels_of(const struct soft_layers *soft, int l)
{
    return l == 1 ? soft->image.channels : soft->modules.module[l - 1].out.channels;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static void plan_layers(struct soft_layers *soft)
{
    size_t channels = 0;

    for (int l = 1; l <= soft->modules.n; l++) {
        const struct layer *layer = layer_of(soft, l);

        soft->layer[l] = mat_of(NULL, layer->n_in, layer->n_unit);
        if (layer->kind == LAYER_CONV)
            soft->conv[l] = conv_plan(&layer->window, soft->modules.net.kernels);
        soft->channel[l] = channels;
        channels += (size_t)channels_of(soft, l);
    }
}

/* Layers of these kinds have no place here. */
static enum status check_net(const struct soft_layers *soft, struct error *err)
{
    static const enum layer_kind kind[] = {LAYER_BATCHNORM, LAYER_LAYERNORM,
                                           LAYER_RMSNORM};

    for (size_t i = 0; i < sizeof kind / sizeof *kind; i++)
        if (modules_refuse(
                &soft->modules, kind[i],
                "softhebb normalises what a layer reads by itself; leave norms "
                "out",
                err) != OK)
            return err->status;
    if (soft->modules.module[1].weights > 0)
        return error_set(err, ERR_USAGE,
                         "softhebb learns conv or dense layers, which activations and "
                         "pools follow; begin the net with one of them");
    return OK;
}

enum status soft_layers_parse(struct soft_layers *soft, const char *net,
                              struct shape image, struct error *err)
{
    soft->image = image;
    if (modules_parse(&soft->modules, "softhebb", net, image, 0, CUT_BEFORE_WEIGHTS,
                      err) != OK ||
        check_net(soft, err) != OK)
        return err->status;
    plan_layers(soft);
    return OK;
}

static size_t size_of(struct mat m)
{
    return (size_t)m.rows * (size_t)m.cols;
}

size_t soft_layers_weights(const struct soft_layers *soft)
{
    size_t n = 0;

    for (int l = 1; l <= soft->modules.n; l++)
        n += size_of(soft->layer[l]);
    return n;
}

int soft_layers_units(const struct soft_layers *soft)
{
    int most = 0;

    for (int l = 1; l <= soft->modules.n; l++)
        most = larger(most, soft->layer[l].cols);
    return most;
}

int soft_layers_out(const struct soft_layers *soft)
{
    return shape_size(soft->modules.module[soft->modules.n].out);
}

static void take_rows(struct soft_layers *soft, int rows, struct arena *arena)
{
    int widest_in = 0, widest = 0;
    size_t scratch = 0;

    for (int l = 1; l <= soft->modules.n; l++) {
        const struct layer *layer = layer_of(soft, l);
        size_t n = layer->kind == LAYER_CONV ? conv_scratch(&soft->conv[l]) : 0;

        widest_in = larger(widest_in, shape_size(layer->in));
        widest = larger(widest, shape_size(layer->out));
        scratch = n > scratch ? n : scratch;
    }
    soft->input = mat_take(arena, TAG_SCRATCH, rows, widest_in);
    soft->u = mat_take(arena, TAG_SCRATCH, rows, widest);
    soft->y = mat_take(arena, TAG_SCRATCH, rows, widest);
    soft->scratch = arena_take(arena, TAG_SCRATCH, scratch, sizeof(real));
}

static void take_statistics(struct soft_layers *soft, size_t n, struct arena *arena)
{
    soft->mean = arena_take(arena, TAG_STATE, n, sizeof(real));
    soft->variance = arena_take(arena, TAG_STATE, n, sizeof(real));
    soft->scale = arena_take(arena, TAG_SCRATCH, n, sizeof(real));
    soft->one = arena_take(arena, TAG_FIXED, n, sizeof(real));
    soft->zero = arena_take(arena, TAG_FIXED, n, sizeof(real));
}

/* As many statistics as channels of the image and units, those of the last layer too. */
static size_t n_statistic(const struct soft_layers *soft)
{
    return soft->channel[soft->modules.n] + (size_t)channels_of(soft, soft->modules.n) +
           (size_t)soft->layer[soft->modules.n].cols;
}

void soft_layers_take(struct soft_layers *soft, real *w, int rows, struct arena *arena)
{
    for (int l = 1; l <= soft->modules.n; l++) {
        soft->layer[l].data = w;
        w += w ? size_of(soft->layer[l]) : 0;
    }
    take_statistics(soft, n_statistic(soft), arena);
    take_rows(soft, rows, arena);
}

void soft_layers_draw(const struct soft_layers *soft, double range, struct rng rng)
{
    for (size_t j = 0; j < n_statistic(soft); j++)
        soft->one[j] = soft->variance[j] = 1;
    for (int l = 1; l <= soft->modules.n; l++) {
        struct mat w = soft->layer[l];
        struct rng own = rng_at(rng, (uint64_t)l);

        rng_normal(&own, w.data, size_of(w), (real)(range / sqrt((double)w.rows)));
    }
}

struct mat soft_layers_normalise(const struct soft_layers *soft, int l, struct mat x,
                                 bool by_batch, bool follow)
{
    struct mat to = mat_of(soft->input.data, x.rows, x.cols);
    size_t at = soft->channel[l];
    int n = channels_of(soft, l);
    struct mat in = mat_of(to.data, x.rows * x.cols / n, n);
    struct batchnorm norm = {soft->one, soft->zero, soft->mean + at, soft->variance + at,
                             soft->scale + at};

    mat_copy(to, x);
    if (by_batch && !follow)
        norm.mean = norm.variance = NULL;
    if (by_batch)
        batchnorm_forward(in, in, in, norm);
    else
        batchnorm_infer(in, in, norm);
    return to;
}

struct mat soft_layers_current(const struct soft_layers *soft, int l, struct mat input)
{
    struct mat w = soft->layer[l];
    int positions = positions_of(soft, l);
    struct mat u = mat_of(soft->u.data, input.rows, positions * w.cols);

    if (layer_of(soft, l)->kind == LAYER_CONV)
        conv_batch_forward(&soft->conv[l], u, input, w, soft->zero, soft->scratch);
    else
        mat_mul(u, input, w, false);
    return mat_of(u.data, u.rows * positions, w.cols);
}

/* max(0, u - mean of the row)^power */
static void triangle(const struct soft_layers *soft, struct mat y, struct mat u)
{
    for (int i = 0; i < u.rows; i++) {
        const real *v = mat_row(u, i);
        real mean = 0;

        for (int k = 0; k < u.cols; k++)
            mean += v[k] / (real)u.cols;
        for (int k = 0; k < u.cols; k++)
            mat_row(y, i)[k] = v[k] > mean ? pow(v[k] - mean, (real)soft->power) : 0;
    }
}

/* What layer i of the net makes of y, in the one of y and u that y does not lie in. */
static struct mat pool(const struct soft_layers *soft, int i, struct mat y)
{
    const struct layer *layer = &soft->modules.net.layer[i];
    real *room = y.data == soft->y.data ? soft->u.data : soft->y.data;
    struct mat to = mat_of(room, y.rows, shape_size(layer->out));

    pool_forward(&layer->window, to, y, NULL);
    return to;
}

/* The output of layer l for n images. */
static struct mat layer_output(const struct soft_layers *soft, int l, struct mat u, int n,
                               const struct rng *rng)
{
    const struct module *module = &soft->modules.module[l];
    struct mat rows = mat_of(soft->y.data, u.rows, u.cols);
    struct mat y = mat_of(soft->y.data, n, u.rows / n * u.cols);

    if (soft->output == OUTPUT_SOFTMAX)
        soft_wta_compete(rows, u, soft->output_t);
    else
        triangle(soft, rows, u);
    for (int i = module->weights + 1; i < module->end; i++) {
        const struct layer *layer = &soft->modules.net.layer[i];

        if (layer->kind == LAYER_POOL)
            y = pool(soft, i, y);
        else if (layer->kind == LAYER_DROPOUT && rng)
            dropout(y, (real)layer->rate, rng_at(*rng, (uint64_t)i));
    }
    return y;
}

struct mat soft_layers_run(const struct soft_layers *soft, struct mat x, int end,
                           const struct rng *rng)
{
    int n = x.rows;

    for (int l = 1; l <= end; l++) {
        struct mat in = soft_layers_normalise(soft, l, x, false, false);

        x = layer_output(soft, l, soft_layers_current(soft, l, in), n, rng);
    }
    return x;
}

void soft_layers_correlate(const struct soft_layers *soft, int l, struct mat g,
                           struct mat x, struct mat c)
{
    struct mat map = mat_of(c.data, x.rows, c.rows / x.rows * c.cols);

    if (layer_of(soft, l)->kind == LAYER_CONV)
        conv_batch_backward(&soft->conv[l], g, &x, &map, 1, soft->scratch);
    else
        mat_mul_tn(g, x, c, false);
}
