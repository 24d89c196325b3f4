#include "bench/data/stream_order.h"

#include <check.h>
#include <stdlib.h>

#include "bench/data/sampler.h"

enum { N = 4000, T = 3 };

static struct arena arena;

static void setup(void)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
}

static void teardown(void)
{
    arena_close(&arena);
}

/* task[i]: the task of the i-th image of the stream; every image must be there once. */
static void make(int n_task, double blur, uint64_t seed, int *task)
{
    struct subset all[T];
    uint8_t seen[T * N] = {0};
    const int32_t *order;

    for (int t = 0; t < n_task; t++)
        all[t] = (struct subset){NULL, NULL, N};
    order = stream_order_make(all, n_task, blur, rng_seed(seed), &arena);
    ck_assert_ptr_nonnull(order);
    for (int i = 0; i < n_task * N; i++) {
        ck_assert(order[i] >= 0 && order[i] < n_task * N && !seen[order[i]]);
        seen[order[i]] = 1;
        task[i] = order[i] / N;
    }
    ck_assert_uint_eq(arena.now.total, arena.now.part[TAG_FIXED]);
}

/* Images of a task among those from `first` on. */
static int count(const int *task, int first, int n, int wanted)
{
    int found = 0;

    for (int i = first; i < first + n; i++)
        found += task[i] == wanted;
    return found;
}

START_TEST(without_blur_the_tasks_follow_each_other)
{
    const struct subset two[] = {{NULL, NULL, 3}, {NULL, NULL, N}};
    int task[T * N], falls = 0;
    const int32_t *order;

    make(T, 0, 1, task);
    for (int i = 0; i < T * N; i++)
        ck_assert_int_eq(task[i], i / N);
    order = stream_order_make(two, 2, 0, rng_seed(1), &arena);
    for (int i = 0; i < 3; i++)
        ck_assert_int_lt(order[i], 3);
    for (int i = 4; i < N + 3; i++) /* shuffled: about half of the steps go down */
        falls += order[i] < order[i - 1];
    ck_assert_int_gt(falls, N / 2 - 200);
    ck_assert_int_lt(falls, N / 2 + 200);
}
END_TEST

/* Of task 1 of 2, the share that stands in the second half is E max(0, w (v - 1/2)) =
 * w / 8 for w <= 1. With n = 4000, w = 1: 500 +- 21, and half as many with w = 1/2. */
START_TEST(the_passage_is_a_trapezoid)
{
    int task[T * N], over;

    make(2, 1, 2, task);
    over = count(task, N, N, 0);
    ck_assert_msg(abs(over - 500) < 105, "%d", over);
    ck_assert_int_eq(count(task, 0, N, 1), over);
    make(2, 0.5, 3, task);
    over = count(task, N, N, 0);
    ck_assert_msg(abs(over - 250) < 76, "%d", over);
    make(2, 0.5, 4, task); /* pure where no task reaches: below 3/4 and above 5/4 */
    ck_assert_int_eq(count(task, 0, N / 2, 1), 0);
    ck_assert_int_eq(count(task, N + N / 2, N / 2, 0), 0);
}
END_TEST

/* A blur below 1 reaches no farther than the neighbour. */
START_TEST(only_neighbours_mix)
{
    int task[T * N], last = 0, first = T * N;

    make(T, 0.9, 5, task);
    for (int i = 0; i < T * N; i++) {
        last = task[i] == 0 ? i : last;
        first = task[i] == 2 && i < first ? i : first;
    }
    ck_assert_int_lt(last, first);
}
END_TEST

START_TEST(the_seed_decides)
{
    int a[T * N], b[T * N], c[T * N], differ = 0;

    make(T, 0.5, 7, a);
    make(T, 0.5, 7, b);
    make(T, 0.5, 8, c);
    for (int i = 0; i < T * N; i++) {
        ck_assert_int_eq(a[i], b[i]);
        differ += a[i] != c[i];
    }
    ck_assert_int_gt(differ, 100);
}
END_TEST

/* 23 images are 11 whole batches of two: experience s of 3 begins at 11 s / 3, rounded
 * down. */
START_TEST(experiences_cut_the_order_as_evenly_as_can_be)
{
    static const int first[T + 1] = {0, 3, 7, 11};
    struct subset train[T] = {{NULL, NULL, 8}, {NULL, NULL, 8}, {NULL, NULL, 7}};
    struct training training = {.batch = 2, .last_partial_batch = PARTIAL_DROP};
    struct scenario scenario = {.n_task = T, .train = train};
    struct error err = {0};

    scenario.order = stream_order_make(train, T, 0.5, rng_seed(9), &arena);
    for (int experience = 0; experience < T; experience++) {
        struct sampler sampler;

        ck_assert_int_eq(sampler_open(&sampler, &scenario, TRAIN_ON_TASK, experience,
                                      &training, 1, &arena, &err),
                         OK);
        ck_assert_int_eq(sampler.source->skip, first[experience]);
        ck_assert_int_eq(sampler.per_epoch, first[experience + 1] - first[experience]);
    }
}
END_TEST

Suite *stream_order_suite(void)
{
    Suite *suite = suite_create("stream_order");
    TCase *tcase = tcase_create("order");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, without_blur_the_tasks_follow_each_other);
    tcase_add_test(tcase, the_passage_is_a_trapezoid);
    tcase_add_test(tcase, only_neighbours_mix);
    tcase_add_test(tcase, the_seed_decides);
    tcase_add_test(tcase, experiences_cut_the_order_as_evenly_as_can_be);
    suite_add_tcase(suite, tcase);
    return suite;
}
