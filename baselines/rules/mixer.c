#include "baselines/rules/mixer.h"

#include <assert.h>
#include <string.h>

void mixer_take_values(const struct mixer *mixer, struct mixer_values *values, int images,
                       struct arena *arena)
{
    size_t rows = (size_t)images * (size_t)mixer->n_patch;
    size_t n = rows * (size_t)mixer->widest, pieces = rows * (size_t)mixer->n_group;

    values->x = arena_take(arena, TAG_ACTIVATION, n, sizeof(real));
    values->z = arena_take(arena, TAG_ACTIVATION, n, sizeof(real));
    values->h = arena_take(arena, TAG_ACTIVATION, n, sizeof(real));
    values->before = arena_take(arena, TAG_ACTIVATION, pieces, sizeof(real));
    values->after = arena_take(arena, TAG_ACTIVATION, pieces, sizeof(real));
}

void mixer_cut(const struct mixer *mixer, struct mat x, struct mat patches)
{
    int h = mixer->image.height / mixer->side, w = mixer->image.width / mixer->side;
    int run = w * mixer->image.channels; /* values that stay side by side */

    assert(patches.cols == h * run);
    for (int r = 0; r < patches.rows; r++) {
        int p = r % mixer->n_patch, top = p / mixer->side * h, left = p % mixer->side;
        const real *image = mat_row(x, r / mixer->n_patch);

        for (int i = 0; i < h; i++)
            memcpy(mat_row(patches, r) + i * run,
                   image + ((top + i) * mixer->side + left) * run,
                   (size_t)run * sizeof *image);
    }
}

struct mat mixer_pieces(struct mat x, int length)
{
    assert(x.ld == x.cols && x.cols % length == 0);
    return mat_of(x.data, x.rows * (x.cols / length), length);
}

/* W_g as a matrix; the other mixes have only g = 0. */
static struct mat weight_of(const struct mixer *mixer, const struct mixer_layer *layer,
                            real *w, int g)
{
    int G = layer->mix == MIX_GROUPS ? mixer->n_group : 1;
    int n_in = layer->mix == MIX_TOKENS ? mixer->n_patch : layer->n_in / G;
    int n_out = layer->mix == MIX_TOKENS ? mixer->n_patch : layer->n_out / G;

    return mat_of(w + (size_t)g * (size_t)n_in * (size_t)n_out, n_in, n_out);
}

/* The part of x that W_g works on: the columns of a group, or the rows of an image. */
static struct mat part_of(const struct mixer *mixer, enum mix mix, struct mat x, int i)
{
    int width = x.cols / mixer->n_group;

    if (mix == MIX_GROUPS)
        return mat_cols(x, i * width, width);
    return mix == MIX_TOKENS ? mat_rows(x, i * mixer->n_patch, mixer->n_patch) : x;
}

static int n_part(const struct mixer *mixer, enum mix mix, struct mat x)
{
    if (mix == MIX_GROUPS)
        return mixer->n_group;
    return mix == MIX_TOKENS ? x.rows / mixer->n_patch : 1;
}

enum direction { AHEAD, BACK };

/* y = mix(x) without biases, or its transpose. */
static void mix(const struct mixer *mixer, const struct mixer_layer *layer, real *w,
                enum direction direction, struct mat y, struct mat x)
{
    bool tokens = layer->mix == MIX_TOKENS;

    for (int i = 0; i < n_part(mixer, layer->mix, x); i++) {
        struct mat W = weight_of(mixer, layer, w, tokens ? 0 : i);
        struct mat to = part_of(mixer, layer->mix, y, i);
        struct mat from = part_of(mixer, layer->mix, x, i);

        if (tokens && direction == AHEAD)
            mat_mul_tn(to, W, from, false);
        else if (tokens)
            mat_mul(to, W, from, false);
        else if (direction == AHEAD)
            mat_mul(to, from, W, false);
        else
            mat_mul_nt(to, from, W, false);
    }
}

static void add_bias(const struct mixer *mixer, const struct mixer_layer *layer,
                     const real *b, struct mat y)
{
    for (int r = 0; r < y.rows; r++)
        for (int j = 0; j < y.cols; j++)
            mat_row(y, r)[j] += b[layer->mix == MIX_TOKENS ? r % mixer->n_patch : j];
}

