/* Every instruction set that this processor runs, held against formulas in double and
 * against the baseline, bit by bit. The loop index is the set. */
#include "core/kernels/kernels.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/nn/rng.h"

enum { MANY = 1000 }; /* not a multiple of any block */

static const struct kernels *set_of(int isa)
{
    return kernels_of((enum isa)isa);
}

START_TEST(words_are_those_of_philox)
{
    const uint64_t key = 0x0123456789abcdef, block = 0xfffffff8; /* carries soon */
    const uint32_t half[] = {0x89abcdef, 0x01234567};
    uint32_t word[MANY];

    if (!set_of(_i))
        return;
    set_of(_i)->words(key, block, word, MANY);
    for (uint64_t i = 0; i < MANY; i++) {
        uint64_t number = block + i / 4;
        const uint32_t counter[] = {(uint32_t)number, (uint32_t)(number >> 32), 0, 0};
        uint32_t out[4];

        philox4x32(counter, half, out);
        ck_assert_uint_eq(word[i], out[i % 4]);
    }
}
END_TEST

/* Box-Muller in double on the same words: u = the upper 24 bits. */
START_TEST(normals_follow_box_muller)
{
    enum { N = 40000 };
    const struct kernels *set = set_of(_i);
    uint32_t *word = malloc(N * sizeof *word);
    real *z = malloc(N * sizeof *z);

    if (set) {
        set->words(5, 7, word, N);
        set->normal(5, 7, z, N, 3);
    }
    for (int i = 0; set && i < N; i += 2) {
        double u = (word[i] >> 8) * 0x1p-24, turn = (word[i + 1] >> 8) * 0x1p-24;
        double radius = 3 * sqrt(-2 * log(1 - u));

        ck_assert_double_eq_tol(z[i], radius * cos(2 * acos(-1) * turn), 3e-6);
        ck_assert_double_eq_tol(z[i + 1], radius * sin(2 * acos(-1) * turn), 3e-6);
    }
    free(word);
    free(z);
}
END_TEST

static void draw(real *x, uint64_t seed)
{
    kernels_of(ISA_BASELINE)->normal(seed, 0, x, MANY, 1);
}

START_TEST(normals_and_masks_have_the_bits_of_the_baseline)
{
    const struct kernels *set = set_of(_i);
    uint32_t word[MANY];
    real want[MANY], got[MANY];

    if (!set)
        return;
    draw(want, 9);
    set->normal(9, 0, got, MANY, 1);
    ck_assert_mem_eq(got, want, sizeof want);
    set->words(10, 0, word, MANY);
    for (int i = 0; i < MANY; i++)
        want[i] = word[i] < 0x40000000 ? 0 : want[i] * (real)1.5;
    set->mask(got, word, MANY, 0x40000000, (real)1.5);
    ck_assert_mem_eq(got, want, sizeof want);
}
END_TEST

static double elu(double x)
{
    return x > 0 ? x : expm1(x);
}

static double silu(double x)
{
    return x / (1 + exp(-x));
}

static double silu_slope(double x)
{
    double s = 1 / (1 + exp(-x));

    return s * (1 + x * (1 - s));
}

/* From -100 to 100, dense around 0; relative errors of a few ulp. */
START_TEST(activations_follow_libm)
{
    enum { N = 4001 };
    const struct kernels *set = set_of(_i), *plain = set_of(ISA_BASELINE);
    static real x[N], y[N], other[N];
    void (*const got[][2])(real *, const real *, size_t) = {
        {set ? set->tanh : NULL, plain->tanh},
        {set ? set->elu : NULL, plain->elu},
        {set ? set->silu : NULL, plain->silu},
        {set ? set->silu_slope : NULL, plain->silu_slope},
    };
    double (*const want[])(double) = {tanh, elu, silu, silu_slope};

    for (int i = 0; i < N; i++)
        x[i] = (real)(pow((i - N / 2) / (double)(N / 2), 5) * 100);
    for (int f = 0; f < 4 && set; f++) {
        for (int i = 0; i < N; i++)
            y[i] = other[i] = 1; /* silu_slope multiplies */
        got[f][0](y, x, N);
        got[f][1](other, x, N);
        ck_assert_mem_eq(y, other, sizeof y);
        for (int i = 0; i < N; i++) {
            double at = (double)x[i], right = want[f](at);
            double allowed = 6e-7 * fabs(right) + 1e-35;

            if (f == 3) /* 1 - s has the error of 1 */
                allowed += 2e-7 * fabs(at) + 1e-7;
            ck_assert_msg(fabs((double)y[i] - right) < allowed,
                          "function %d at %g: %.9g, not %.9g", f, at, (double)y[i],
                          right);
        }
    }
}
END_TEST

