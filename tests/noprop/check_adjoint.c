/* The neural ODE that is NoProp's continuous partner: what its way back keeps, and what
 * that costs in exactness. The gradient of its steps is held against differences in
 * gradient_noprop.c. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/tiny.h"

extern const struct learner learner_noprop_adjoint;

static void open_adjoint(struct tiny *tiny, int steps, const char *reverse)
{
    void *self = tiny_options(&learner_noprop_adjoint, "mlp-5");
    char text[16];

    snprintf(text, sizeof text, "%d", steps);
    tiny_set(&learner_noprop_adjoint, self, "steps", text);
    tiny_set(&learner_noprop_adjoint, self, "reverse", reverse);
    tiny_open(tiny, &learner_noprop_adjoint, self, 1);
}

/* || g_integrated - g_stored || / || g_stored || */
static double error_of(int steps)
{
    struct tiny tiny[2];
    real *g[2];
    struct vec w = {0};
    double off = 0, all = 0;

    for (int i = 0; i < 2; i++) {
        open_adjoint(&tiny[i], steps, i ? "integrated" : "stored");
        w = learner_noprop_adjoint.weights(tiny[i].self);
        g[i] = calloc(w.n, sizeof *g[i]);
        for (size_t j = 0; j < w.n; j++) /* a field that bends */
            w.data[j] *= 3;
        learner_noprop_adjoint.grad(tiny[i].self, &tiny[i].batch, rng_seed(5), g[i]);
        tiny_close(&tiny[i]);
    }
    for (size_t j = 0; j < w.n; j++) {
        off += pow((double)(g[1][j] - g[0][j]), 2);
        all += pow((double)g[0][j], 2);
    }
    free(g[0]);
    free(g[1]);
    return sqrt(off / all);
}

/* Euler's method back does not end where it began, but for the length of a step. */
START_TEST(integrated_back_it_is_right_in_the_limit)
{
    double coarse = error_of(4), fine = error_of(64);

    ck_assert_double_gt(coarse, 1e-4);
    ck_assert_double_lt(fine, coarse / 10);
    ck_assert_double_lt(fine, 1e-2);
}
END_TEST

static size_t activations(int steps, const char *reverse)
{
    struct tiny tiny;
    size_t bytes;

    open_adjoint(&tiny, steps, reverse);
    bytes = tiny.arena.now.part[TAG_ACTIVATION];
    tiny_close(&tiny);
    return bytes;
}

START_TEST(activations_do_not_grow_with_steps)
{
    size_t labels = 90 * 256; /* of TINY_TRAIN x TINY_CLASSES reals, rounded up */

    ck_assert_uint_eq(activations(10, "integrated"), activations(1000, "integrated"));
    ck_assert_uint_eq(activations(100, "stored"), activations(10, "stored") + labels);
}
END_TEST

/* It learns what is separable, by either way back. */
START_TEST(it_learns)
{
    struct tiny tiny;
    double first = 0, last = 0;

    open_adjoint(&tiny, 10, _i ? "integrated" : "stored");
    for (int step = 0; step < 20; step++)
        first += (double)tiny_train(&tiny, step, 1) / 20;
    tiny_train(&tiny, 20, 200);
    for (int step = 220; step < 240; step++)
        last += (double)tiny_train(&tiny, step, 1) / 20;
    ck_assert_double_lt(last, first / 4);
    tiny_close(&tiny);
}
END_TEST

Suite *adjoint_suite(void)
{
    Suite *suite = suite_create("adjoint");
    TCase *tcase = tcase_create("adjoint");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, integrated_back_it_is_right_in_the_limit);
    tcase_add_test(tcase, activations_do_not_grow_with_steps);
    tcase_add_loop_test(tcase, it_learns, 0, 2);
    return suite;
}
