#include "core/optim/optimizer.h"
#include "core/plug/learner.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "tests/support/reference.h"

static struct arena arena;
static const struct progress start, half_way = {.step = 50, .n_step = 100};

static void set_up(void)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
}

static void tear_down(void)
{
    arena_close(&arena);
}

static struct optim made(struct optim_options options, real *w, size_t n)
{
    struct optim optim;

    optim_init(&optim, &options, (struct vec){w, n}, &arena, NULL);
    return optim;
}

/* lr 1/2, momentum 1/2, decay 1/4, g = 1 each time, from w = 8:
 *   v = 0 + 1 + 2 = 3,             w = 8 - 1.5   = 6.5
 *   v = 1.5 + 1 + 1.625 = 4.125,   w = 6.5 - 2.0625 = 4.4375 */
START_TEST(sgd_by_hand)
{
    real w = 8, g = 1;
    struct optim optim = made(
        (struct optim_options){
            .optimizer = OPTIM_SGD, .lr = 0.5, .momentum = 0.5, .weight_decay = 0.25},
        &w, 1);

    optim_step(&optim, &g, start);
    ck_assert(w == (real)6.5);
    optim_step(&optim, &g, start);
    ck_assert(w == (real)4.4375);
}
END_TEST

/* The first step of Adam has length lr, whatever the gradient: mhat = g, vhat = g^2. */
START_TEST(adam_by_hand)
{
    real w[] = {1, 1}, g[] = {(real)0.5, -200};
    struct optim optim = made(
        (struct optim_options){
            .optimizer = OPTIM_ADAM, .lr = 0.125, .beta1 = 0.9, .beta2 = 0.999},
        w, 2);

    optim_step(&optim, g, start);
    ck_assert_double_eq_tol(w[0], 0.875, 1e-6);
    ck_assert_double_eq_tol(w[1], 1.125, 1e-6);
    ck_assert_uint_eq(*optim.step, 1);
}
END_TEST

/* Without a gradient, coupled decay is all the gradient there is: adam steps by lr,
 * whatever the decay; adamw shrinks by 1 - lr decay and no more. */
START_TEST(decay_is_coupled_in_adam_and_decoupled_in_adamw)
{
    struct optim_options options = {.optimizer = OPTIM_ADAM,
                                    .lr = 0.125,
                                    .beta1 = 0.9,
                                    .beta2 = 0.999,
                                    .weight_decay = 0.5};
    real coupled = 4, decoupled = 4, g = 0;
    struct optim adam = made(options, &coupled, 1), adamw;

    options.optimizer = OPTIM_ADAMW;
    options.epsilon = 1e-8; /* 0 / 0 without */
    adamw = made(options, &decoupled, 1);
    optim_step(&adam, &g, start);
    optim_step(&adamw, &g, start);
    ck_assert_double_eq_tol(coupled, 3.875, 1e-6);
    ck_assert_double_eq_tol(decoupled, 4 * (1 - 0.0625), 1e-6);
}
END_TEST

START_TEST(fifty_steps_as_in_the_papers)
{
    static const struct optim_options row[] = {
        {OPTIM_SGD, 0.01, 0, 0, 0, 0, 0, {0}},
        {OPTIM_SGD, 0.01, 0.9, 0, 0, 0, 0.1, {0}},
        {OPTIM_SGD, 0.1, 0, 0, 0, 0, 0.01, {0}},
        {OPTIM_ADAM, 0.001, 0, 0.9, 0.999, 1e-8, 0, {0}},
        {OPTIM_ADAM, 0.01, 0, 0.9, 0.999, 1e-8, 0.1, {0}},
        {OPTIM_ADAM, 0.01, 0, 0.5, 0.9, 0.01, 0, {0}},
        {OPTIM_ADAMW, 0.001, 0, 0.9, 0.999, 1e-8, 0.001, {0}},
        {OPTIM_ADAMW, 0.1, 0, 0.8, 0.99, 1e-3, 0.5, {0}},
    };
    enum { N = 37 };
    real w[N], g[N];
    double want[N], m[N] = {0}, v[N] = {0};
    struct optim optim;

    reference_draw(w, N, 1, 1);
    for (int i = 0; i < N; i++)
        want[i] = (double)w[i];
    optim = made(row[_i], w, N);
    for (int step = 1; step <= 50; step++) {
        reference_draw(g, N, 0.1 * step, 100 + (uint64_t)step);
        optim_step(&optim, g, start);
        for (int i = 0; i < N; i++)
            reference_optim(&row[_i], &want[i], &m[i], &v[i], (double)g[i], step);
    }
    ck_assert_double_lt(reference_error(w, want, N), 2e-5);
}
END_TEST

/* beta 1/2, momentum 1/2, lr 1, eps 1/4, from w = 0:
 *   g = 2:  m = 1,   v = 2,    u = -2 / sqrt(2 - 1 + .25),                   w = u
 *   g = -1: m = 0,   v = 1.5,  u = u / 2 + 1 / sqrt(1.5 + .25),              w += u */
