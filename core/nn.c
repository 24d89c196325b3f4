#include "core/nn.h"

#include <assert.h>
#include <string.h>
#include <tgmath.h>

#include "core/kernels.h"

static real *row_of(struct mat a, int i)
{
    return a.at + (size_t)i * (size_t)a.ld;
}

void dense_forward(struct mat y, struct mat x, struct mat w, const real *b)
{
    for (int i = 0; i < y.rows; i++)
        memcpy(row_of(y, i), b, (size_t)y.cols * sizeof *b);
    mat_mul(y, x, w, true); /* Y = X W + 1 b^T */
}

void dense_backward(struct mat dw, real *db, struct mat x, struct mat dy)
{
    mat_mul_tn(dw, x, dy, false); /* dW = X^T dY */
    memset(db, 0, (size_t)dy.cols * sizeof *db);
    for (int i = 0; i < dy.rows; i++) {
        const real *d = row_of(dy, i);

        for (int j = 0; j < dy.cols; j++)
            db[j] += d[j];
    }
}

static void act_row(enum activation kind, real *y, const real *x, int n)
{
    switch (kind) {
    case ACT_RELU: /* NaN passes through, or a net that diverged would look alive */
        for (int j = 0; j < n; j++)
            y[j] = x[j] < 0 ? 0 : x[j];
        break;
    case ACT_ELU: /* e^x - 1 below 0 */
        for (int j = 0; j < n; j++)
            y[j] = x[j] > 0 ? x[j] : expm1(x[j]);
        break;
    case ACT_TANH:
        for (int j = 0; j < n; j++)
            y[j] = tanh(x[j]);
        break;
    case ACT_SILU: /* x sigmoid(x) */
        for (int j = 0; j < n; j++)
            y[j] = x[j] / (1 + exp(-x[j]));
        break;
    }
}

void act_forward(enum activation kind, struct mat y, struct mat x)
{
    for (int i = 0; i < x.rows; i++)
        act_row(kind, row_of(y, i), row_of(x, i), x.cols);
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
    case ACT_SILU: /* here y is the input: s (1 + x (1 - s)), s = sigmoid(x) */
        for (int j = 0; j < n; j++) {
            real s = 1 / (1 + exp(-y[j]));

            d[j] *= s * (1 + y[j] * (1 - s));
        }
        break;
    }
}

void act_backward(enum activation kind, struct mat d, struct mat y_or_x)
{
    for (int i = 0; i < d.rows; i++)
        act_row_backward(kind, row_of(d, i), row_of(y_or_x, i), d.cols);
}

static const real batchnorm_eps = (real)1e-5, batchnorm_momentum = (real)0.1;
static const real layernorm_eps = (real)1e-5, rmsnorm_eps = (real)1e-8;

enum { TILE = 16 }; /* columns handled together: one cache line of floats per row */

static int tile_width(struct mat x, int first)
{
    return x.cols - first < TILE ? x.cols - first : TILE;
}

/* Mean and variance of a tile of columns by two passes, summed in double. */
static void tile_statistics(struct mat x, double mean[TILE], double variance[TILE])
{
    memset(mean, 0, TILE * sizeof *mean);
    memset(variance, 0, TILE * sizeof *variance);
    for (int i = 0; i < x.rows; i++)
        for (int j = 0; j < x.cols; j++)
            mean[j] += (double)row_of(x, i)[j];
    for (int j = 0; j < x.cols; j++)
        mean[j] /= x.rows;
    for (int i = 0; i < x.rows; i++)
        for (int j = 0; j < x.cols; j++) {
            double from_mean = (double)row_of(x, i)[j] - mean[j];

            variance[j] += from_mean * from_mean;
        }
    for (int j = 0; j < x.cols; j++)
        variance[j] /= x.rows;
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

void batchnorm_forward(struct mat y, struct mat xhat, struct mat x, struct batchnorm norm)
{
    for (int first = 0; first < x.cols; first += TILE) {
        int n = tile_width(x, first);
        struct mat from = mat_cols(x, first, n), to = mat_cols(y, first, n);
        struct mat hat = mat_cols(xhat, first, n);
        double mean[TILE], variance[TILE];

        tile_statistics(from, mean, variance);
        for (int j = 0; j < n; j++)
            batchnorm_observe(norm, first + j, mean[j], variance[j], x.rows);
        for (int i = 0; i < x.rows; i++)
            for (int j = 0; j < n; j++) {
                real z = (row_of(from, i)[j] - (real)mean[j]) * norm.scale[first + j];

                row_of(hat, i)[j] = z;
                row_of(to, i)[j] = norm.gain[first + j] * z + norm.shift[first + j];
            }
    }
}

void batchnorm_infer(struct mat y, struct mat x, struct batchnorm norm)
{
    for (int j = 0; j < x.cols; j++)
        norm.scale[j] = norm.gain[j] / sqrt(norm.variance[j] + batchnorm_eps);
    for (int i = 0; i < x.rows; i++) {
        const real *from = row_of(x, i);
        real *to = row_of(y, i);

        for (int j = 0; j < x.cols; j++)
            to[j] = (from[j] - norm.mean[j]) * norm.scale[j] + norm.shift[j];
    }
}

/* dx = gain scale (dy - mean(dy) - xhat mean(dy xhat)) */
void batchnorm_backward(struct mat d, real *dgain, real *dshift, struct mat xhat,
                        struct batchnorm norm)
{
    for (int first = 0; first < d.cols; first += TILE) {
        int n = tile_width(d, first);
        struct mat dy = mat_cols(d, first, n), x = mat_cols(xhat, first, n);
        double sum[TILE] = {0}, product[TILE] = {0};

        for (int i = 0; i < d.rows; i++)
            for (int j = 0; j < n; j++) {
                sum[j] += (double)row_of(dy, i)[j];
                product[j] += (double)row_of(dy, i)[j] * (double)row_of(x, i)[j];
            }
        for (int j = 0; j < n; j++) {
            dshift[first + j] = (real)sum[j];
            dgain[first + j] = (real)product[j];
        }
        for (int i = 0; i < d.rows; i++)
            for (int j = 0; j < n; j++) {
                real *at = &row_of(dy, i)[j];

                *at = norm.gain[first + j] * norm.scale[first + j] *
                      (*at - (real)(sum[j] / d.rows) -
                       row_of(x, i)[j] * (real)(product[j] / d.rows));
            }
    }
}

void layernorm_forward(struct mat x, real *scale)
{
    for (int i = 0; i < x.rows; i++) {
        real *v = row_of(x, i), mean = 0, square = 0;

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
        const real *out = row_of(y, i);
        real *dy = row_of(d, i), mean = 0, product = 0;

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
        real *v = row_of(x, i), square = 0;

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
        const real *out = row_of(y, i);
        real *dy = row_of(d, i), product = 0, rest = 1 - rmsnorm_eps * scale[i];

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
    const struct kernels *kernels = kernels_of(kernels_best());
    uint32_t word[SOME], below = (uint32_t)(rate * (real)0x1p32);

    for (int i = 0; i < x.rows; i++)
        for (int first = 0; first < x.cols; first += SOME) {
            size_t n = (size_t)(x.cols - first < SOME ? x.cols - first : SOME);

            rng_words(&rng, word, n);
            kernels->mask(row_of(x, i) + first, word, n, below, 1 / (1 - rate));
        }
}
