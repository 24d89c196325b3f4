/* EWC, SI and MAS around the two weights of tests/support/toy.h, followed by hand. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/toy.h"

extern const struct strategy strategy_ewc, strategy_si, strategy_mas, strategy_freeze,
    strategy_reset;

static const uint8_t pixel[2] = {1, 3};
static const int32_t label[2] = {0, 1};

static struct toy toy;

static void set(double w0, double w1)
{
    toy.w.data[0] = (real)w0;
    toy.w.data[1] = (real)w1;
}

static void is_pulled_at(double rate, double g0, double g1)
{
    real g[TOY_OUT];

    toy_pull(&toy, rate, g);
    ck_assert_double_eq_tol((double)g[0], g0, 1e-5 * (1 + fabs(g0)));
    ck_assert_double_eq_tol((double)g[1], g1, 1e-5 * (1 + fabs(g1)));
}

static void is_pulled(double g0, double g1)
{
    is_pulled_at(0, g0, g1);
}

/* sum_k p_k (d log p_k / dw_j)^2 = x^2 p_0 p_1 for either weight: the variance of z_j. */
static double fisher_at(double w0, double w1)
{
    double sum = 0;

    for (int i = 0; i < 2; i++) {
        double p = 1 / (1 + exp((w1 - w0) * pixel[i]));

        sum += pixel[i] * pixel[i] * p * (1 - p) / 2;
    }
    return sum;
}

/* At w = 0 p = 1/2: F = (1 + 9) / 2 / 4 = 1.25; lambda 2 pulls back w = (1, -2) by 2.5,
 * -5. */
START_TEST(the_exact_fisher_by_hand)
{
    toy_open(&toy, &strategy_ewc, "strength 2", 0);
    toy_end(&toy, 0, pixel, label, 2);
    set(1, -2);
    is_pulled(2.5, -5);
    ck_assert_double_eq(toy.rows, 4); /* two images, two labels each */
    ck_assert_double_eq(toy.flops, 4);
    toy_close(&toy);
}
END_TEST

/* The curvature is 2.5: from a rate of 1 / 2.5 on a step goes to the centre, 0, whatever
 * the rate. */
START_TEST(a_step_goes_no_further_than_to_the_centre)
{
    toy_open(&toy, &strategy_ewc, "strength 2", 0);
    toy_end(&toy, 0, pixel, label, 2);
    set(1, -2);
    is_pulled_at(0.25, 2.5, -5);
    is_pulled_at(0.4, 2.5, -5);
    is_pulled_at(0.5, 2, -4);
    is_pulled_at(10, 0.1, -0.2);
    toy_close(&toy);
}
END_TEST

/* One term per task, each around its own weights. */
START_TEST(separate_terms_have_one_sum)
{
    static const double at[3][2] = {{0, 0}, {0.3, -0.2}, {1, 0.5}};
    double want[2] = {0, 0};

    toy_open(&toy, &strategy_ewc, "strength 3", 0);
    for (int t = 0; t < 3; t++) {
        set(at[t][0], at[t][1]);
        toy_end(&toy, t, pixel, label, 2);
        for (int j = 0; j < 2; j++)
            want[j] += 3 * fisher_at(at[t][0], at[t][1]) * ((j ? -1 : 2) - at[t][j]);
    }
    set(2, -1);
    is_pulled(want[0], want[1]);
    toy_close(&toy);
}
END_TEST

START_TEST(the_online_term_decays_around_the_last_weights)
{
    double f = 0.5 * fisher_at(0, 0) + fisher_at(1, 0.5);

    toy_open(&toy, &strategy_ewc, "strength 3 online yes decay 0.5", 0);
    toy_end(&toy, 0, pixel, label, 2);
    set(1, 0.5);
    toy_end(&toy, 1, pixel, label, 2);
    set(2, -1);
    is_pulled(3 * f * 1, 3 * f * -1.5);
    toy_close(&toy);
}
END_TEST

