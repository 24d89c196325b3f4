#include "results/stats/paired.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

/* Darwin's maize, crossed minus self-fertilised, in eighths of an inch: 863 of the 2^15
 * choices of signs reach the sum of 314 on one side (Fisher 1935, The Design of
 * Experiments, section 21). */
START_TEST(fishers_example)
{
    const double maize[] = {49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48};

    ck_assert_double_eq_tol(sign_flip(maize, 15), 2 * 863.0 / 32768, 1e-12);
}
END_TEST

/* The sums of +-1 +-1 +-2 are 4, 0, 2, -2 and their opposites: 6 of 8 reach 2. */
START_TEST(three_pairs_by_hand)
{
    const double mixed[] = {1, -1, 2}, same[] = {.1, .2, .3}, none[] = {0, 0};

    ck_assert_double_eq_tol(sign_flip(mixed, 3), .75, 1e-12);
    ck_assert_double_eq_tol(sign_flip(same, 3), .25, 1e-12);
    ck_assert_double_eq_tol(sign_flip(same, 1), 1, 1e-12);
    ck_assert_double_eq_tol(sign_flip(none, 2), 1, 1e-12);
}
END_TEST

/* .1 + .2 - .3 is not 0 in floating point, and must not part equal sums. */
START_TEST(rounding_does_not_part_equal_sums)
{
    const double d[] = {.1, .2, -.3};

    ck_assert_double_eq_tol(sign_flip(d, 3), 1, 1e-12);
}
END_TEST

START_TEST(forty_equal_pairs_are_exact)
{
    double d[41];

    for (int i = 0; i < 41; i++)
        d[i] = 1;
    ck_assert_double_eq_tol(sign_flip(d, 24) * ldexp(1, 23), 1, 1e-9);
    d[0] = .5; /* beyond 40, by t: mean .98780, error .01220 */
    ck_assert_double_lt(sign_flip(d, 41), 1e-40 + 1e-15);
}
END_TEST

/* t = 2.262 with 9 degrees leaves 5 % (the table in check_statistics.c). */
START_TEST(tails_of_student)
{
    ck_assert_double_eq_tol(student_beyond(2.262, 9), .05, 1e-4);
    ck_assert_double_eq_tol(student_beyond(0, 9), 1, 1e-12);
}
END_TEST

/* Differences 1 2 3 with a gap: mean 2, std 1, J(2) = 1 - 3/7. */
START_TEST(pairs_by_hand)
{
    const double a[] = {2, 5, NAN, 6}, b[] = {1, 3, 9, 3};
    struct paired p = paired_compare(a, b, 4);

    ck_assert_int_eq(p.difference.n, 3);
    ck_assert_double_eq_tol(p.difference.mean, 2, 1e-12);
    ck_assert_double_eq_tol(p.difference.margin, 4.303 / sqrt(3), 1e-3);
    ck_assert_double_eq_tol(p.effect, 2 * 4.0 / 7, 1e-12);
    ck_assert_double_eq_tol(p.p, .25, 1e-12);
    ck_assert_double_eq_tol(p.p_least, .25, 1e-12);
    p = paired_compare(a, b, 0);
    ck_assert(p.difference.n == 0 && isnan(p.p) && isnan(p.effect));
    p = paired_compare(a, b, 1);
    ck_assert(p.p == 1 && isnan(p.effect));
    p = paired_compare(a, b, 2); /* 1 and 2: J(1) is 0, which is no effect size */
    ck_assert(p.p == .5 && p.difference.std > 0 && isnan(p.effect));
}
END_TEST

START_TEST(holm_by_hand)
{
    double p[] = {.01, .04, NAN, .03}, one[] = {.6, .9};

    holm(p, 4);
    ck_assert_double_eq_tol(p[0], .03, 1e-12);
    ck_assert_double_eq_tol(p[1], .06, 1e-12);
    ck_assert_double_eq_tol(p[3], .06, 1e-12);
    ck_assert(isnan(p[2]));
    holm(one, 2);
    ck_assert_double_eq_tol(one[0], 1, 1e-12);
}
END_TEST

/* Sums of all signs, counted by hand: a sum is the whole less twice what is flipped, so
 * those count that flip (of the sizes) no more than was flipped. 3: {1 1 2}, one 1
 * flipped of 4: 0, 1, 1; 4: {1 2 3 4}, at most 1: {}, {1}; 5: {1 .. 5}, at most 3: {},
 * {1}, {2}, {3}, {1 2}. */
