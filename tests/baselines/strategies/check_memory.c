/* Who stays in a memory of stored examples (baselines/strategies/memory.h). */
#include <check.h>
#include <math.h>
#include <string.h>

#include "baselines/strategies/memory.h"

enum { OUT = 3, TASKS = 2 };

static struct arena arena;
static struct memory memory;
static struct error err;
static int row;         /* offered so far: the pixel of each */
static int64_t n_drawn; /* known to the memory; 0 = unknown */

static void open_memory(enum memory_policy policy, int images, bool by_task, int n_class)
{
    struct memory_spec spec = {policy, images, by_task, 0};
    struct strategy_env env = {.arena = &arena,
                               .n_task = TASKS,
                               .n_class = n_class,
                               .n_out = OUT,
                               .n_pixel = 1,
                               .batch = 1,
                               .n_drawn = n_drawn};

    row = 0;
    err = (struct error){0};
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    memory_init(&memory, &spec, &env, &err);
}

static void offer(int32_t y, int32_t task, int n, struct rng *rng)
{
    for (int i = 0; i < n; i++, row++) {
        uint8_t pixel = (uint8_t)row;
        int slot = memory_offer(&memory, &pixel, y, task, rng);

        if (slot >= 0)
            ck_assert(memory.pixel[slot] == pixel && memory.y[slot] == y &&
                      memory.task[slot] == task);
    }
}

static int held(int32_t y, int32_t task)
{
    int n = 0;

    for (int slot = 0; slot < *memory.stored; slot++)
        n += memory.y[slot] == y && memory.task[slot] == task;
    return n;
}

static bool holds(int pixel)
{
    return memchr(memory.pixel, pixel, (size_t)*memory.stored) != NULL;
}

/* 7 images, 3 classes: two of each, the latest. */
START_TEST(a_ring_keeps_the_latest_of_each_class)
{
    struct rng rng = rng_seed(1);

    open_memory(MEMORY_RING, 7, false, OUT);
    offer(0, 0, 3, &rng); /* 0 1 2 */
    offer(1, 0, 1, &rng); /* 3 */
    offer(0, 0, 2, &rng); /* 4 5 */
    offer(1, 1, 4, &rng); /* 6 7 8 9 */
    ck_assert_int_eq(*memory.stored, 4);
    ck_assert(holds(4) && holds(5) && holds(8) && holds(9));
    arena_close(&arena);
}
END_TEST

/* Shared outputs: the key is task and output, so a task's classes are its own. */
START_TEST(a_key_is_a_class_of_the_stream_or_a_task)
{
    struct rng rng = rng_seed(1);
    bool by_task = _i;

    open_memory(MEMORY_RING, by_task ? 4 : 12, by_task, OUT * TASKS);
    offer(0, 0, 5, &rng);
    offer(1, 0, 5, &rng);
    offer(0, 1, 5, &rng);
    ck_assert_int_eq(held(0, 0), by_task ? 0 : 2);
    ck_assert_int_eq(held(1, 0), 2);
    ck_assert_int_eq(held(0, 1), 2);
    arena_close(&arena);
}
END_TEST

START_TEST(a_ring_without_room_is_refused)
{
    open_memory(MEMORY_RING, 2, false, OUT);
    ck_assert_int_eq(err.status, ERR_USAGE);
    ck_assert_str_eq(err.text, "a ring of 2 images is too small for 3 classes: write "
                               "`buffer: 3` or more");
    arena_close(&arena);
}
END_TEST

/* 6 slots: 20 of class 0 fill them; 2 and then 3 of others displace some of it, and
 * however many more of class 0 come, they displace none of the others. */
START_TEST(rare_classes_stay_in_a_balanced_memory)
{
    struct rng rng = rng_seed(1);

    open_memory(MEMORY_BALANCED, 6, false, OUT);
    offer(0, 0, 20, &rng);
    ck_assert_int_eq(held(0, 0), 6);
    offer(1, 0, 2, &rng);
    ck_assert_int_eq(held(0, 0), 4);
    offer(2, 0, 1, &rng);
    offer(0, 0, 100, &rng);
    ck_assert_int_eq(held(0, 0), 3);
    ck_assert_int_eq(held(1, 0), 2);
    ck_assert_int_eq(held(2, 0), 1);
    arena_close(&arena);
}
END_TEST

/* Five rows will come: that many slots are taken, and the shares of a larger memory, 10
 * each of three classes or 15 each of the two that were met, still hold all of them. */
START_TEST(room_is_for_what_comes_and_shares_are_as_asked)
{
    static const enum memory_policy policy[] = {MEMORY_RESERVOIR, MEMORY_RING,
                                                MEMORY_BALANCED, MEMORY_GREEDY};
    struct rng rng = rng_seed(1);

    n_drawn = 5;
    open_memory(policy[_i], 30, false, OUT);
    n_drawn = 0;
    ck_assert_int_eq(memory.capacity, 5);
    offer(1, 0, 1, &rng);
    offer(0, 0, 4, &rng);
    ck_assert_int_eq(held(0, 0), 4);
    ck_assert_int_eq(held(1, 0), 1);
    arena_close(&arena);
}
END_TEST

/* ---------------------------------------------------------------- the reservoir */

enum { SLOTS = 8, OFFERED = 40, TIMES = 100000 };

/* What TIMES reservoirs of SLOTS slots do with OFFERED rows each. */
static struct {
    int taken[OFFERED];         /* row i was given a slot when it came */
    int put[SLOTS];             /* by a row that came when all were full */
    int left[OFFERED];          /* row i was there in the end */
    int with[OFFERED][OFFERED]; /* rows i < j were */
} seen;

