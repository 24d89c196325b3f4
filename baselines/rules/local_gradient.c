#include "baselines/rules/local_gradient.h"

#include <string.h>

static int group_width(const struct local_gradient *lg, struct mat rows)
{
    return rows.cols / lg->mixer.n_group;
}

/* u ~ N(0, 1), 0 where the ReLU is off. */
static struct mat perturbation(const struct local_gradient *lg, int l, int i, int rows,
                               struct rng rng)
{
    const struct mixer_layer *layer = &lg->mixer.layer[l];
    struct mat u = mat_of(lg->u[i], rows, layer->n_out);
    size_t n = (size_t)u.rows * (size_t)u.cols;
    const real *h = lg->values[i].h;

    rng_normal(&rng, u.data, n, 1);
    for (size_t k = 0; k < n; k++)
        if (!layer->linear && layer->activation == ACT_RELU && h[k] <= 0)
            u.data[k] = 0;
    return u;
}

/* The tangent of the block's output: 0 at its input, u is added in every layer. */
static struct mat block_tangent(const struct local_gradient *lg, int b, int rows,
                                struct rng rng)
{
    const struct mixer_block *block = &lg->mixer.block[b];
    struct mat d = {0};

    for (int i = 0; i < block->n_layer; i++) {
        int l = block->first + i;
        struct mat u = perturbation(lg, l, i, rows, rng_at(rng, (uint64_t)l));
        struct mat dz = mat_of(d.data == lg->two ? lg->input : lg->two, rows, u.cols);

        if (i == 0)
            mat_copy(dz, u);
        else
            mixer_tangent(&lg->mixer, l, lg->w.data, &lg->values[i], dz, d);
        for (size_t k = 0; i > 0 && k < (size_t)u.rows * (size_t)u.cols; k++)
            dz.data[k] += u.data[k];
        mixer_activate(&lg->mixer, l, &lg->values[i], dz);
        d = dz;
    }
    return d;
}

/* The derivative of the loss at the features of row r: that of its image. */
static const real *share_of(const struct local_gradient *lg, int r, int cols)
{
    return lg->share.data + (size_t)(r / lg->mixer.n_patch) * (size_t)cols;
}

/* slope_pg = sum over the group of dxq . share, by row and group; d is overwritten. */
static void measure_slopes(const struct local_gradient *lg, struct mat d, struct mat xq)
{
    int G = lg->mixer.n_group, width = group_width(lg, d);

    if (lg->mixer.norm)
        layernorm_backward(mixer_pieces(d, width), mixer_pieces(xq, width), lg->scale);
    for (int r = 0; r < d.rows; r++) {
        const real *share = share_of(lg, r, d.cols);

        for (int g = 0; g < G; g++) {
            real sum = 0;

            for (int c = g * width; c < (g + 1) * width; c++)
                sum += mat_row(d, r)[c] * share[c];
            lg->slope[r * G + g] = sum;
        }
    }
}

/* u becomes slope u, with the slope of the unit's group or the sum of those of all groups
 * that it reaches. */
static void weigh(const struct local_gradient *lg, int l, struct mat u)
{
    int G = lg->mixer.n_group, width = group_width(lg, u);

    for (int r = 0; r < u.rows; r++) {
        const real *slope = lg->slope + r * G;
        real all = 0;

        for (int g = 0; g < G; g++)
            all += slope[g];
        for (int c = 0; c < u.cols; c++)
            mat_row(u, r)[c] *= mixer_reaches_all(&lg->mixer, l) ? all : slope[c / width];
    }
}

/* The gradient of layer i of block b from the derivative at its z, estimated or exact,
 * which is overwritten. */
static void pull_back(const struct local_gradient *lg, int b, int i, struct mat dz,
                      struct mat dx)
{
    int l = lg->mixer.block[b].first + i;
    size_t at = lg->mixer.layer[l].weight - lg->mixer.block[b].weight;

    mixer_backward(&lg->mixer, l, lg->w.data, &lg->values[i], dz, lg->g + at, dx);
}

/* The gradients of all layers of block b, estimated. */
void local_gradient_forward(const struct local_gradient *lg, int b, struct mat xq,
                            struct rng rng)
{
    const struct mixer_block *block = &lg->mixer.block[b];

    measure_slopes(lg, block_tangent(lg, b, xq.rows, rng), xq);
    for (int i = 0; i < block->n_layer; i++) {
        int l = block->first + i;
        struct mat u = mat_of(lg->u[i], xq.rows, lg->mixer.layer[l].n_out);

        weigh(lg, l, u);
        pull_back(lg, b, i, u, (struct mat){0});
    }
}

/* The exact derivative at the block's output, in `two`. */
static struct mat output_derivative(const struct local_gradient *lg, struct mat xq)
{
    struct mat d = mat_of(lg->two, xq.rows, xq.cols);
    int width = group_width(lg, d);

    for (int r = 0; r < d.rows; r++)
        memcpy(mat_row(d, r), share_of(lg, r, d.cols), (size_t)d.cols * sizeof *d.data);
    if (lg->mixer.norm)
        layernorm_backward(mixer_pieces(d, width), mixer_pieces(xq, width), lg->scale);
    return d;
}

/* The same, exact: back-propagation within the block. */
void local_gradient_exact(const struct local_gradient *lg, int b, struct mat xq)
{
    const struct mixer_block *block = &lg->mixer.block[b];
    struct mat d = output_derivative(lg, xq);

    for (int i = block->n_layer - 1; i >= 0; i--) {
        int l = block->first + i;
        struct mat dx = mat_of(d.data == lg->two ? lg->one : lg->two, d.rows,
                               lg->mixer.layer[l].n_in);

        mixer_activate(&lg->mixer, l, &lg->values[i], d);
        pull_back(lg, b, i, d, i > 0 ? dx : (struct mat){0});
        d = dx;
    }
}
