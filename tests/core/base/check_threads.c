/* Threads: each item is done once, by one of them. */
#include "core/base/threads.h"

#include <check.h>
#include <float.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "core/base/denormals.h"

static struct threads *open_pool(int n)
{
    struct threads *threads;
    struct error err = {0};

    ck_assert_msg(threads_open(&threads, n, &err) == OK, "%s", err.text);
    return threads;
}

enum { ITEMS = 37, MEMBERS = 4 };

struct count {
    atomic_int done[ITEMS], inside[MEMBERS];
};

static void count_item(void *context, int worker, int item)
{
    struct count *count = context;

    ck_assert_int_lt(worker, MEMBERS);
    ck_assert_int_eq(atomic_fetch_add(&count->inside[worker], 1), 0);
    atomic_fetch_add(&count->done[item], 1);
    ck_assert_int_eq(atomic_fetch_sub(&count->inside[worker], 1), 1);
}

/* The loop index is the number of items: also fewer than threads, and none. */
START_TEST(each_item_is_done_once)
{
    struct threads *threads = open_pool(MEMBERS);
    struct count *count = calloc(1, sizeof *count);

    for (int round = 1; round <= 100; round++) {
        threads_run(threads, _i, count_item, count);
        for (int item = 0; item < ITEMS; item++)
            ck_assert_int_eq(atomic_load(&count->done[item]), item < _i ? round : 0);
    }
    free(count);
    threads_close(threads);
}
END_TEST

START_TEST(no_pool_is_one_thread)
{
    struct threads *one = open_pool(1);
    struct count count = {0};

    threads_run(NULL, ITEMS, count_item, &count);
    threads_run(one, ITEMS, count_item, &count);
    for (int item = 0; item < ITEMS; item++)
        ck_assert_int_eq(atomic_load(&count.done[item]), 2);
    threads_close(one);
    threads_close(NULL);
}
END_TEST

static void multiply_small(void *context, int worker, int item)
{
    volatile float small = FLT_MIN;

    ((float *)context)[item] = small * 0.5f;
}

/* The floating-point modes are inherited. */
START_TEST(denormals_are_flushed_in_every_thread)
{
    struct threads *threads;
    float half[ITEMS];

    multiply_small(half, 0, 0);
    ck_assert(half[0] > 0);
    denormals_flush();
    threads = open_pool(MEMBERS);
    threads_run(threads, ITEMS, multiply_small, half);
    threads_close(threads);
    for (int i = 0; i < ITEMS; i++)
        ck_assert(half[i] == 0);
}
END_TEST

Suite *threads_suite(void)
{
    Suite *suite = suite_create("threads");
    TCase *tcase = tcase_create("threads");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, each_item_is_done_once, 0, ITEMS + 1);
    tcase_add_test(tcase, no_pool_is_one_thread);
    tcase_add_test(tcase, denormals_are_flushed_in_every_thread);
    return suite;
}