/* Where scores are no logits: the squared gradient at the label. w = (ln 3, 0), x = 1:
 * p = (3/4, 1/4), at label 0 g = (-1/4, 1/4), so F = 1/16; exact it would be 3/16. */
START_TEST(the_empirical_fisher_by_hand)
{
    toy_open(&toy, &strategy_ewc, "strength 16", CAN_SOFT);
    set(log(3), 0);
    toy_end(&toy, 0, pixel, label, 1);
    ck_assert_double_eq(toy.rows, 1);
    set(log(3) + 1, 2);
    is_pulled(1, 2);
    toy_close(&toy);
}
END_TEST

/* Without a gradient, or where one image has none: squared updates at the door, over the
 * batches. From w = 0 at x = 1,
 * label 0, lr 1: g = (-1/2, 1/2), then w = (1/2, -1/2), p_1 = 1 / (1 + e) = .268941,
 * g = -+ p_1. The next task's updates count without the penalty. */
START_TEST(squared_updates_by_hand)
{
    const double p = 1 / (1 + exp(1)), f = (0.25 + p * p) / 2;
    const unsigned hidden = _i ? TOY_NORMS : CAN_GRAD | CAN_SOFT;
    double w = 0.5 + p, q, g;

    toy_open(&toy, &strategy_ewc, "strength 1", hidden);
    toy_train(&toy, pixel, label, 1);
    toy_train(&toy, pixel, label, 1);
    toy_end(&toy, 0, pixel, label, 2);
    ck_assert_double_eq(toy.rows, 2); /* the two trained */
    ck_assert_double_eq_tol((double)toy.w.data[0], w, 1e-6);
    set(w + 1, -w);
    is_pulled(f, 0);
    toy_close(&toy);

    toy_open(&toy, &strategy_ewc, "strength 1", hidden);
    toy_train(&toy, pixel, label, 1);
    toy_end(&toy, 0, pixel, label, 1); /* F = 1/4 around 1/2 */
    set(1, 0);
    toy_train(&toy, pixel, label, 1); /* pulled by 1/8, which does not count */
    q = 1 / (1 + exp(1));
    g = -q + 0.25 * 0.5;
    ck_assert_double_eq_tol((double)toy.w.data[0], 1 - g, 1e-6);
    toy_end(&toy, 1, pixel, label, 1);
    set(2, 0);
    is_pulled(0.25 * 1.5 + q * q * (2 - (1 - g)), 0.25 * 0.5 + q * q * -(0 - q - 0.125));
    toy_close(&toy);
}
END_TEST

/* With a factor c before the loss of a weight, squared gradients have c^2; normalised
 * they have c. Gradients at the label as in the_empirical_fisher_by_hand: 1/16. */
START_TEST(importance_is_normalised_by_the_factor)
{
    static const char *const options[2] = {"strength 16", "strength 16 normalise yes"};
    double power = _i ? 1 : 2;

    toy_open(&toy, &strategy_ewc, options[_i], CAN_SOFT | TOY_FACTORS);
    set(log(3), 0);
    toy_end(&toy, 0, pixel, label, 1);
    set(log(3) + 1, 2);
    is_pulled(pow(toy_factor[0], power), 2 * pow(toy_factor[1], power));
    toy_close(&toy);
}
END_TEST

/* The same of squared updates: from w = 0 at x = 1, g = (-1/2, 1/2) times the factors. */
START_TEST(squared_updates_are_normalised_too)
{
    static const char *const options[2] = {"strength 4", "strength 4 normalise yes"};
    const unsigned hidden = TOY_FACTORS | (_i / 2 ? TOY_NORMS : CAN_GRAD | CAN_SOFT);
    double power = _i % 2 ? 1 : 2;

    toy_open(&toy, &strategy_ewc, options[_i % 2], hidden);
    toy_train(&toy, pixel, label, 1);
    toy_end(&toy, 0, pixel, label, 1);
    ck_assert_double_eq((double)toy.w.data[0], 1);
    ck_assert_double_eq((double)toy.w.data[1], -0.25);
    set(1 + 1, -0.25 + 2);
    is_pulled(pow(toy_factor[0], power), 2 * pow(toy_factor[1], power));
    toy_close(&toy);
}
END_TEST

