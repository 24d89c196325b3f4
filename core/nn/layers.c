#include "core/nn/layers.h"

#include <assert.h>
#include <string.h>
#include <tgmath.h>

#include "core/base/stage.h"
#include "core/kernels/kernels.h"

void dense_forward(struct mat y, struct mat x, struct mat w, const real *b)
{
    mat_mul_row(y, x, w, b);
}

void dense_backward(struct mat dw, real *db, struct mat x, struct mat dy)
{
    static struct stage stage = {"bias gradient"};
    double began;

    mat_mul_tn(dw, x, dy, false); /* dW = X^T dY */
    began = stage_begin();
    memset(db, 0, (size_t)dy.cols * sizeof *db);
    for (int i = 0; i < dy.rows; i++) {
        const real *d = mat_row(dy, i);

        for (int j = 0; j < dy.cols; j++)
            db[j] += d[j];
    }
    stage_end(&stage, began, 0);
}

static struct stage activations = {"activation"}, norms = {"norm"};

static void relu(real *y, const real *x, size_t n)
{
    for (size_t j = 0; j < n;
         j++) /* NaN passes: a net that diverged must not give finite values */
        y[j] = x[j] < 0 ? 0 : x[j];
}

/* 1 / (1 + e^-x) = (1 + tanh(x / 2)) / 2 */
static void sigmoid(real *y, const real *x, size_t n)
{
    for (size_t j = 0; j < n; j++)
        y[j] = x[j] / 2;
    (kernels_default()->tanh)(y, y, n); /* tgmath has a macro tanh */
    for (size_t j = 0; j < n; j++)
        y[j] = (1 + y[j]) / 2;
}

void act_forward(enum activation kind, struct mat y, struct mat x)
{
    const struct kernels *kernels = kernels_default();
    void (*const row[])(real *, const real *, size_t) = {
        [ACT_RELU] = relu,          [ACT_ELU] = kernels->elu, [ACT_TANH] = kernels->tanh,
        [ACT_SILU] = kernels->silu, [ACT_SIGMOID] = sigmoid,
    };
    bool whole = x.ld == x.cols && y.ld == y.cols; /* narrow rows: one call for all */
    int n_call = whole ? 1 : x.rows;
    double began = stage_begin();

    for (int i = 0; i < n_call; i++)
        row[kind](mat_row(y, i), mat_row(x, i),
                  (size_t)(x.rows / n_call) * (size_t)x.cols);
    stage_end(&activations, began, 0);
}

static void act_row_backward(enum activation kind, real *d, const real *y, int n)
{
    switch (kind) {
    case ACT_RELU:
        for (int j = 0; j < n; j++)
            d[j] = y[j] > 0 ? d[j] : 0;
        break;
    case ACT_ELU: /* below 0, dy/dx = e^x = y + 1 */
        for (int j = 0; j < n; j++)
            d[j] = y[j] > 0 ? d[j] : d[j] * (y[j] + 1);
        break;
    case ACT_TANH:
        for (int j = 0; j < n; j++)
            d[j] *= 1 - y[j] * y[j];
        break;
    case ACT_SILU: /* here y is the input */
        kernels_default()->silu_slope(d, y, (size_t)n);
        break;
    case ACT_SIGMOID:
        for (int j = 0; j < n; j++)
            d[j] *= y[j] * (1 - y[j]);
        break;
    }
}

void act_backward(enum activation kind, struct mat d, struct mat y_or_x)
{
    double began = stage_begin();

    for (int i = 0; i < d.rows; i++)
        act_row_backward(kind, mat_row(d, i), mat_row(y_or_x, i), d.cols);
    stage_end(&activations, began, 0);
}

static const real batchnorm_eps = (real)1e-5, batchnorm_momentum = (real)0.1;
static const real layernorm_eps = (real)1e-5, rmsnorm_eps = (real)1e-8;

/* Columns handled together: two cache lines of floats per row, whose sums fit the
 * registers. */
enum { TILE = 32 };

static int tile_width(struct mat x, int first)
{
    return x.cols - first < TILE ? x.cols - first : TILE;
}

/* Down the rows, in double: sum_j = sum of a_ij, product_j = sum of a_ij b_ij. */
static inline void add_columns(struct mat a, struct mat b, int n, double sum[TILE],
                               double product[TILE])
{
    double s[TILE] = {0}, p[TILE] = {0};

    for (int i = 0; i < a.rows; i++) {
        const real *ai = mat_row(a, i), *bi = mat_row(b, i);

        for (int j = 0; j < n; j++) {
            s[j] += (double)ai[j];
            p[j] += (double)ai[j] * (double)bi[j];
        }
    }
    memcpy(sum, s, sizeof s);
    memcpy(product, p, sizeof p);
}

