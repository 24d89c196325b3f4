#include "core/nn/blas.h"

#include <check.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/threads.h"
#include "core/nn/rng.h"

START_TEST(blas_says_what_it_is)
{
    const char *wanted = getenv("OPENBLAS_CORETYPE");

    ck_assert_ptr_nonnull(strstr(blas_version(), "OpenBLAS"));
    ck_assert_uint_gt(strlen(blas_core()), 0);
    ck_assert((blas_warning() != NULL) ==
              (wanted && strcmp(blas_core(), "Prescott") == 0));
}
END_TEST

enum { SIDE = 104 }; /* just too large for kernels without a buffer */
enum { ITEMS = 37, AGAIN = 300 };

struct products {
    real a[SIDE * SIDE], c[ITEMS][SIDE * SIDE];
};

static void multiply(void *context, int worker, int item)
{
    struct products *products = context;
    struct mat a = mat_of(products->a, SIDE, SIDE);

    for (int i = 0; i < AGAIN; i++)
        blas_mul_tn(mat_of(products->c[item], SIDE, SIDE), a, a, false);
}

/* The single-threaded OpenBLAS hands out its buffers without a lock of its own: two
 * products in the same buffer give wrong sums. */
START_TEST(products_from_several_threads)
{
    struct products *products = calloc(1, sizeof *products), *alone;
    struct threads *threads;
    struct error err = {0};
    struct rng rng = rng_seed(3);

    ck_assert_int_eq(threads_open(&threads, 4, &err), OK);
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

#ifdef BLAS_LOCKS_BUFFERS
void *blas_memory_alloc(int position);
void blas_memory_free(void *buffer);

/* Takes a buffer as OpenBLAS does, and counts how often another thread writes to it. */
static void own_buffer(void *context, int worker, int item)
{
    atomic_int *shared = context;

    for (int i = 0; i < 500000; i++) {
        void *buffer = blas_memory_alloc(0);
        volatile int *at = buffer;

        *at = item;
        for (int again = 0; again < 50; again++)
            if (*at != item)
                atomic_fetch_add(shared, 1);
        blas_memory_free(buffer);
    }
}

START_TEST(a_buffer_has_one_owner)
{
    struct threads *threads;
    struct error err = {0};
    atomic_int shared = 0;

    ck_assert_int_eq(threads_open(&threads, 4, &err), OK);
    threads_run(threads, 8, own_buffer, &shared);
    threads_close(threads);
    ck_assert_int_eq(atomic_load(&shared), 0);
}
END_TEST
#endif

Suite *blas_suite(void)
{
    Suite *suite = suite_create("blas");
    TCase *tcase = tcase_create("blas");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, blas_says_what_it_is);
    tcase_add_test(tcase, products_from_several_threads);
#ifdef BLAS_LOCKS_BUFFERS
    tcase_add_test(tcase, a_buffer_has_one_owner);
#endif
    return suite;
}