START_TEST(one_side_by_hand)
{
    const double three[] = {1, -1, 2}, four[] = {4, 3, 2, -1}, five[] = {5, 4, -3, 2, 1};
    const double below[] = {-1, -2, -3}, none[] = {0, 0};

    ck_assert_double_eq_tol(sign_flip_above(three, 3), 3 / 8.0, 1e-12);
    ck_assert_double_eq_tol(sign_flip_above(four, 4), 2 / 16.0, 1e-12);
    ck_assert_double_eq_tol(sign_flip_above(five, 5), 5 / 32.0, 1e-12);
    ck_assert_double_eq_tol(sign_flip_above(below, 3), 1, 1e-12);
    ck_assert_double_eq_tol(sign_flip_above(none, 2), 1, 1e-12);
}
END_TEST

static double equivalence(const double *d, int n, double margin)
{
    const double none[8] = {0};
    double p = paired_equivalence(d, none, n, margin);

    ck_assert_double_eq_tol(paired_equivalence(none, d, n, margin), p, 1e-12);
    return p;
}

/* 1 2 3 within 4: 5 6 7 and 3 2 1 are both above 0, 1/8. Within 2.5: of 1.5 .5 -.5 there
 * is .5 flipped, and {}, {.5}, {.5} flip no more: 3/8. Within 1: 0 -1 -2 flips all: 1.
 * 1 -1 0 2 within 3: 4 2 3 5 and 2 4 3 1, 1/16. 0 1 2 3 4 within 3: of 3 2 1 0 -1 there
 * is 1 flipped; {}, {1}, {1}, each with the 0 or without: 6/32. */
START_TEST(equivalence_by_hand)
{
    const double three[] = {1, 2, 3}, four[] = {1, -1, 0, 2}, five[] = {0, 1, 2, 3, 4};
    const double gap[] = {1, NAN, 2, 3};

    ck_assert_double_eq_tol(equivalence(three, 3, 4), 1 / 8.0, 1e-12);
    ck_assert_double_eq_tol(equivalence(three, 3, 2.5), 3 / 8.0, 1e-12);
    ck_assert_double_eq_tol(equivalence(three, 3, 1), 1, 1e-12);
    ck_assert_double_eq_tol(equivalence(four, 4, 3), 1 / 16.0, 1e-12);
    ck_assert_double_eq_tol(equivalence(five, 5, 3), 6 / 32.0, 1e-12);
    ck_assert_double_eq_tol(equivalence(gap, 4, 2.5), 3 / 8.0, 1e-12);
    ck_assert(isnan(paired_equivalence(gap + 1, gap, 1, 1)));
}
END_TEST

/* The example of Mara & Cribbie 2012 in the manual of TOSTER (Lakens 2017): 65 pairs,
 * means 5.83 and 5.75, standard deviations 1.17 and 1.29, r = .75, bounds of .4 standard
 * deviations of the difference. That is .87696, so t = (.08 - .35078) / .10877 = -2.489
 * with 64 degrees of freedom, p = .0077. Here 32 differences lie one standard deviation
 * above their mean, 32 below, one upon it. */
START_TEST(equivalence_by_t)
{
    const double std = sqrt(1.17 * 1.17 + 1.29 * 1.29 - 2 * .75 * 1.17 * 1.29);
    double a[65], none[65] = {0};

    for (int i = 0; i < 65; i++)
        a[i] = .08 + (i == 64 ? 0 : i % 2 ? std : -std);
    ck_assert_double_eq_tol(paired_equivalence(a, none, 65, .4 * std), .0077, 5e-5);
    ck_assert_double_eq_tol(paired_equivalence(none, a, 65, .4 * std), .0077, 5e-5);
    ck_assert_double_gt(paired_equivalence(a, none, 65, .01), .5);
    for (int i = 0; i < 65; i++)
        a[i] = .25;
    ck_assert_double_eq(paired_equivalence(a, none, 65, .5), ldexp(1, -65));
    ck_assert_double_eq(paired_equivalence(a, none, 65, .125), 1);
    ck_assert_double_eq(sign_flip(a, 65), ldexp(1, -64));
}
END_TEST

Suite *paired_suite(void)
{
    Suite *suite = suite_create("paired");
    TCase *tests = tcase_create("paired");

    tcase_add_test(tests, fishers_example);
    tcase_add_test(tests, three_pairs_by_hand);
    tcase_add_test(tests, rounding_does_not_part_equal_sums);
    tcase_add_test(tests, forty_equal_pairs_are_exact);
    tcase_add_test(tests, tails_of_student);
    tcase_add_test(tests, pairs_by_hand);
    tcase_add_test(tests, holm_by_hand);
    tcase_add_test(tests, one_side_by_hand);
    tcase_add_test(tests, equivalence_by_hand);
    tcase_add_test(tests, equivalence_by_t);
    suite_add_tcase(suite, tests);
    return suite;
}