struct mat mixer_forward(const struct mixer *mixer, int l, real *w,
                         const struct mixer_values *values, struct mat x,
                         struct mat input)
{
    const struct mixer_layer *layer = &mixer->layer[l];
    struct mat xhat = mat_of(values->x, x.rows, layer->n_in);
    struct mat z = mat_of(values->z, x.rows, layer->n_out);
    struct mat h = mat_of(values->h, x.rows, layer->n_out);

    mat_copy(xhat, x);
    if (layer->before)
        layernorm_forward(mixer_pieces(xhat, layer->before), values->before);
    w += layer->weight;
    mix(mixer, layer, w, AHEAD, z, xhat);
    add_bias(mixer, layer, w + layer->n_weight - layer->n_bias, z);
    if (layer->after)
        layernorm_forward(mixer_pieces(z, layer->after), values->after);
    mat_copy(h, z);
    for (size_t i = 0; layer->residual && i < (size_t)h.rows * (size_t)h.cols; i++)
        h.data[i] += input.data[i];
    if (!layer->linear)
        act_forward(layer->activation, h, h);
    return h;
}

void mixer_tangent(const struct mixer *mixer, int l, real *w,
                   const struct mixer_values *values, struct mat dz, struct mat dx)
{
    const struct mixer_layer *layer = &mixer->layer[l];

    if (layer->before) /* the Jacobian of a layer norm is symmetric */
        layernorm_backward(
            mixer_pieces(dx, layer->before),
            mixer_pieces(mat_of(values->x, dx.rows, dx.cols), layer->before),
            values->before);
    mix(mixer, layer, w + layer->weight, AHEAD, dz, dx);
    if (layer->after)
        layernorm_backward(
            mixer_pieces(dz, layer->after),
            mixer_pieces(mat_of(values->z, dz.rows, dz.cols), layer->after),
            values->after);
}

void mixer_activate(const struct mixer *mixer, int l, const struct mixer_values *values,
                    struct mat d)
{
    const struct mixer_layer *layer = &mixer->layer[l];

    if (!layer->linear)
        act_backward(layer->activation, d, mat_of(values->h, d.rows, d.cols));
}

/* dW and db from xhat and the derivative of mix(xhat). */
static void gradient(const struct mixer *mixer, const struct mixer_layer *layer,
                     struct mat xhat, struct mat d, real *g)
{
    real *db = g + layer->n_weight - layer->n_bias;

    memset(db, 0, layer->n_bias * sizeof *db);
    for (int i = 0; i < n_part(mixer, layer->mix, d); i++) {
        struct mat from = part_of(mixer, layer->mix, xhat, i);
        struct mat to = part_of(mixer, layer->mix, d, i);

        if (layer->mix == MIX_TOKENS)
            mat_mul_nt(weight_of(mixer, layer, g, 0), from, to, i > 0);
        else
            mat_mul_tn(weight_of(mixer, layer, g, i), from, to, false);
    }
    for (int r = 0; r < d.rows; r++)
        for (int j = 0; j < d.cols; j++)
            db[layer->mix == MIX_TOKENS ? r % mixer->n_patch : j] += mat_row(d, r)[j];
}

void mixer_backward(const struct mixer *mixer, int l, real *w,
                    const struct mixer_values *values, struct mat dz, real *g,
                    struct mat dx)
{
    const struct mixer_layer *layer = &mixer->layer[l];
    struct mat xhat = mat_of(values->x, dz.rows, layer->n_in);

    if (layer->after)
        layernorm_backward(
            mixer_pieces(dz, layer->after),
            mixer_pieces(mat_of(values->z, dz.rows, dz.cols), layer->after),
            values->after);
    gradient(mixer, layer, xhat, dz, g);
    if (!dx.data)
        return;
    mix(mixer, layer, w + layer->weight, BACK, dx, dz);
    if (layer->before)
        layernorm_backward(mixer_pieces(dx, layer->before),
                           mixer_pieces(xhat, layer->before), values->before);
}

bool mixer_reaches_all(const struct mixer *mixer, int l)
{
    return mixer->layer[l].mix == MIX_TOKENS;
}

double mixer_layer_flops(const struct mixer *mixer, int l)
{
    const struct mixer_layer *layer = &mixer->layer[l];
    size_t products = layer->n_weight - layer->n_bias;

    return 2.0 * (double)products *
           (layer->mix == MIX_TOKENS ? layer->n_out : mixer->n_patch);
}
