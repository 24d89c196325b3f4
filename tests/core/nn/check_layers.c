/* The float kernels against the reference kernels in double, their backward passes
 * against central differences of those. */
#include "core/nn/layers.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/difference.h"
#include "tests/support/reference.h"

enum {
    ROWS = 7,
    COLS = 37,
    N = ROWS * COLS
}; /* two whole tiles of batch norm and a rest */

static struct mat mat(real *at)
{
    return mat_of(at, ROWS, COLS);
}

START_TEST(dense)
{
    enum { IN = 5, OUT = 11 };
    real x[ROWS * 2 * IN], w[IN * OUT], b[OUT], y[ROWS * OUT], dy[ROWS * OUT];
    real dw[IN * OUT], db[OUT];
    double want[ROWS * OUT], dw_want[IN * OUT] = {0}, db_want[OUT] = {0},
                                          wide_x[ROWS * IN];
    double *wide_w, *wide_b;

    reference_draw(x, ROWS * 2 * IN, 1, 1);
    reference_draw(w, IN * OUT, 1, 2);
    reference_draw(b, OUT, 1, 3);
    reference_draw(dy, ROWS * OUT, 1, 4);
    wide_w = reference_widen(w, IN * OUT);
    wide_b = reference_widen(b, OUT);
    for (int i = 0; i < ROWS * IN; i++) /* the right half of a wider matrix */
        wide_x[i] = (double)x[i / IN * 2 * IN + IN + i % IN];
    reference_dense(want, wide_x, wide_w, wide_b, ROWS, IN, OUT);
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < OUT; j++) {
            for (int k = 0; k < IN; k++)
                dw_want[k * OUT + j] += wide_x[i * IN + k] * (double)dy[i * OUT + j];
            db_want[j] += (double)dy[i * OUT + j];
        }
    memset(dw, 1, sizeof dw); /* overwritten, not added to */
    memset(db, 1, sizeof db);
    dense_forward(mat_of(y, ROWS, OUT), mat_cols(mat_of(x, ROWS, 2 * IN), IN, IN),
                  mat_of(w, IN, OUT), b);
    dense_backward(mat_of(dw, IN, OUT), db, mat_cols(mat_of(x, ROWS, 2 * IN), IN, IN),
                   mat_of(dy, ROWS, OUT));
    ck_assert_double_lt(reference_error(y, want, ROWS * OUT), 1e-4);
    ck_assert_double_lt(reference_error(dw, dw_want, IN * OUT), 1e-4);
    ck_assert_double_lt(reference_error(db, db_want, OUT), 1e-4);
    free(wide_w);
    free(wide_b);
}
END_TEST

START_TEST(activations)
{
    enum activation kind = (enum activation)_i;
    real x[N], y[N], d[N];
    double *wide, want[N], dwant[N];

    reference_draw(x, N, 2, 1);
    reference_draw(d, N, 1, 2);
    x[0] = -100;
    x[1] = 100;
    x[2] = -1e-3F;
    wide = reference_widen(x, N);
    reference_activation(kind, want, wide, N);
    want[1] = kind == ACT_TANH ? 1 : 100; /* the reference overflows */
    for (int i = 0; i < N; i++) {
        double around[] = {wide[i] + 1e-6, wide[i] - 1e-6}, y2[2];

        reference_activation(kind, y2, around, 2);
        dwant[i] = (double)d[i] * (y2[0] - y2[1]) / 2e-6;
    }
    act_forward(kind, mat(y), mat(x));
    act_backward(kind, mat(d), mat(kind == ACT_SILU ? x : y));
    ck_assert_double_lt(reference_error(y, want, N), 1e-5);
    ck_assert_double_lt(reference_error(d + 2, dwant + 2, N - 2), 1e-4);
    ck_assert(isfinite(d[0]) && isfinite(d[1]));
    act_forward(kind, mat(x), mat(x)); /* in place: the same bits */
    ck_assert_mem_eq(x, y, sizeof x);
    free(wide);
}
END_TEST

/* A net that diverged must not look alive behind its ReLUs. */
START_TEST(nan_passes_through_activations)
{
    for (int kind = ACT_RELU; kind <= ACT_SILU; kind++) {
        real x[] = {(real)NAN, -1, 0, 1};

        act_forward((enum activation)kind, mat_of(x, 1, 4), mat_of(x, 1, 4));
        ck_assert(isnan(x[0]) && x[2] == 0 && x[3] > 0);
    }
}
END_TEST

