#include "results/stats/curve.h"

#include <check.h>
#include <stdlib.h>

/* f = 2 x + 1 at the points 0, 1, 4, 8: any line is read without error. */
START_TEST(a_line_is_read_exactly)
{
    const double at[] = {0, 1, 4, 8};

    for (double x = 0; x <= 8; x += .25) {
        struct crossing c = curve_cross(at, 4, x);

        ck_assert(c.outside == 0 && c.low <= c.high && at[c.low] <= x && x <= at[c.high]);
        ck_assert(curve_between(&c, 2 * at[c.low] + 1, 2 * at[c.high] + 1) == 2 * x + 1);
    }
}
END_TEST

START_TEST(a_point_is_met)
{
    const double at[] = {.1, .3, .7};

    for (int i = 0; i < 3; i++) {
        struct crossing c = curve_cross(at, 3, at[i]);

        ck_assert(c.low == i && c.high == i && c.share == 0 && c.outside == 0);
        ck_assert(curve_between(&c, 5, 5) == 5);
    }
}
END_TEST

START_TEST(outside_is_told_and_not_extrapolated)
{
    const double at[] = {.25, .75, .5};
    struct crossing below = curve_cross(at, 3, .125), above = curve_cross(at, 3, 1);

    ck_assert(below.low == 0 && below.high == 0 && below.outside == -.125);
    ck_assert(above.low == 1 && above.high == 1 && above.outside == .25);
    above = curve_cross(at, 1, .5);
    ck_assert(above.low == 0 && above.outside == .25);
}
END_TEST

/* 4 is first reached between 2 and 6, whatever the curve does afterwards; 7, between 6
 * and 8: the points of 3 and 5 lie below what was reached before. */
START_TEST(the_first_time_counts)
{
    const double at[] = {2, 6, 3, 5, 8};
    struct crossing c = curve_cross(at, 5, 4);

    ck_assert(c.low == 0 && c.high == 1 && c.share == .5);
    c = curve_cross(at, 5, 7);
    ck_assert(c.low == 1 && c.high == 4 && c.share == .5);
    ck_assert(curve_between(&c, 10, 0) == 5);
}
END_TEST

Suite *curve_suite(void)
{
    Suite *suite = suite_create("curve");
    TCase *tcase = tcase_create("curve");

    tcase_add_test(tcase, a_line_is_read_exactly);
    tcase_add_test(tcase, a_point_is_met);
    tcase_add_test(tcase, outside_is_told_and_not_extrapolated);
    tcase_add_test(tcase, the_first_time_counts);
    suite_add_tcase(suite, tcase);
    return suite;
}
