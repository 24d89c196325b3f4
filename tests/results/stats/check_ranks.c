#include "results/stats/ranks.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

/* Two streams; on the second one two learners tie for ranks 1 and 2. */
START_TEST(ranks_by_hand)
{
    const double score[] = {.9, .5, .8, .5, .1, .4};
    double rank[3];

    ranks_average(score, 3, 2, rank);
    ck_assert_double_eq_tol(rank[0], (1 + 1.5) / 2, 1e-12);
    ck_assert_double_eq_tol(rank[1], (2 + 1.5) / 2, 1e-12);
    ck_assert_double_eq_tol(rank[2], 3, 1e-12);
}
END_TEST

/* Four learners on fourteen data sets: Demsar 2006, section 3.2.2. */
START_TEST(friedman_as_published)
{
    const double rank[] = {3.143, 2.000, 2.893, 1.964};

    ck_assert_double_eq_tol(ranks_friedman(rank, 4, 14), 9.28, 0.01);
    ck_assert_double_eq_tol(ranks_critical_difference(4, 14), 1.25, 0.005);
}
END_TEST

/* Demsar 2006, table 5 (a). */
START_TEST(nemenyi_as_published)
{
    static const double q[] = {1.960, 2.343, 2.569, 2.728, 2.850,
                               2.949, 3.031, 3.102, 3.164};

    for (int k = 2; k <= 10; k++)
        ck_assert_double_eq_tol(ranks_critical_difference(k, 1) / sqrt(k * (k + 1) / 6.0),
                                q[k - 2], 1e-3);
}
END_TEST

/* Critical values at 5 % in NIST/SEMATECH, e-Handbook of Statistical Methods, 1.3.6.7.4.
 */
START_TEST(chi_square_as_published)
{
    static const double x[] = {3.841, 5.991, 7.815, 9.488, 11.070, 12.592};

    for (int df = 1; df <= 6; df++)
        ck_assert_double_eq_tol(chi_square_beyond(x[df - 1], df), .05, 5e-5);
    ck_assert_double_eq(chi_square_beyond(0, 3), 1);
}
END_TEST

Suite *ranks_suite(void)
{
    Suite *suite = suite_create("ranks");
    TCase *tests = tcase_create("ranks");

    tcase_add_test(tests, ranks_by_hand);
    tcase_add_test(tests, friedman_as_published);
    tcase_add_test(tests, nemenyi_as_published);
    tcase_add_test(tests, chi_square_as_published);
    suite_add_tcase(suite, tests);
    return suite;
}