/* Layers as functions of one vector, for differences: sum dy_ij y_ij. */
struct layer_of {
    void (*forward)(const struct layer_of *layer, double *y);
    double x[N], dy[N], gain[COLS], shift[COLS];
};

static double weighted_sum(void *context)
{
    const struct layer_of *layer = context;
    double y[N], sum = 0;

    layer->forward(layer, y);
    for (int i = 0; i < N; i++)
        sum += layer->dy[i] * y[i];
    return sum;
}

static void draw_layer(struct layer_of *layer, real *x, real *dy, real *gain, real *shift)
{
    reference_draw(x, N, 2, 1);
    reference_draw(dy, N, 1, 2);
    reference_draw(gain, COLS, 1, 3);
    reference_draw(shift, COLS, 1, 4);
    for (int i = 0; i < N; i++) {
        x[i] += 3; /* a mean that has to go */
        layer->x[i] = (double)x[i];
        layer->dy[i] = (double)dy[i];
    }
    for (int j = 0; j < COLS; j++) {
        layer->gain[j] = (double)gain[j];
        layer->shift[j] = (double)shift[j];
    }
}

static void batchnorm_of(const struct layer_of *l, double *y)
{
    reference_batchnorm(y, l->x, l->gain, l->shift, NULL, NULL, ROWS, COLS);
}

START_TEST(batchnorm_in_training)
{
    struct layer_of layer = {.forward = batchnorm_of};
    real x[N], dy[N], gain[COLS], shift[COLS], scale[COLS], y[N], hat[N];
    real dgain[COLS], dshift[COLS];
    double want[N], dx[N], dgain_want[COLS], dshift_want[COLS];
    struct batchnorm norm = {gain, shift, NULL, NULL, scale};

    draw_layer(&layer, x, dy, gain, shift);
    batchnorm_of(&layer, want);
    ck_assert(difference(weighted_sum, &layer, layer.x, N, dx));
    ck_assert(difference(weighted_sum, &layer, layer.gain, COLS, dgain_want));
    ck_assert(difference(weighted_sum, &layer, layer.shift, COLS, dshift_want));
    if (_i)
        memcpy(hat, x, sizeof x); /* xhat may be x */
    batchnorm_forward(mat(y), mat(hat), mat(_i ? hat : x), norm);
    batchnorm_backward(mat(dy), dgain, dshift, mat(hat), norm);
    ck_assert_double_lt(reference_error(y, want, N), 1e-4);
    ck_assert_double_lt(reference_error(dy, dx, N), 1e-4);
    ck_assert_double_lt(reference_error(dgain, dgain_want, COLS), 1e-4);
    ck_assert_double_lt(reference_error(dshift, dshift_want, COLS), 1e-4);
}
END_TEST

/* new = 0.9 old + 0.1 batch, with the unbiased variance. */
START_TEST(batchnorm_runs_after_the_statistics)
{
    struct layer_of layer = {.forward = batchnorm_of};
    real x[N], dy[N], gain[COLS], shift[COLS], scale[COLS], y[N], hat[N];
    real mean[COLS], variance[COLS];
    double want[N], batch_mean[COLS], batch_variance[COLS], run_mean[COLS], run_var[COLS];
    struct batchnorm norm = {gain, shift, mean, variance, scale};

    draw_layer(&layer, x, dy, gain, shift);
    reference_batchnorm(want, layer.x, layer.gain, layer.shift, batch_mean,
                        batch_variance, ROWS, COLS);
    for (int j = 0; j < COLS; j++) {
        run_mean[j] = 5 * 0.9 + 0.1 * batch_mean[j];
        run_var[j] = 2 * 0.9 + 0.1 * batch_variance[j] * ROWS / (ROWS - 1);
        mean[j] = 5;
        variance[j] = 2;
    }
    batchnorm_forward(mat(y), mat(hat), mat(x), norm);
    ck_assert_double_lt(reference_error(y, want, N), 1e-4);
    ck_assert_double_lt(reference_error(mean, run_mean, COLS), 1e-6);
    ck_assert_double_lt(reference_error(variance, run_var, COLS), 1e-6);
    reference_batchnorm_infer(want, layer.x, layer.gain, layer.shift, run_mean, run_var,
                              ROWS, COLS);
    batchnorm_infer(mat(x), mat(x), norm); /* in place */
    ck_assert_double_lt(reference_error(x, want, N), 1e-4);
}
END_TEST

