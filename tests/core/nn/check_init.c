#include "core/nn/init.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_IN = 300, N_OUT = 200, N = N_IN * N_OUT };

struct sample {
    real w[N], b[N_OUT];
};

static struct sample *drawn(enum init kind, uint64_t seed)
{
    struct sample *s = malloc(sizeof *s);

    init_layer(kind, mat_of(s->w, N_IN, N_OUT), s->b, rng_seed(seed));
    return s;
}

static double moment(const real *x, int n, int power)
{
    double sum = 0;

    for (int i = 0; i < n; i++)
        sum += pow((double)x[i], power) / n;
    return sum;
}

/* Uniform within (-bound, bound), and reaching out to it: variance bound^2 / 3. */
static void is_uniform(const real *x, int n, double bound)
{
    double largest = 0;

    for (int i = 0; i < n; i++)
        largest = fmax(largest, fabs((double)x[i]));
    ck_assert_double_le(largest, bound * (1 + 1e-6));
    ck_assert_double_ge(largest, bound * (1 - 20.0 / n));
    ck_assert_double_eq_tol(moment(x, n, 1), 0, 5 * bound / sqrt(3.0 * n));
    ck_assert_double_eq_tol(moment(x, n, 2), bound * bound / 3,
                            5 * bound * bound * sqrt(4.0 / 45 / n));
}

static void is_zero(const real *x, int n)
{
    for (int i = 0; i < n; i++)
        ck_assert(x[i] == 0);
}

START_TEST(uniform_fan_in)
{
    struct sample *s = drawn(INIT_UNIFORM_FAN_IN, 1);

    is_uniform(s->w, N, 1 / sqrt(300));
    is_uniform(s->b, N_OUT, 1 / sqrt(300));
    ck_assert(s->b[0] != s->w[0] && s->b[1] != s->w[1]); /* streams of their own */
    free(s);
}
END_TEST

START_TEST(xavier)
{
    struct sample *s = drawn(INIT_XAVIER, 2);

    is_uniform(s->w, N, sqrt(6.0 / 500));
    is_zero(s->b, N_OUT);
    free(s);
}
END_TEST

/* N(0, v), v = 2 / n_in (He) or 1 / n_in (LeCun): the fourth moment is 3 v^2. */
START_TEST(he_and_lecun)
{
    struct sample *s = drawn(_i ? INIT_LECUN : INIT_HE, 3);
    double v = (_i ? 1.0 : 2.0) / 300;

    ck_assert_double_eq_tol(moment(s->w, N, 1), 0, 5 * sqrt(v / N));
    ck_assert_double_eq_tol(moment(s->w, N, 2), v, 5 * v * sqrt(2.0 / N));
    ck_assert_double_eq_tol(moment(s->w, N, 4), 3 * v * v, 5 * v * v * sqrt(96.0 / N));
    is_zero(s->b, N_OUT);
    free(s);
}
END_TEST

static double product(const real *a, const real *b, int n, int step)
{
    double sum = 0;

    for (int k = 0; k < n; k++)
        sum += (double)a[k * step] * (double)b[k * step];
    return sum;
}

/* W^T W = I where rows >= columns, else W W^T = I. */
START_TEST(orthogonal)
{
    static const int size[][2] = {{50, 20}, {20, 50}, {30, 30}, {1, 7}, {7, 1}};
    int rows = size[_i][0], cols = size[_i][1], n = rows < cols ? rows : cols;
    int length = rows + cols - n, step = rows < cols ? 1 : cols;
    int apart = rows < cols ? cols : 1;
    real w[50 * 50], b[50];

    memset(b, 1, sizeof b);
    init_layer(INIT_ORTHOGONAL, mat_of(w, rows, cols), b, rng_seed(4));
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            ck_assert_double_eq_tol(product(w + i * apart, w + j * apart, length, step),
                                    i == j, 1e-6);
    is_zero(b, cols);
}
END_TEST

START_TEST(the_same_stream_gives_the_same_weights_and_another_others)
{
    for (int kind = 0; init_names[kind]; kind++) {
        struct sample *a = drawn((enum init)kind, 5), *b = drawn((enum init)kind, 5);
        struct sample *c = drawn((enum init)kind, 6);
        int same = 0;

        ck_assert_mem_eq(a, b, sizeof *a);
        for (int i = 0; i < N; i++)
            same += a->w[i] == c->w[i];
        ck_assert_int_lt(same, N / 100);
        free(a);
        free(b);
        free(c);
    }
    ck_assert_str_eq(init_names[INIT_ORTHOGONAL], "orthogonal");
}
END_TEST

Suite *init_suite(void)
{
    Suite *suite = suite_create("init");
    TCase *tcase = tcase_create("init");

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, uniform_fan_in);
    tcase_add_test(tcase, xavier);
    tcase_add_loop_test(tcase, he_and_lecun, 0, 2);
    tcase_add_loop_test(tcase, orthogonal, 0, 5);
    tcase_add_test(tcase, the_same_stream_gives_the_same_weights_and_another_others);
    return suite;
}
