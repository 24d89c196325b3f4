#include "results/report/target.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "tests/support/make_outcome.h"

static struct arena arena;
static struct outcome cells[4];
static struct grouping grouping;

/* Three seeds of 19.80, 19.90 and 20.00 per cent: SEM = .1 / sqrt(3) points; and one
 * of 50. */
static void make_cells(void)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 1 << 24, &err), OK);
    for (int i = 0; i < 4; i++) {
        double accuracy = i < 3 ? .198 + .001 * i : .5;
        const double R[] = {.1, accuracy};

        cells[i] = make_outcome(R, 1, 1000, &arena);
        name_cell(&cells[i], "class", "backprop", i < 3 ? "none" : "replay", i + 1);
    }
    ck_assert_int_eq(group_cells(&grouping, cells, 4, &arena, &err), OK);
}

static void close_arena(void)
{
    arena_close(&arena);
}

static struct comparison compare(const struct target *target)
{
    int n;
    struct comparison *c = targets_compare(target, 1, &grouping, &n, &arena);

    ck_assert_int_eq(n, 1);
    return c[0];
}

/* A comparison points to its target: this one stays. */
static struct target target;

static struct comparison compare_with(double value, double std, int n)
{
    target = (struct target){.scenario = "class",
                             .strategy = "none",
                             .metric = METRIC_ACCURACY,
                             .value = value,
                             .std = std,
                             .n = n};
    return compare(&target);
}

START_TEST(the_rule_by_hand)
{
    struct comparison c = compare_with(.204, .02, 16); /* SEM .5 points */
    double sem = hypot(.005, .02 / sqrt(3)); /* our own spread, .1 points, stays out */

    ck_assert_double_eq_tol(c.difference, .199 - .204, 1e-12);
    ck_assert_double_eq_tol(c.allowed, 3 * sem + .0005, 1e-12);
    ck_assert_double_eq_tol(c.published_margin, 2.13145 * .005, 1e-7); /* t, 15 degrees */
    ck_assert(c.inside);
}
END_TEST

START_TEST(never_narrower_than_three_tenths_and_two_sided)
{
    struct comparison c = compare_with(.199, .0001, 100);

    ck_assert_double_eq_tol(c.allowed, .003, 1e-12);
    ck_assert(compare_with(.1962, .0001, 100).inside);
    ck_assert(!compare_with(.1958, .0001, 100).inside); /* we are too good */
    ck_assert(compare_with(.2018, .0001, 100).inside);
    ck_assert(!compare_with(.2022, .0001, 100).inside); /* too bad */
}
END_TEST

START_TEST(one_seed_of_ours_varies_as_the_published_ones)
{
    struct target one = {.strategy = "replay", .value = .52, .std = .01, .n = 4};
    struct comparison c = compare(&one);

    ck_assert_int_eq(c.ours.n, 1);
    ck_assert_double_eq_tol(c.allowed, 3 * hypot(.005, .01) + .0005, 1e-12);
}
END_TEST

/* Mean 30 with a spread of 20 points: by its own error it would reach 19.89. */
START_TEST(a_noisy_mean_does_not_widen_its_gate)
{
    struct error err = {0};
    struct comparison c;

    for (int i = 0; i < 3; i++) {
        const double R[] = {.1, .10 + .20 * i};

        cells[i] = make_outcome(R, 1, 1000, &arena);
        name_cell(&cells[i], "class", "backprop", "none", i + 1);
    }
    ck_assert_int_eq(group_cells(&grouping, cells, 3, &arena, &err), OK);
    c = compare_with(.1989, .0009, 20);
    ck_assert(fabs(c.difference) < 3 * c.ours.error);
    ck_assert_double_eq_tol(c.allowed, .003, 1e-12);
    ck_assert(!c.inside && !targets_met(&c, 1));
}
END_TEST

START_TEST(a_margin_of_its_own)
{
    struct comparison c;

    target = (struct target){.strategy = "none", .value = .18, .margin = .02};
    c = compare(&target);
    ck_assert_double_eq_tol(c.allowed, .02, 1e-12);
    ck_assert(c.inside && targets_met(&c, 1) && !targets_met(&c, 0));
    target.value = .178;
    ck_assert(!compare(&target).inside);
}
END_TEST

START_TEST(an_empty_field_matches_everything)
{
    const struct target any = {.metric = METRIC_ACCURACY, .value = .5};
    int n;
    struct comparison *c = targets_compare(&any, 1, &grouping, &n, &arena);

    ck_assert_int_eq(n, 2);
    ck_assert(!c[0].inside && c[1].inside);
    ck_assert(isnan(c[1].published_margin));
}
END_TEST

START_TEST(nothing_to_compare_is_not_inside)
{
    struct target none = {.learner = "noprop", .metric = METRIC_ACCURACY, .value = .5};
    struct target undefined = {.strategy = "none", .metric = METRIC_FORGETTING};
    struct comparison c = compare(&none);
    struct table table;

    ck_assert(!c.group && !c.inside && c.ours.n == 0);
    table = target_table(&c, 1, &arena);
    ck_assert_str_eq(table_at(&table, 0, 6)->text, "no cells match");
    ck_assert_str_eq(table.head[2], "reference");
    none.published = true;
    table = target_table(&c, 1, &arena);
    ck_assert_str_eq(table.head[2], "published");
    ck_assert_str_eq(table.head[7], "95 % interval published");
    c = compare(&undefined);
    ck_assert(c.group && !c.inside && isnan(c.difference));
    table = target_table(&c, 1, &arena);
    ck_assert_str_eq(table_at(&table, 0, 6)->text, "one task");
}
END_TEST

Suite *target_suite(void)
{
    Suite *suite = suite_create("target");
    TCase *tests = tcase_create("target");

    tcase_add_checked_fixture(tests, make_cells, close_arena);
    tcase_add_test(tests, the_rule_by_hand);
    tcase_add_test(tests, never_narrower_than_three_tenths_and_two_sided);
    tcase_add_test(tests, one_seed_of_ours_varies_as_the_published_ones);
    tcase_add_test(tests, a_noisy_mean_does_not_widen_its_gate);
    tcase_add_test(tests, a_margin_of_its_own);
    tcase_add_test(tests, an_empty_field_matches_everything);
    tcase_add_test(tests, nothing_to_compare_is_not_inside);
    suite_add_tcase(suite, tests);
    return suite;
}