/* The variance of numbers around 1000 survives the mean. */
START_TEST(batchnorm_far_from_zero)
{
    real x[64], y[64], hat[64], gain = 1, shift = 0, scale;
    double wide[64], want[64], one = 1, zero = 0;
    struct batchnorm norm = {&gain, &shift, NULL, NULL, &scale};

    reference_draw(x, 64, 0.1, 1);
    for (int i = 0; i < 64; i++) {
        x[i] += 1000;
        wide[i] = (double)x[i];
    }
    reference_batchnorm(want, wide, &one, &zero, NULL, NULL, 64, 1);
    batchnorm_forward(mat_of(y, 64, 1), mat_of(hat, 64, 1), mat_of(x, 64, 1), norm);
    for (int i = 0; i < 64; i++) /* the mean is rounded to float: 6e-5 of 0.1 */
        ck_assert_double_eq_tol(y[i], want[i], 1e-3);
}
END_TEST

/* Columns do not see each other: a wide matrix gives the bits of its columns alone, and
 * the outputs of the reference. */
START_TEST(batchnorm_of_any_width)
{
    enum { TALL = 9, WIDEST = 70 };
    static const int width[] = {1, 5, 16, 31, 32, 33, 48, 64, WIDEST};
    int cols = width[_i];
    size_t n = (size_t)(TALL * cols);
    real x[TALL * WIDEST], y[TALL * WIDEST], hat[TALL * WIDEST];
    real dy[TALL * WIDEST], dx[TALL * WIDEST];
    real gain[WIDEST], shift[WIDEST], scale[WIDEST], dgain[WIDEST], dshift[WIDEST];
    double wide[TALL * WIDEST], want[TALL * WIDEST], gain_wide[WIDEST],
        shift_wide[WIDEST];
    struct batchnorm norm = {gain, shift, NULL, NULL, scale};

    reference_draw(x, n, 1, 1);
    reference_draw(dy, n, 1, 2);
    reference_draw(gain, (size_t)cols, 1, 3);
    reference_draw(shift, (size_t)cols, 1, 4);
    for (size_t i = 0; i < n; i++)
        wide[i] = (double)x[i];
    for (int j = 0; j < cols; j++) {
        gain_wide[j] = (double)gain[j];
        shift_wide[j] = (double)shift[j];
    }
    reference_batchnorm(want, wide, gain_wide, shift_wide, NULL, NULL, TALL, cols);
    batchnorm_forward(mat_of(y, TALL, cols), mat_of(hat, TALL, cols),
                      mat_of(x, TALL, cols), norm);
    ck_assert_double_lt(reference_error(y, want, n), 1e-5);
    memcpy(dx, dy, n * sizeof *dy);
    batchnorm_backward(mat_of(dx, TALL, cols), dgain, dshift, mat_of(hat, TALL, cols),
                       norm);
    for (int j = 0; j < cols; j++) {
        struct batchnorm own = {gain + j, shift + j, NULL, NULL, scale + j};
        real one[TALL], gain_one, shift_one;

        for (int i = 0; i < TALL; i++)
            one[i] = dy[i * cols + j];
        batchnorm_backward(mat_of(one, TALL, 1), &gain_one, &shift_one,
                           mat_cols(mat_of(hat, TALL, cols), j, 1), own);
        for (int i = 0; i < TALL; i++)
            ck_assert(one[i] == dx[i * cols + j]);
        ck_assert(gain_one == dgain[j] && shift_one == dshift[j]);
    }
}
END_TEST

START_TEST(batchnorm_of_one_row_is_the_shift)
{
    real x[] = {3, -4}, y[2], hat[2], gain[] = {2, 2}, shift[] = {5, 6}, scale[2];
    real mean[] = {0, 0}, variance[] = {1, 1};
    struct batchnorm norm = {gain, shift, mean, variance, scale};

    batchnorm_forward(mat_of(y, 1, 2), mat_of(hat, 1, 2), mat_of(x, 1, 2), norm);
    ck_assert(y[0] == 5 && y[1] == 6);
    ck_assert(isfinite(variance[0]) && isfinite(variance[1]));
}
END_TEST

