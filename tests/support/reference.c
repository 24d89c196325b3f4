#include "tests/support/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void reference_dense(double *y, const double *x, const double *w, const double *b, int n,
                     int n_in, int n_out)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n_out; j++) {
            double sum = b[j];

            for (int k = 0; k < n_in; k++)
                sum += x[i * n_in + k] * w[k * n_out + j];
            y[i * n_out + j] = sum;
        }
}

/* The pixel (row, col, channel) of an image, 0 outside it. */
static double pixel(struct shape s, const double *image, int row, int col, int channel)
{
    if (row < 0 || row >= s.height || col < 0 || col >= s.width)
        return 0;
    return image[(row * s.width + col) * s.channels + channel];
}

/* One output of a convolution, before the bias. */
static double correlate(const struct window *win, const double *image, const double *w,
                        int row, int col, int out)
{
    double sum = 0;

    for (int ky = 0; ky < win->size; ky++)
        for (int kx = 0; kx < win->size; kx++)
            for (int c = 0; c < win->in.channels; c++) {
                int k = (ky * win->size + kx) * win->in.channels + c;

                sum += w[k * win->out.channels + out] *
                       pixel(win->in, image, row * win->stride - win->pad + ky,
                             col * win->stride - win->pad + kx, c);
            }
    return sum;
}

void reference_conv(const struct window *win, double *y, const double *x, const double *w,
                    const double *b, int n)
{
    for (int i = 0; i < n; i++)
        for (int row = 0; row < win->out.height; row++)
            for (int col = 0; col < win->out.width; col++)
                for (int c = 0; c < win->out.channels; c++)
                    *y++ = b[c] +
                           correlate(win, x + i * shape_size(win->in), w, row, col, c);
}

void reference_conv_backward(const struct window *win, double *dx, double *dw, double *db,
                             const double *x, const double *w, const double *dy, int n)
{
    int c_in = win->in.channels, c_out = win->out.channels;
    size_t n_x = (size_t)(n * shape_size(win->in)), at = 0;

    memset(dx, 0, n_x * sizeof *dx);
    memset(dw, 0, (size_t)(win->size * win->size * c_in * c_out) * sizeof *dw);
    memset(db, 0, (size_t)c_out * sizeof *db);
    for (int i = 0; i < n; i++)
        for (int oy = 0; oy < win->out.height; oy++)
            for (int ox = 0; ox < win->out.width; ox++)
                for (int o = 0; o < c_out; o++, at++) {
                    db[o] += dy[at];
                    for (int k = 0; k < win->size * win->size * c_in; k++) {
                        int y = oy * win->stride - win->pad + k / c_in / win->size;
                        int col = ox * win->stride - win->pad + k / c_in % win->size;
                        int pixel = (i * win->in.height + y) * win->in.width + col;

                        if (y < 0 || y >= win->in.height || col < 0 ||
                            col >= win->in.width)
                            continue;
                        dw[k * c_out + o] += dy[at] * x[pixel * c_in + k % c_in];
                        dx[pixel * c_in + k % c_in] += dy[at] * w[k * c_out + o];
                    }
                }
}

static double highest(const struct window *win, const double *image, int row, int col,
                      int c)
{
    double best = -INFINITY;

    for (int ky = 0; ky < win->size; ky++)
        for (int kx = 0; kx < win->size; kx++)
            best = fmax(best, pixel(win->in, image, row * win->stride + ky,
                                    col * win->stride + kx, c));
    return best;
}

void reference_pool(const struct window *win, double *y, const double *x, int n)
{
    for (int i = 0; i < n; i++)
        for (int row = 0; row < win->out.height; row++)
            for (int col = 0; col < win->out.width; col++)
                for (int c = 0; c < win->in.channels; c++)
                    *y++ = highest(win, x + i * shape_size(win->in), row, col, c);
}

static double activation(enum activation kind, double x)
{
    switch (kind) {
    case ACT_RELU:
        return fmax(x, 0);
    case ACT_ELU:
        return x > 0 ? x : exp(x) - 1;
    case ACT_TANH:
        return (exp(x) - exp(-x)) / (exp(x) + exp(-x));
    case ACT_SILU:
        return x / (1 + exp(-x));
    case ACT_SIGMOID:
        return 1 / (1 + exp(-x));
    }
    return NAN;
}

void reference_activation(enum activation kind, double *y, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = activation(kind, x[i]);
}

void reference_batchnorm(double *y, const double *x, const double *gain,
                         const double *shift, double *mean, double *variance, int n,
                         int cols)
{
    for (int j = 0; j < cols; j++) {
        double m = 0, v = 0;

        for (int i = 0; i < n; i++)
            m += x[i * cols + j] / n;
        for (int i = 0; i < n; i++)
            v += pow(x[i * cols + j] - m, 2) / n;
        for (int i = 0; i < n; i++)
            y[i * cols + j] = gain[j] * (x[i * cols + j] - m) / sqrt(v + 1e-5) + shift[j];
        if (mean)
            mean[j] = m;
        if (variance)
            variance[j] = v;
    }
}

void reference_batchnorm_infer(double *y, const double *x, const double *gain,
                               const double *shift, const double *mean,
                               const double *variance, int n, int cols)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < cols; j++)
            y[i * cols + j] =
                gain[j] * (x[i * cols + j] - mean[j]) / sqrt(variance[j] + 1e-5) +
                shift[j];
}

