/* Stages count while they are measured, in every thread, and else nothing. */
#include "core/base/stage.h"

#include <check.h>
#include <string.h>

#include "core/base/threads.h"

static struct stage one = {"one"}, other = {"other"};

static void spin(double seconds)
{
    double start = clock_seconds();

    while (clock_seconds() - start < seconds)
        ;
}

static void pass(struct stage *stage, double seconds, double flop)
{
    double began = stage_begin();

    spin(seconds);
    stage_end(stage, began, flop);
}

static const struct stage *find(const struct stage *list, const char *name)
{
    for (; list; list = list->next)
        if (strcmp(list->name, name) == 0)
            return list;
    return NULL;
}

START_TEST(only_what_is_measured_counts)
{
    const struct stage *list;

    pass(&one, 0, 1);
    ck_assert_int_eq(one.calls, 0);
    for (int round = 0; round < 2; round++) { /* the second starts from 0 */
        stages_start();
        pass(&one, 0.002, 10);
        pass(&one, 0.002, 32);
        list = stages_stop();
        pass(&one, 0, 1);
        ck_assert_ptr_eq(find(list, "one"), &one);
        ck_assert_ptr_null(find(list, "other"));
        ck_assert_int_eq(one.calls, 2);
        ck_assert_double_eq(one.flop, 42);
        ck_assert_double_ge(one.seconds, 0.004);
        ck_assert_double_lt(one.seconds, 4);
    }
    stages_start();
    pass(&other, 0, 0);
    list = stages_stop();
    ck_assert_ptr_eq(list, &other);
    ck_assert_ptr_null(list->next);
}
END_TEST

enum { ITEMS = 400, EACH = 1000 };

static void pass_often(void *context, int worker, int item)
{
    for (int i = 0; i < EACH; i++)
        stage_end(item % 2 ? &one : &other, stage_begin(), item);
}

START_TEST(every_thread_counts)
{
    struct threads *threads;
    struct error err = {0};

    ck_assert_int_eq(threads_open(&threads, 4, &err), OK);
    stages_start();
    threads_run(threads, ITEMS, pass_often, NULL);
    stages_stop();
    threads_close(threads);
    ck_assert_int_eq(one.calls, EACH * ITEMS / 2);
    ck_assert_int_eq(other.calls, EACH * ITEMS / 2);
    ck_assert_double_eq(one.flop, EACH * 4e4); /* 1 + 3 + 5 + ... + 399 = 200^2 */
}
END_TEST

Suite *stage_suite(void)
{
    Suite *suite = suite_create("stage");
    TCase *tcase = tcase_create("stage");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, only_what_is_measured_counts);
    tcase_add_test(tcase, every_thread_counts);
    return suite;
}