START_TEST(activations_let_nan_pass)
{
    const struct kernels *set = set_of(_i);
    real x = (real)NAN, y[3];

    if (!set)
        return;
    set->tanh(&y[0], &x, 1);
    set->elu(&y[1], &x, 1);
    set->silu(&y[2], &x, 1);
    for (int i = 0; i < 3; i++)
        ck_assert(isnan(y[i]));
}
END_TEST

START_TEST(optimisers_have_the_bits_of_the_baseline)
{
    const struct kernels *set[] = {set_of(ISA_BASELINE), set_of(_i)};
    const struct adam_step adam = {(real)0.9,  (real)0.999, (real)0.01,
                                   (real)1e-8, (real)0.1,   (real)0.99};
    const struct sgd_step sgd = {(real)0.1, (real)0.9, (real)0.01};
    real w[2][MANY], m[2][MANY], v[2][MANY], g[MANY];

    if (!set[1])
        return;
    draw(g, 1);
    for (int k = 0; k < 2; k++) {
        draw(w[k], 2);
        memset(m[k], 0, sizeof m[k]);
        memset(v[k], 0, sizeof v[k]);
        set[k]->adam(&adam, w[k], m[k], v[k], g, MANY);
        set[k]->adam(&adam, w[k], m[k], v[k], g, MANY);
        set[k]->sgd(&sgd, w[k], m[k], g, MANY);
        set[k]->sgd(&sgd, w[k], NULL, g, MANY);
    }
    ck_assert_mem_eq(w[0], w[1], sizeof w[0]);
    ck_assert_mem_eq(m[0], m[1], sizeof m[0]);
    ck_assert_mem_eq(v[0], v[1], sizeof v[0]);
}
END_TEST

/* From 0 the chains run towards 1: 0.999 x + 0.001. */
START_TEST(the_peak_computes)
{
    float sink = 0;

    if (!set_of(_i))
        return;
    ck_assert_double_ge(set_of(_i)->peak(100000, &sink), 2.0 * 4 * 12 * 100000);
    ck_assert_double_eq_tol((double)sink, 12, 0.01);
}
END_TEST

START_TEST(the_best_set_runs_here)
{
    ck_assert_ptr_nonnull(kernels_default());
    ck_assert_ptr_nonnull(kernels_of(ISA_BASELINE));
    ck_assert_str_ne(isa_name(kernels_best()), "");
}
END_TEST

Suite *kernels_suite(void)
{
    Suite *suite = suite_create("kernels");
    TCase *tcase = tcase_create("kernels");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, words_are_those_of_philox, 0, N_ISA);
    tcase_add_loop_test(tcase, normals_follow_box_muller, 0, N_ISA);
    tcase_add_loop_test(tcase, normals_and_masks_have_the_bits_of_the_baseline, 0, N_ISA);
    tcase_add_loop_test(tcase, activations_follow_libm, 0, N_ISA);
    tcase_add_loop_test(tcase, activations_let_nan_pass, 0, N_ISA);
    tcase_add_loop_test(tcase, optimisers_have_the_bits_of_the_baseline, 0, N_ISA);
    tcase_add_loop_test(tcase, the_peak_computes, 0, N_ISA);
    tcase_add_test(tcase, the_best_set_runs_here);
    return suite;
}