static void layernorm_of(const struct layer_of *l, double *y)
{
    reference_layernorm(y, l->x, ROWS, COLS);
}

static void rmsnorm_of(const struct layer_of *l, double *y)
{
    reference_rmsnorm(y, l->x, ROWS, COLS);
}

START_TEST(norms_of_rows)
{
    struct layer_of layer = {.forward = _i ? rmsnorm_of : layernorm_of};
    real x[N], dy[N], gain[COLS], shift[COLS], scale[ROWS];
    double want[N], dx[N];

    draw_layer(&layer, x, dy, gain, shift);
    layer.forward(&layer, want);
    ck_assert(difference(weighted_sum, &layer, layer.x, N, dx));
    if (_i) {
        rmsnorm_forward(mat(x), scale);
        rmsnorm_backward(mat(dy), mat(x), scale);
    } else {
        layernorm_forward(mat(x), scale);
        layernorm_backward(mat(dy), mat(x), scale);
    }
    ck_assert_double_lt(reference_error(x, want, N), 1e-5);
    ck_assert_double_lt(reference_error(dy, dx, N), 1e-4);
}
END_TEST

START_TEST(norms_of_a_row_of_zeros_are_finite)
{
    real x[8] = {0}, d[] = {1, -1, 2, 0, 0, 3, 1, 1}, scale;

    layernorm_forward(mat_of(x, 1, 8), &scale);
    layernorm_backward(mat_of(d, 1, 8), mat_of(x, 1, 8), &scale);
    rmsnorm_forward(mat_of(x, 1, 8), &scale);
    rmsnorm_backward(mat_of(d, 1, 8), mat_of(x, 1, 8), &scale);
    for (int i = 0; i < 8; i++)
        ck_assert(x[i] == 0 && isfinite(d[i]));
}
END_TEST

START_TEST(dropout_drops_its_share_and_scales_the_rest)
{
    static const double rate[] = {0, 0.2, 0.5, 0.9};
    enum { ROW = 100, MANY = 200 * ROW };
    static real x[MANY], again[MANY];
    double dropped = 0, p = rate[_i], neighbours = 0;

    for (int i = 0; i < MANY; i++)
        x[i] = again[i] = 3;
    dropout(mat_of(x, 200, ROW), (real)p, rng_seed(1));
    dropout(mat_of(again, 200, ROW), (real)p, rng_seed(1));
    ck_assert_mem_eq(x, again, sizeof x); /* the same mask for the backward pass */
    for (int i = 0; i < MANY; i++) {
        ck_assert(x[i] == 0 || fabs((double)x[i] * (1 - p) - 3) < 1e-5);
        dropped += x[i] == 0 ? 1.0 / MANY : 0;
        neighbours += i && x[i] == 0 && x[i - 1] == 0 ? 1.0 / MANY : 0;
    }
    ck_assert_double_eq_tol(dropped, p, 5 * sqrt(p * (1 - p) / MANY) + 1e-9);
    ck_assert_double_eq_tol(neighbours, p * p, 0.02);
    dropout(mat_of(again, 200, ROW), (real)p, rng_seed(2));
    ck_assert((memcmp(x, again, sizeof x) == 0) == (p == 0));
}
END_TEST

Suite *layers_suite(void)
{
    Suite *suite = suite_create("layers");
    TCase *tcase = tcase_create("nn");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, dense);
    tcase_add_loop_test(tcase, activations, ACT_RELU, ACT_SILU + 1);
    tcase_add_test(tcase, nan_passes_through_activations);
    tcase_add_loop_test(tcase, batchnorm_in_training, 0, 2);
    tcase_add_test(tcase, batchnorm_runs_after_the_statistics);
    tcase_add_test(tcase, batchnorm_far_from_zero);
    tcase_add_loop_test(tcase, batchnorm_of_any_width, 0, 9);
    tcase_add_test(tcase, batchnorm_of_one_row_is_the_shift);
    tcase_add_loop_test(tcase, norms_of_rows, 0, 2);
    tcase_add_test(tcase, norms_of_a_row_of_zeros_are_finite);
    tcase_add_loop_test(tcase, dropout_drops_its_share_and_scales_the_rest, 0, 4);
    return suite;
}