static void run_reservoir(struct rng *rng)
{
    *memory.stored = 0;
    *memory.seen = 0;
    for (int i = 0; i < OFFERED; i++) {
        uint8_t pixel = (uint8_t)i;
        int slot = memory_offer(&memory, &pixel, 0, 0, rng);

        seen.taken[i] += slot >= 0;
        if (slot >= 0 && i >= SLOTS)
            seen.put[slot]++;
    }
    for (int a = 0; a < SLOTS; a++) {
        seen.left[memory.pixel[a]]++;
        for (int b = 0; b < SLOTS; b++)
            seen.with[memory.pixel[a]][memory.pixel[b]]++;
    }
}

/* So many of n draws with probability p; farther off by chance less often than 1e-6. */
static void is_binomial(int count, double n, double p)
{
    ck_assert_double_eq_tol(count, n * p, 5 * sqrt(n * p * (1 - p)));
}

/* Vitter 1985, algorithm R: row i (from 0) is taken with probability SLOTS / (i + 1), in
 * place of any of those that are held. Then each of n rows is left with probability
 * SLOTS / n, and any two of them with SLOTS (SLOTS - 1) / (n (n - 1)). */
START_TEST(a_reservoir_is_a_fair_draw)
{
    const double share = (double)SLOTS / OFFERED;
    struct rng rng = rng_seed(1);
    double late = 0;

    open_memory(MEMORY_RESERVOIR, SLOTS, false, OUT);
    for (int run = 0; run < TIMES; run++)
        run_reservoir(&rng);
    for (int i = 0; i < OFFERED; i++) {
        if (i < SLOTS)
            ck_assert_int_eq(seen.taken[i], TIMES);
        else
            is_binomial(seen.taken[i], TIMES, SLOTS / (i + 1.0));
        is_binomial(seen.left[i], TIMES, share);
        late += i < SLOTS ? 0 : seen.taken[i];
        for (int j = 0; j < i; j++)
            is_binomial(seen.with[i][j], TIMES, share * (SLOTS - 1) / (OFFERED - 1));
    }
    for (int slot = 0; slot < SLOTS; slot++)
        is_binomial(seen.put[slot], late, 1.0 / SLOTS);
    arena_close(&arena);
}
END_TEST

/* A class that was a largest one keeps a reservoir: 16 rows for 4 slots. */
START_TEST(rows_of_a_class_are_as_likely_to_stay)
{
    enum { N = 16, RUNS = 2000 };
    double count[N] = {0}, sum = 0;

    for (uint64_t seed = 0; seed < RUNS; seed++) {
        struct rng rng = rng_seed(seed);

        open_memory(MEMORY_BALANCED, 4, false, OUT);
        offer(0, 0, N, &rng);
        for (int i = 0; i < N; i++)
            count[i] += holds(i);
        arena_close(&arena);
    }
    for (int i = 0; i < N; i++)
        sum += pow(count[i] - RUNS / 4.0, 2) / (RUNS / 4.0);
    ck_assert_double_lt(sum, N - 1 + 5 * sqrt(2.0 * (N - 1)));
}
END_TEST

/* 6 slots: the only class has them all; a second gets half, a third a third. */
START_TEST(a_greedy_memory_shares_equally)
{
    struct rng rng = rng_seed(1);

    open_memory(MEMORY_GREEDY, 6, false, OUT);
    offer(0, 0, 20, &rng);
    ck_assert_int_eq(held(0, 0), 6);
    for (int i = 0; i < 6; i++)
        ck_assert(holds(i)); /* the first that came */
    offer(1, 0, 20, &rng);
    ck_assert_int_eq(held(0, 0), 3);
    ck_assert_int_eq(held(1, 0), 3);
    offer(2, 1, 1, &rng);
    ck_assert_int_eq(held(2, 1), 1);
    offer(2, 1, 20, &rng);
    ck_assert_int_eq(held(0, 0), 2);
    ck_assert_int_eq(held(1, 0), 2);
    ck_assert_int_eq(held(2, 1), 2);
    arena_close(&arena);
}
END_TEST

START_TEST(fewer_slots_than_classes_still_hold_some)
{
    struct rng rng = rng_seed(1);

    open_memory(_i ? MEMORY_GREEDY : MEMORY_BALANCED, 2, false, OUT);
    for (int i = 0; i < 30; i++)
        offer(i % OUT, 0, 1, &rng);
    ck_assert_int_eq(*memory.stored, 2);
    for (int k = 0; k < OUT; k++)
        ck_assert_int_eq(held(k, 0), memory.held[k]);
    arena_close(&arena);
}
END_TEST

Suite *memory_suite(void)
{
    Suite *suite = suite_create("memory");
    TCase *tcase = tcase_create("memory");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, room_is_for_what_comes_and_shares_are_as_asked, 0, 4);
    tcase_add_test(tcase, a_ring_keeps_the_latest_of_each_class);
    tcase_add_loop_test(tcase, a_key_is_a_class_of_the_stream_or_a_task, 0, 2);
    tcase_add_test(tcase, a_ring_without_room_is_refused);
    tcase_add_test(tcase, rare_classes_stay_in_a_balanced_memory);
    tcase_add_test(tcase, a_reservoir_is_a_fair_draw);
    tcase_add_test(tcase, rows_of_a_class_are_as_likely_to_stay);
    tcase_add_test(tcase, a_greedy_memory_shares_equally);
    tcase_add_loop_test(tcase, fewer_slots_than_classes_still_hold_some, 0, 2);
    return suite;
}