/* The usual widths as constants, so that the compiler unrolls them. */
static void column_sums(struct mat a, struct mat b, double sum[TILE],
                        double product[TILE])
{
    if (a.cols == TILE)
        add_columns(a, b, TILE, sum, product);
    else if (a.cols == TILE / 2)
        add_columns(a, b, TILE / 2, sum, product);
    else
        add_columns(a, b, a.cols, sum, product);
}

static void run_after(struct batchnorm norm, int j, real mean, real variance, int rows)
{
    real unbiased = rows > 1 ? variance * (real)rows / (real)(rows - 1) : variance;

    norm.mean[j] += batchnorm_momentum * (mean - norm.mean[j]);
    norm.variance[j] += batchnorm_momentum * (unbiased - norm.variance[j]);
}

real batchnorm_scale(real variance)
{
    return 1 / sqrt(variance + batchnorm_eps);
}

void batchnorm_observe(struct batchnorm norm, int j, double mean, double variance,
                       int rows)
{
    norm.scale[j] = (real)(1 / sqrt(variance + (double)batchnorm_eps));
    if (norm.mean)
        run_after(norm, j, (real)mean, (real)variance, rows);
}

/* What is done to a tile of columns, and how: x -> z = (x - mean) scale -> gain z +
 * shift. */
struct affine {
    real mean[TILE], scale[TILE], gain[TILE], shift[TILE];
};

static inline void normalise_columns(struct mat y, struct mat xhat, struct mat x, int n,
                                     const struct affine *to)
{
    const struct affine t = *to;

    for (int i = 0; i < x.rows; i++) {
        const real *in = mat_row(x, i);
        real *hat = mat_row(xhat, i), *out = mat_row(y, i), z[TILE];

        for (int j = 0; j < n; j++)
            z[j] = (in[j] - t.mean[j]) * t.scale[j];
        memcpy(hat, z, (size_t)n * sizeof *z);
        for (int j = 0; j < n; j++)
            out[j] = t.gain[j] * z[j] + t.shift[j];
    }
}

static void normalise(struct mat y, struct mat xhat, struct mat x,
                      const struct affine *to)
{
    if (x.cols == TILE)
        normalise_columns(y, xhat, x, TILE, to);
    else
        normalise_columns(y, xhat, x, x.cols, to);
}

/* Mean and variance of a tile in one pass: in double, the difference of squares of floats
 * keeps more digits than the floats have. */
static void tile_affine(struct affine *to, struct mat x, struct batchnorm norm, int first)
{
    double sum[TILE], square[TILE];

    column_sums(x, x, sum, square);
    for (int j = 0; j < x.cols; j++) {
        double mean = sum[j] / x.rows, variance = square[j] / x.rows - mean * mean;

        batchnorm_observe(norm, first + j, mean, variance < 0 ? 0 : variance, x.rows);
        to->mean[j] = (real)mean;
        to->scale[j] = norm.scale[first + j];
        to->gain[j] = norm.gain[first + j];
        to->shift[j] = norm.shift[first + j];
    }
}

void batchnorm_forward(struct mat y, struct mat xhat, struct mat x, struct batchnorm norm)
{
    double began = stage_begin();

    for (int first = 0; first < x.cols; first += TILE) {
        int n = tile_width(x, first);
        struct mat from = mat_cols(x, first, n);
        struct affine to = {0};

        tile_affine(&to, from, norm, first);
        normalise(mat_cols(y, first, n), mat_cols(xhat, first, n), from, &to);
    }
    stage_end(&norms, began, 0);
}

void batchnorm_infer(struct mat y, struct mat x, struct batchnorm norm)
{
    for (int j = 0; j < x.cols; j++)
        norm.scale[j] = norm.gain[j] / sqrt(norm.variance[j] + batchnorm_eps);
    for (int i = 0; i < x.rows; i++) {
        const real *from = mat_row(x, i);
        real *to = mat_row(y, i);

        for (int j = 0; j < x.cols; j++)
            to[j] = (from[j] - norm.mean[j]) * norm.scale[j] + norm.shift[j];
    }
}

/* d = factor (d - mean - xhat product), as arrays over a tile of columns */
struct slope {
    real factor[TILE], mean[TILE], product[TILE];
};