/* A learner that tells of no factor: 5/4 as in the_exact_fisher_by_hand. */
START_TEST(without_a_factor_nothing_is_normalised)
{
    toy_open(&toy, &strategy_ewc, "strength 2 normalise yes", 0);
    toy_end(&toy, 0, pixel, label, 2);
    set(1, -2);
    is_pulled(2.5, -5);
    toy_close(&toy);
}
END_TEST

START_TEST(mas_refuses_batch_norms)
{
    void *self = calloc(1, strategy_mas.size);
    struct error err = {0};

    toy_open(&toy, &strategy_ewc, "", TOY_NORMS);
    ck_assert_int_eq(strategy_mas.attach(self, &toy.handle, &err), ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "batch norm"));
    toy_close(&toy);
    free(self);
}
END_TEST

START_TEST(rows_are_drawn_without_replacement)
{
    static const uint8_t many[4] = {1, 1, 3, 3};
    static const int32_t of[4] = {0, 1, 0, 1};
    real g[TOY_OUT];

    toy_open(&toy, &strategy_ewc, "strength 1 rows 3", 0);
    toy_end(&toy, 0, many, of, 4);
    ck_assert_double_eq(toy.rows, 6);
    set(12, 0); /* F = (a + 9 b) / 12 with a + b = 3, a and b at most 2 */
    toy_pull(&toy, 0, g);
    ck_assert(fabs((double)g[0] - 11) < 1e-4 || fabs((double)g[0] - 19) < 1e-4);
    toy_close(&toy);
}
END_TEST

/* From w = 0 at x = 1, label 0, lr 1: g = -+1/2, so omega = 1/4, D^2 = 1/4, and with
 * xi = .1 Omega = .25 / .35. c = 1.4: the pull is 2 c Omega (w - w*) = 2 (w - w*). */
START_TEST(the_path_integral_by_hand)
{
    toy_open(&toy, &strategy_si, "strength 1.4", 0);
    toy_train(&toy, pixel, label, 1);
    toy_end(&toy, 0, pixel, label, 1);
    is_pulled(0, 0);
    set(1, -2);
    is_pulled(1, -3);
    toy_close(&toy);
}
END_TEST

/* The second task's omega comes from the loss alone, though the penalty moves w too. */
START_TEST(the_path_does_not_count_the_penalty)
{
    double big = 0.25 / 0.35, w[3] = {0.5}, omega = 0;

    toy_open(&toy, &strategy_si, "strength 0.1", 0);
    toy_train(&toy, pixel, label, 1);
    toy_end(&toy, 0, pixel, label, 1);
    for (int s = 0; s < 2; s++) { /* w_1 = -w_0 throughout */
        double g = -1 / (1 + exp(2 * w[s])), pull = 2 * 0.1 * big * (w[s] - 0.5);

        toy_train(&toy, pixel, label, 1);
        w[s + 1] = w[s] - g - pull;
        omega -= g * (w[s + 1] - w[s]);
        ck_assert_double_eq_tol((double)toy.w.data[0], w[s + 1], 1e-6);
    }
    toy_end(&toy, 1, pixel, label, 1);
    big += omega / (pow(w[2] - 0.5, 2) + 0.1);
    set(w[2] + 1, -w[2]);
    is_pulled(0.2 * big, 0);
    toy_close(&toy);
}
END_TEST

/* d ||z||^2 / dw_j = 2 w_j x^2: at w = (1, -2) the means of the sizes are 10 and 20; with
 * lambda 1 the pull is 2 Omega (w - w*). The next task adds its own. */
START_TEST(the_sensitivity_of_the_logits_by_hand)
{
    toy_open(&toy, &strategy_mas, "", 0);
    set(1, -2);
    toy_end(&toy, 0, pixel, label, 2);
    set(2, 0);
    is_pulled(20, 80);
    toy_end(&toy, 1, pixel, label, 2);
    set(2, 1);
    is_pulled(0, 2 * 20);
    set(3, 0);
    is_pulled(2 * 30, 0);
    toy_close(&toy);
}
END_TEST

