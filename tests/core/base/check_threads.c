/* The pool, products from several threads, and learners: the same bits whatever the
 * number of threads. */
#include "core/base/threads.h"

#include <check.h>
#include <float.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/denormals.h"
#include "tests/support/tiny.h"

extern const struct learner learner_noprop_dt;

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

    for (int round = 1; round <= 500; round++) {
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

enum { SIDE = 104, AGAIN = 300 }; /* just too large for kernels without a buffer */

struct products {
    real a[SIDE * SIDE], c[ITEMS][SIDE * SIDE];
};

static void multiply(void *context, int worker, int item)
{
    struct products *products = context;
    struct mat a = mat_of(products->a, SIDE, SIDE);

    for (int i = 0; i < AGAIN; i++)
        mat_mul_tn(mat_of(products->c[item], SIDE, SIDE), a, a, false);
}

/* The single-threaded OpenBLAS hands out its buffers without a lock of its own. */
START_TEST(products_from_several_threads)
{
    struct products *products = calloc(1, sizeof *products), *alone;
    struct threads *threads = open_pool(MEMBERS);
    struct rng rng = rng_seed(3);

    alone = calloc(1, sizeof *alone);
    rng_normal(&rng, products->a, SIDE * SIDE, 1);
    memcpy(alone->a, products->a, sizeof alone->a);
    threads_run(NULL, 1, multiply, alone);
    threads_run(threads, ITEMS, multiply, products);
    for (int i = 0; i < ITEMS; i++)
        ck_assert_mem_eq(products->c[i], alone->c[0], sizeof alone->c[0]);
    threads_close(threads);
    free(products);
    free(alone);
}
END_TEST

/* Trains with that many threads; the weights, to be freed. */
static real *trained(const char *net, int n, size_t *n_weight, size_t *bytes)
{
    struct threads *pool = open_pool(n);
    struct tiny tiny;
    struct vec w;
    real *copy;
    void *self = tiny_options(&learner_noprop_dt, net);

    tiny_set(&learner_noprop_dt, self, "embedding", "learned"); /* every block feeds it */
    tiny_open_threads(&tiny, &learner_noprop_dt, self, 1, n, pool);
    tiny_mask(&tiny);
    ck_assert(tiny_train(&tiny, 0, 20) > 0);
    w = learner_noprop_dt.weights(tiny.self);
    copy = malloc(w.n * sizeof *copy);
    memcpy(copy, w.data, w.n * sizeof *copy);
    *n_weight = w.n;
    *bytes = tiny.arena.peak.part[TAG_ACTIVATION];
    tiny_close(&tiny);
    threads_close(pool);
    return copy;
}

/* Three blocks: with 1, 2, 3 and 5 threads. Memory grows with each that has work. */
START_TEST(weights_do_not_depend_on_threads)
{
    static const int many[] = {2, 3, 5};
    size_t n, n_one, one, bytes, before;
    real *want = trained(tiny_nets[_i], 1, &n_one, &one);

    before = one;
    for (int i = 0; i < 3; i++) {
        real *got = trained(tiny_nets[_i], many[i], &n, &bytes);

        ck_assert_uint_eq(n, n_one);
        ck_assert_mem_eq(got, want, n * sizeof *got);
        if (many[i] <= 3)
            ck_assert_uint_gt(bytes, before);
        else
            ck_assert_uint_eq(bytes, before);
        before = bytes;
        free(got);
    }
    free(want);
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
    tcase_add_test(tcase, products_from_several_threads);
    tcase_add_loop_test(tcase, weights_do_not_depend_on_threads, 0, TINY_NETS);
    return suite;
}
