#include "core/base/buckets.h"

#include <check.h>
#include <stdlib.h>

static struct buckets buckets;

static void open_buckets(void)
{
    struct error err = {0};

    ck_assert_int_eq(buckets_open(&buckets, 1000, &err), OK);
}

static void close_buckets(void)
{
    buckets_close(&buckets);
}

/* Hashes that differ in few bits, in the high ones alone, or not at all. */
static uint64_t hash_of(int thing)
{
    return thing < 400   ? (uint64_t)thing * 3
           : thing < 700 ? (uint64_t)thing << 48
                         : 12345;
}

START_TEST(everything_is_found_once)
{
    ck_assert_int_eq(buckets_first(&buckets, 7), -1);
    for (int i = 0; i < 1000; i++)
        buckets_add(&buckets, hash_of(i), i);
    for (int i = 0; i < 1000; i++) {
        int seen = 0;

        for (int k = buckets_first(&buckets, hash_of(i)); k >= 0;
             k = buckets_next(&buckets, k))
            seen += k == i;
        ck_assert_int_eq(seen, 1);
    }
}
END_TEST

START_TEST(the_last_of_equals_comes_first)
{
    buckets_add(&buckets, 42, 5);
    buckets_add(&buckets, 42, 9);
    ck_assert_int_eq(buckets_first(&buckets, 42), 9);
    ck_assert_int_eq(buckets_next(&buckets, 9), 5);
    ck_assert_int_eq(buckets_next(&buckets, 5), -1);
}
END_TEST

/* Few things share a bucket, also where hashes differ in the high bits alone. */
START_TEST(buckets_are_short)
{
    for (int i = 400; i < 700; i++)
        buckets_add(&buckets, hash_of(i), i);
    for (int i = 400; i < 700; i++) {
        int length = 0;

        for (int k = buckets_first(&buckets, hash_of(i)); k >= 0;
             k = buckets_next(&buckets, k))
            length++;
        ck_assert_int_le(length, 8);
    }
}
END_TEST

START_TEST(nothing_needs_no_room)
{
    struct buckets none;
    struct error err = {0};

    ck_assert_int_eq(buckets_open(&none, 0, &err), OK);
    ck_assert_int_eq(buckets_first(&none, 1), -1);
    buckets_close(&none);
}
END_TEST

Suite *buckets_suite(void)
{
    Suite *suite = suite_create("buckets");
    TCase *tests = tcase_create("buckets");

    tcase_add_checked_fixture(tests, open_buckets, close_buckets);
    tcase_add_test(tests, everything_is_found_once);
    tcase_add_test(tests, the_last_of_equals_comes_first);
    tcase_add_test(tests, buckets_are_short);
    tcase_add_test(tests, nothing_needs_no_room);
    suite_add_tcase(suite, tests);
    return suite;
}