static inline void slope_columns(struct mat d, struct mat xhat, int n,
                                 const struct slope *by)
{
    const struct slope t = *by;

    for (int i = 0; i < d.rows; i++) {
        const real *hat = mat_row(xhat, i);
        real *at = mat_row(d, i), z[TILE];

        for (int j = 0; j < n; j++)
            z[j] = t.factor[j] * (at[j] - t.mean[j] - hat[j] * t.product[j]);
        memcpy(at, z, (size_t)n * sizeof *z);
    }
}

/* dx = gain scale (dy - mean(dy) - xhat mean(dy xhat)) */
void batchnorm_backward(struct mat d, real *dgain, real *dshift, struct mat xhat,
                        struct batchnorm norm)
{
    double began = stage_begin();

    for (int first = 0; first < d.cols; first += TILE) {
        int n = tile_width(d, first);
        struct mat dy = mat_cols(d, first, n), x = mat_cols(xhat, first, n);
        double sum[TILE], product[TILE];
        struct slope by = {0};

        column_sums(dy, x, sum, product);
        for (int j = 0; j < n; j++) {
            dshift[first + j] = (real)sum[j];
            dgain[first + j] = (real)product[j];
            by.factor[j] = norm.gain[first + j] * norm.scale[first + j];
            by.mean[j] = (real)(sum[j] / d.rows);
            by.product[j] = (real)(product[j] / d.rows);
        }
        if (n == TILE)
            slope_columns(dy, x, TILE, &by);
        else
            slope_columns(dy, x, n, &by);
    }
    stage_end(&norms, began, 0);
}

void layernorm_forward(struct mat x, real *scale)
{
    for (int i = 0; i < x.rows; i++) {
        real *v = mat_row(x, i), mean = 0, square = 0;

        for (int j = 0; j < x.cols; j++)
            mean += v[j];
        mean /= (real)x.cols;
        for (int j = 0; j < x.cols; j++)
            square += (v[j] - mean) * (v[j] - mean);
        scale[i] = 1 / sqrt(square / (real)x.cols + layernorm_eps);
        for (int j = 0; j < x.cols; j++)
            v[j] = (v[j] - mean) * scale[i];
    }
}

/* dx = scale (dy - mean(dy) - y mean(dy y)) */
void layernorm_backward(struct mat d, struct mat y, const real *scale)
{
    for (int i = 0; i < d.rows; i++) {
        const real *out = mat_row(y, i);
        real *dy = mat_row(d, i), mean = 0, product = 0;

        for (int j = 0; j < d.cols; j++) {
            mean += dy[j];
            product += dy[j] * out[j];
        }
        mean /= (real)d.cols;
        product /= (real)d.cols;
        for (int j = 0; j < d.cols; j++)
            dy[j] = scale[i] * (dy[j] - mean - out[j] * product);
    }
}

void rmsnorm_forward(struct mat x, real *scale)
{
    for (int i = 0; i < x.rows; i++) {
        real *v = mat_row(x, i), square = 0;

        for (int j = 0; j < x.cols; j++)
            square += v[j] * v[j];
        scale[i] = 1 / (sqrt(square / (real)x.cols) + rmsnorm_eps);
        for (int j = 0; j < x.cols; j++)
            v[j] *= scale[i];
    }
}

/* dx = scale (dy - y mean(dy y) / (1 - eps scale)); a row of zeros has y = 0 */
void rmsnorm_backward(struct mat d, struct mat y, const real *scale)
{
    for (int i = 0; i < d.rows; i++) {
        const real *out = mat_row(y, i);
        real *dy = mat_row(d, i), product = 0, rest = 1 - rmsnorm_eps * scale[i];

        for (int j = 0; j < d.cols; j++)
            product += dy[j] * out[j];
        if (rest > 0)
            product /= (real)d.cols * rest;
        for (int j = 0; j < d.cols; j++)
            dy[j] = scale[i] * (dy[j] - out[j] * product);
    }
}

void dropout(struct mat x, real rate, struct rng rng)
{
    enum { SOME = 1024 }; /* words that stay in the first-level cache; whole blocks */
    const struct kernels *kernels = kernels_default();
    uint32_t word[SOME], below = (uint32_t)(rate * (real)0x1p32);

    for (int i = 0; i < x.rows; i++)
        for (int first = 0; first < x.cols; first += SOME) {
            size_t n = (size_t)(x.cols - first < SOME ? x.cols - first : SOME);

            rng_words(&rng, word, n);
            kernels->mask(mat_row(x, i) + first, word, n, below, 1 / (1 - rate));
        }
}
