#include "results/stats/statistics.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

/* Critical values of Student's t from the table in NIST/SEMATECH, e-Handbook of
 * Statistical Methods, section 1.3.6.7.2. */
START_TEST(quantiles_are_the_published_ones)
{
    static const struct {
        int df;
        double p90, p975, p995;
    } row[] = {
        {1, 3.078, 12.706, 63.657}, {2, 1.886, 4.303, 9.925},   {3, 1.638, 3.182, 5.841},
        {4, 1.533, 2.776, 4.604},   {5, 1.476, 2.571, 4.032},   {9, 1.383, 2.262, 3.250},
        {10, 1.372, 2.228, 3.169},  {19, 1.328, 2.093, 2.861},  {30, 1.310, 2.042, 2.750},
        {60, 1.296, 2.000, 2.660},  {100, 1.290, 1.984, 2.626},
    };

    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        ck_assert_double_eq_tol(student_quantile(0.90, row[i].df), row[i].p90, 5e-4);
        ck_assert_double_eq_tol(student_quantile(0.975, row[i].df), row[i].p975, 5e-4);
        ck_assert_double_eq_tol(student_quantile(0.995, row[i].df), row[i].p995, 5e-4);
    }
    ck_assert_double_eq_tol(student_quantile(0.5, 7), 0, 1e-12);
    ck_assert_double_eq_tol(student_quantile(0.975, 1000000), 1.959966, 1e-5);
}
END_TEST

/* 2 4 4 4 5 5 7 9: mean 5, squares sum to 32, so the sample variance is 32/7. */
START_TEST(a_sample_by_hand)
{
    const double x[] = {2, 4, 4, NAN, 4, 5, 5, 7, 9};
    struct statistics s = statistics_of(x, 9);

    ck_assert_int_eq(s.n, 8);
    ck_assert_double_eq_tol(s.mean, 5, 1e-15);
    ck_assert_double_eq_tol(s.std, sqrt(32.0 / 7), 1e-15);
    ck_assert_double_eq_tol(s.error, sqrt(32.0 / 7 / 8), 1e-15);
    ck_assert_double_eq_tol(s.margin, 2.3646243 * sqrt(32.0 / 7 / 8), 1e-6);
}
END_TEST

START_TEST(too_few_values_have_no_spread)
{
    const double x[] = {NAN, 0.25};
    struct statistics none = statistics_of(x, 1), one = statistics_of(x, 2);

    ck_assert_int_eq(none.n, 0);
    ck_assert(isnan(none.mean) && isnan(none.std));
    ck_assert_int_eq(one.n, 1);
    ck_assert_double_eq(one.mean, 0.25);
    ck_assert(isnan(one.std) && isnan(one.error) && isnan(one.margin));
}
END_TEST

Suite *statistics_suite(void)
{
    Suite *suite = suite_create("statistics");
    TCase *tests = tcase_create("statistics");

    tcase_add_test(tests, quantiles_are_the_published_ones);
    tcase_add_test(tests, a_sample_by_hand);
    tcase_add_test(tests, too_few_values_have_no_spread);
    suite_add_tcase(suite, tests);
    return suite;
}