/* Where output 0 alone competes: 2 w_0 x^2 = 2, and nothing for the other. */
START_TEST(only_logits_that_compete_are_sensitive)
{
    static const uint8_t first[TOY_OUT] = {1, 0};
    static const struct classes alone[] = {{first, TOY_OUT}};

    toy_open(&toy, &strategy_mas, "", 0);
    toy.handle.competing = alone;
    set(1, -2);
    toy_end(&toy, 0, pixel, label, 1);
    set(2, 0);
    is_pulled(2 * 2, 0);
    toy_close(&toy);
}
END_TEST

START_TEST(what_is_held_is_counted)
{
    static const struct {
        const struct strategy *strategy;
        unsigned hidden;
        size_t vectors;
    } table[] = {{&strategy_ewc, 0, 2},
                 {&strategy_ewc, CAN_GRAD | CAN_SOFT, 3},
                 {&strategy_mas, 0, 2},
                 {&strategy_si, 0, 3}};

    toy_open(&toy, table[_i].strategy, "", table[_i].hidden);
    ck_assert_uint_eq(toy.arena.now.part[TAG_BUFFER], table[_i].vectors * ARENA_ALIGN);
    toy_close(&toy);
}
END_TEST

START_TEST(a_frozen_model_stays)
{
    toy_open(&toy, &strategy_freeze, "", 0);
    toy_train(&toy, pixel, label, 1);
    ck_assert_double_eq((double)toy.w.data[0], 0.5);
    toy_end(&toy, 0, pixel, label, 1);
    ck_assert_double_eq_tol((double)toy_train(&toy, pixel, label, 1), log(1 + exp(-1)),
                            1e-6);
    ck_assert_double_eq((double)toy.w.data[0], 0.5);
    ck_assert_double_eq((double)toy.w.data[1], -0.5);
    ck_assert_double_eq(toy.rows, 2);
    toy_close(&toy);
}
END_TEST

START_TEST(every_task_begins_anew)
{
    toy_open(&toy, &strategy_reset, "", 0);
    for (int t = 0; t < 3; t++) {
        toy_begin(&toy, t, pixel, label, 1);
        ck_assert_int_eq(toy.n_reset, t);
        ck_assert_double_eq((double)toy.w.data[0], 0);
        toy_train(&toy, pixel, label, 1);
        toy_end(&toy, t, pixel, label, 1);
    }
    toy_close(&toy);
}
END_TEST

Suite *penalty_suite(void)
{
    Suite *suite = suite_create("penalty");
    TCase *tcase = tcase_create("anchor");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, the_exact_fisher_by_hand);
    tcase_add_test(tcase, a_step_goes_no_further_than_to_the_centre);
    tcase_add_test(tcase, separate_terms_have_one_sum);
    tcase_add_test(tcase, the_online_term_decays_around_the_last_weights);
    tcase_add_test(tcase, the_empirical_fisher_by_hand);
    tcase_add_loop_test(tcase, squared_updates_by_hand, 0, 2);
    tcase_add_loop_test(tcase, importance_is_normalised_by_the_factor, 0, 2);
    tcase_add_loop_test(tcase, squared_updates_are_normalised_too, 0, 4);
    tcase_add_test(tcase, without_a_factor_nothing_is_normalised);
    tcase_add_test(tcase, mas_refuses_batch_norms);
    tcase_add_test(tcase, rows_are_drawn_without_replacement);
    tcase_add_test(tcase, the_path_integral_by_hand);
    tcase_add_test(tcase, the_path_does_not_count_the_penalty);
    tcase_add_test(tcase, the_sensitivity_of_the_logits_by_hand);
    tcase_add_test(tcase, only_logits_that_compete_are_sensitive);
    tcase_add_loop_test(tcase, what_is_held_is_counted, 0, 4);
    tcase_add_test(tcase, a_frozen_model_stays);
    tcase_add_test(tcase, every_task_begins_anew);
    return suite;
}
