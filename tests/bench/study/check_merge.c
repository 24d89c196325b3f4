#include "bench/study/merge.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct merge merge;

static void open_merge(void)
{
    struct error err = {0};

    ck_assert_int_eq(merge_open(&merge, &err), OK);
}

static void close_merge(void)
{
    merge_close(&merge);
}

static struct outcome cell(int seed, enum ending ending)
{
    struct outcome o = {.ending = ending, .id.dataset = "digits"};

    snprintf(o.id.cell, sizeof o.id.cell, "split.class/backprop/none/seed-%d", seed);
    snprintf(o.id.fingerprint, sizeof o.id.fingerprint, "%016x", (unsigned)seed);
    o.context.settings = "learner: backprop\n";
    return o;
}

/* The outcomes of a folder of that name. */
static enum status add(const char *name, struct outcome *outcome, int n,
                       struct error *err)
{
    bool there[4] = {n > 0, n > 1, n > 2, n > 3};
    struct study study = {.plan.n = n, .outcome = outcome, .there = there};

    strcpy(study.folder.path, name);
    return merge_add(&merge, &study, err);
}

START_TEST(each_experiment_is_there_once)
{
    struct outcome first[] = {cell(1, END_CRASHED), cell(2, END_OK)};
    struct outcome second[] = {cell(2, END_CRASHED), cell(1, END_OK),
                               cell(3, END_TIMEOUT)};
    struct error err = {0};

    ck_assert_int_eq(add("one", first, 2, &err), OK);
    ck_assert_int_eq(add("two", second, 3, &err), OK);
    ck_assert_int_eq(merge.n, 3);
    ck_assert_str_eq(merge.cell[0].id.cell, "split.class/backprop/none/seed-1");
    ck_assert_int_eq(merge.cell[0].ending, END_OK); /* the one that ended ok, of "two" */
    ck_assert_int_eq(merge.cell[1].ending, END_OK);
    ck_assert_int_eq(merge.cell[2].ending, END_TIMEOUT);
}
END_TEST

START_TEST(what_an_outcome_points_to_is_copied)
{
    struct evaluation *eval = calloc(2, sizeof *eval);
    char *settings = strdup("learner: backprop\n"), *dataset = strdup("digits");
    char *shown = strdup("Backprop");
    struct outcome o = cell(1, END_OK);
    struct error err = {0};

    eval[1].hits = 7;
    o.tests.eval = (struct evaluation_list){eval, 2};
    o.context.settings = settings;
    o.id.dataset = dataset;
    o.context.shown.learner = shown;
    ck_assert_int_eq(add("one", &o, 1, &err), OK);
    memset(eval, 0xff, 2 * sizeof *eval);
    settings[0] = dataset[0] = shown[0] = '?';
    ck_assert_int_eq(merge.cell[0].tests.eval.n, 2);
    ck_assert_int_eq(merge.cell[0].tests.eval.data[1].hits, 7);
    ck_assert_str_eq(merge.cell[0].context.settings, "learner: backprop\n");
    ck_assert_str_eq(merge.cell[0].id.dataset, "digits");
    ck_assert_str_eq(merge.cell[0].context.shown.learner, "Backprop");
    ck_assert_ptr_null(merge.cell[0].context.shown.stream);
    free(shown);
    free(eval);
    free(settings);
    free(dataset);
}
END_TEST

/* Also where the first folder's row has lost its first cell to another's. */
START_TEST(different_experiments_under_one_name_are_refused)
{
    struct outcome first[] = {cell(1, END_CRASHED), cell(2, END_OK)};
    struct outcome second = cell(1, END_OK), third = cell(3, END_OK);
    struct error err = {0};

    third.context.settings = "learner: another\n";
    ck_assert_int_eq(add("one", first, 2, &err), OK);
    ck_assert_int_eq(add("two", &second, 1, &err), OK);
    ck_assert_int_eq(add("three", &third, 1, &err), ERR_RESULT);
    ck_assert_ptr_nonnull(strstr(err.text, "seed-3' of three"));
    ck_assert_ptr_nonnull(strstr(err.text, "differ in more than the seed"));
}
END_TEST

Suite *merge_suite(void)
{
    Suite *suite = suite_create("merge");
    TCase *tests = tcase_create("merge");

    tcase_add_checked_fixture(tests, open_merge, close_merge);
    tcase_add_test(tests, each_experiment_is_there_once);
    tcase_add_test(tests, what_an_outcome_points_to_is_copied);
    tcase_add_test(tests, different_experiments_under_one_name_are_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