START_TEST(rmsprop_by_hand)
{
    real w = 0, g[] = {2, -1};
    struct optim optim = made((struct optim_options){.optimizer = OPTIM_RMSPROP,
                                                     .lr = 1,
                                                     .momentum = 0.5,
                                                     .beta2 = 0.5,
                                                     .epsilon = 0.25},
                              &w, 1);
    double u = -2 / sqrt(1.25);

    optim_step(&optim, &g[0], start);
    ck_assert_double_eq_tol(w, u, 1e-6);
    optim_step(&optim, &g[1], start);
    ck_assert_double_eq_tol(w, u + u / 2 + 1 / sqrt(1.75), 1e-6);
}
END_TEST

/* A steady gradient g has no variance: steps of no more than lr g / sqrt(eps), whichever
 * way v - m^2 is rounded. */
START_TEST(rmsprop_bears_a_steady_gradient)
{
    real w = 0, last, g = (real)_i;
    struct optim optim = made(
        (struct optim_options){
            .optimizer = OPTIM_RMSPROP, .lr = 0x1p-20, .beta2 = 0.9, .epsilon = 0x1p-26},
        &w, 1);

    for (int i = 0; i < 1000; i++) {
        last = w;
        optim_step(&optim, &g, start);
        ck_assert(w < last && last - w <= g * (real)0x1p-7 * (real)1.001);
    }
}
END_TEST

START_TEST(half_way_a_falling_rate_is_half_the_learning_rate)
{
    struct optim_options options = {.optimizer = _i,
                                    .lr = 0.5,
                                    .momentum = 0.5,
                                    .beta1 = 0.9,
                                    .beta2 = 0.999,
                                    .epsilon = 1e-8,
                                    .weight_decay = 0.25,
                                    .schedule = {.shape = LR_LINEAR}};
    real w = 8, other = 8, g = 1;
    struct optim optim = made(options, &w, 1), half;

    options.lr = 0.25;
    half = made(options, &other, 1);
    for (int step = 0; step < 3; step++) {
        optim_step(&optim, &g, half_way);
        optim_step(&half, &g, start);
        ck_assert(w == other && w < 8);
    }
}
END_TEST

/* 100 floats = 448 bytes rounded up; the step count is a piece of 64. */
START_TEST(moments_and_their_bytes)
{
    static real w[100];
    size_t bytes = (100 * sizeof(real) + 63) / 64 * 64;

    made((struct optim_options){.optimizer = OPTIM_SGD, .lr = 1}, w, 100);
    ck_assert_uint_eq(arena.now.total, 0);
    made((struct optim_options){.optimizer = OPTIM_SGD, .lr = 1, .momentum = 0.5}, w,
         100);
    ck_assert_uint_eq(arena.now.part[TAG_OPTIMIZER], bytes);
    made((struct optim_options){.optimizer = OPTIM_ADAM, .lr = 1}, w, 100);
    ck_assert_uint_eq(arena.now.part[TAG_OPTIMIZER], 3 * bytes + 64);
    ck_assert_uint_eq(arena.now.total, arena.now.part[TAG_OPTIMIZER]);
}
END_TEST

/* A suite's `optimizer_state: reset`. */
START_TEST(cleared_moments_start_anew)
{
    struct optim_options options = {.optimizer = OPTIM_ADAM,
                                    .lr = 0.1,
                                    .beta1 = 0.9,
                                    .beta2 = 0.999,
                                    .epsilon = 1e-8};
    real w = 1, fresh = 1, g = 3;
    struct optim optim = made(options, &w, 1), other = made(options, &fresh, 1);

    optim_step(&optim, &g, start);
    w = 1;
    arena_clear(&arena, TAG_OPTIMIZER);
    g = -2;
    optim_step(&optim, &g, start);
    optim_step(&other, &g, start);
    ck_assert(w == fresh);
}
END_TEST

Suite *optimizer_suite(void)
{
    Suite *suite = suite_create("optimizer");
    TCase *tcase = tcase_create("optim");

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, sgd_by_hand);
    tcase_add_test(tcase, adam_by_hand);
    tcase_add_test(tcase, decay_is_coupled_in_adam_and_decoupled_in_adamw);
    tcase_add_loop_test(tcase, fifty_steps_as_in_the_papers, 0, 8);
    tcase_add_loop_test(tcase, half_way_a_falling_rate_is_half_the_learning_rate, 0, 4);
    tcase_add_test(tcase, rmsprop_by_hand);
    tcase_add_loop_test(tcase, rmsprop_bears_a_steady_gradient, 1, 100);
    tcase_add_test(tcase, moments_and_their_bytes);
    tcase_add_test(tcase, cleared_moments_start_anew);
    return suite;
}