void reference_layernorm(double *y, const double *x, int n, int cols)
{
    for (int i = 0; i < n; i++) {
        double mean = 0, variance = 0;

        for (int j = 0; j < cols; j++)
            mean += x[i * cols + j] / cols;
        for (int j = 0; j < cols; j++)
            variance += pow(x[i * cols + j] - mean, 2) / cols;
        for (int j = 0; j < cols; j++)
            y[i * cols + j] = (x[i * cols + j] - mean) / sqrt(variance + 1e-5);
    }
}

void reference_rmsnorm(double *y, const double *x, int n, int cols)
{
    for (int i = 0; i < n; i++) {
        double square = 0;

        for (int j = 0; j < cols; j++)
            square += pow(x[i * cols + j], 2) / cols;
        for (int j = 0; j < cols; j++)
            y[i * cols + j] = x[i * cols + j] / (sqrt(square) + 1e-8);
    }
}

double reference_cross_entropy(const double *logit, const uint8_t *on, int y, int n)
{
    double sum = 0;

    for (int k = 0; k < n; k++)
        sum += on[k] ? exp(logit[k] - logit[y]) : 0;
    return log(sum);
}

void reference_optim(const struct optim_options *o, double *w, double *m, double *v,
                     double g, int step)
{
    double mhat, vhat;

    if (o->optimizer != OPTIM_ADAMW)
        g += o->weight_decay * *w;
    if (o->optimizer == OPTIM_SGD) {
        *m = o->momentum * *m + g;
        *w -= o->lr * *m;
        return;
    }
    *m = o->beta1 * *m + (1 - o->beta1) * g;
    *v = o->beta2 * *v + (1 - o->beta2) * g * g;
    mhat = *m / (1 - pow(o->beta1, step));
    vhat = *v / (1 - pow(o->beta2, step));
    if (o->optimizer == OPTIM_ADAMW)
        *w -= o->lr * o->weight_decay * *w;
    *w -= o->lr * mhat / (sqrt(vhat) + o->epsilon);
}

/* One layer; w and state point at its own. n rows, one value per pixel and channel. */
static void run_layer(const struct layer *layer, double *y, const double *x,
                      const double *w, const double *state, int n)
{
    int cols = shape_size(layer->in), channels = layer->in.channels;
    int positions = n * layer->in.height * layer->in.width;
    const double *b = w + (size_t)layer->n_in * (size_t)layer->n_unit;

    switch (layer->kind) {
    case LAYER_CONV:
        reference_conv(&layer->window, y, x, w, b, n);
        break;
    case LAYER_POOL:
        reference_pool(&layer->window, y, x, n);
        break;
    case LAYER_DENSE:
        reference_dense(y, x, w, b, n, layer->n_in, layer->n_unit);
        break;
    case LAYER_ACTIVATION:
        reference_activation(layer->activation, y, x, (size_t)n * (size_t)cols);
        break;
    case LAYER_BATCHNORM:
        if (state)
            reference_batchnorm_infer(y, x, w, w + channels, state, state + channels,
                                      positions, channels);
        else
            reference_batchnorm(y, x, w, w + channels, NULL, NULL, positions, channels);
        break;
    case LAYER_LAYERNORM:
        reference_layernorm(y, x, n, cols);
        break;
    case LAYER_RMSNORM:
        reference_rmsnorm(y, x, n, cols);
        break;
    case LAYER_DROPOUT:
        abort();
    }
}

double *reference_net(const struct net *net, const double *w, const double *state,
                      const double *x, int n)
{
    double *in = calloc((size_t)(n * shape_size(net->in)), sizeof *in), *out;

    memcpy(in, x, (size_t)(n * shape_size(net->in)) * sizeof *in);
    for (int l = 0; l < net->n_layer; l++) {
        const struct layer *layer = &net->layer[l];

        out = calloc((size_t)(n * shape_size(layer->out)), sizeof *out);
        run_layer(layer, out, in, w, state, n);
        free(in);
        in = out;
        if (layer->kind == LAYER_DENSE || layer->kind == LAYER_CONV)
            w += (layer->n_in + 1) * layer->n_unit;
        if (layer->kind == LAYER_BATCHNORM) {
            w += 2 * layer->in.channels;
            state = state ? state + 2 * layer->in.channels : NULL;
        }
    }
    return in;
}

double *reference_widen(const real *x, size_t n)
{
    double *wide = calloc(n + 1, sizeof *wide);

    for (size_t i = 0; i < n; i++)
        wide[i] = x[i];
    return wide;
}

void reference_draw(real *x, size_t n, double scale, uint64_t seed)
{
    struct rng rng = rng_seed(seed);

    rng_normal(&rng, x, n, (real)scale);
}

double reference_error(const real *got, const double *want, size_t n)
{
    double largest = 0, worst = 0;

    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(want[i]));
    for (size_t i = 0; i < n; i++) {
        double floor = fmax(largest / 100, 1e-12);
        double error = fabs((double)got[i] - want[i]) / fmax(fabs(want[i]), floor);

        if (!(error <= worst)) /* NaN too */
            worst = error;
    }
    return worst;
}
