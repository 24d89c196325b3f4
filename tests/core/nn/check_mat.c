#include "core/nn/mat.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/threads.h"
#include "core/nn/blas.h"
#include "tests/support/reference.h"

enum { MOST = 64 * 64 };

/* A view of rows x cols in the middle of a wider matrix, so that ld > cols. */
static struct mat view(real *at, int rows, int cols, uint64_t seed)
{
    reference_draw(at, MOST, 1, seed);
    return mat_cols(mat_rows(mat_of(at, 64, 64), 3, rows), 5, cols);
}

static double at(struct mat a, bool transposed, int i, int j)
{
    return a.data[transposed ? j * a.ld + i : i * a.ld + j];
}

typedef void product(struct mat c, struct mat a, struct mat b, bool add);

/* C = op(A) op(B) (+ C), and nothing outside the view of C is touched. */
static void hold(product *mul, bool ta, bool tb, int m, int n, int inner, bool add)
{
    static real c_at[MOST], a_at[MOST], b_at[MOST], before[MOST];
    struct mat c = view(c_at, m, n, 1);
    struct mat a = ta ? view(a_at, inner, m, 2) : view(a_at, m, inner, 2);
    struct mat b = tb ? view(b_at, n, inner, 3) : view(b_at, inner, n, 3);

    memcpy(before, c_at, sizeof before);
    mul(c, a, b, add);
    for (int i = 0; i < 64; i++)
        for (int j = 0; j < 64; j++) {
            bool inside = i >= 3 && i < 3 + m && j >= 5 && j < 5 + n;
            double sum = inside && !add ? 0 : (double)before[64 * i + j], size = 1;

            for (int k = 0; inside && k < inner; k++) {
                sum += at(a, ta, i - 3, k) * at(b, tb, k, j - 5);
                size += fabs(at(a, ta, i - 3, k) * at(b, tb, k, j - 5));
            }
            size *= inside ? 1e-6 : 1e-30;
            ck_assert_double_eq_tol(c_at[64 * i + j], sum, size);
        }
}

START_TEST(products_agree_with_sums)
{
    static const int size[][3] = {
        {1, 1, 1}, {2, 3, 4}, {7, 5, 1}, {1, 17, 33}, {40, 10, 25}};
    const int *s = size[_i % 5];
    bool add = _i >= 5;

    hold(mat_mul, false, false, s[0], s[1], s[2], add);
    hold(mat_mul_tn, true, false, s[0], s[1], s[2], add);
    hold(mat_mul_nt, false, true, s[0], s[1], s[2], add);
    hold(blas_mul, false, false, s[0], s[1], s[2], add);
    hold(blas_mul_tn, true, false, s[0], s[1], s[2], add);
    hold(blas_mul_nt, false, true, s[0], s[1], s[2], add);
}
END_TEST

/* C is overwritten, not multiplied by 0: what stood there may be NaN. */
START_TEST(nan_does_not_survive_an_overwrite)
{
    real a = 2, b = 3, c = (real)NAN;

    mat_mul(mat_of(&c, 1, 1), mat_of(&a, 1, 1), mat_of(&b, 1, 1), false);
    ck_assert(c == 6);
}
END_TEST

START_TEST(views_share_memory)
{
    real x[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    struct mat a = mat_of(x, 3, 4), rows = mat_rows(a, 1, 2), cols = mat_cols(rows, 2, 2);
    real copy[4] = {0};

    ck_assert_int_eq(cols.rows, 2);
    ck_assert_int_eq(cols.cols, 2);
    ck_assert_int_eq(cols.ld, 4);
    ck_assert_ptr_eq(cols.data, x + 6);
    mat_copy(mat_of(copy, 2, 2), cols);
    ck_assert(copy[0] == 6 && copy[1] == 7 && copy[2] == 10 && copy[3] == 11);
    mat_copy(mat_cols(a, 0, 2), mat_of((real[]){1, 1, 1, 1, 1, 1}, 3, 2));
    ck_assert(x[0] == 1 && x[1] == 1 && x[2] == 2 && x[8] == 1 && x[11] == 11);
    mat_copy(a, a);
    ck_assert(x[11] == 11);
}
END_TEST

START_TEST(taken_from_an_arena)
{
    struct arena arena;
    struct error err = {0};
    struct mat a;

    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    a = mat_take(&arena, TAG_SCRATCH, 3, 50);
    ck_assert_int_eq(a.ld, 50);
    ck_assert_uint_eq(arena.now.part[TAG_SCRATCH], (150 * sizeof(real) + 63) / 64 * 64);
    arena_close(&arena);
}
END_TEST

START_TEST(the_same_product_gives_the_same_bits)
{
    static real a[64 * 64], b[64 * 64], c[64 * 64], again[64 * 64];

    reference_draw(a, 64 * 64, 1, 1);
    reference_draw(b, 64 * 64, 1, 2);
    mat_mul(mat_of(c, 64, 64), mat_of(a, 64, 64), mat_of(b, 64, 64), false);
    mat_mul(mat_of(again, 64, 64), mat_of(a, 64, 64), mat_of(b, 64, 64), false);
    ck_assert_mem_eq(c, again, sizeof c);
}
END_TEST

/* Sizes beyond one strip, one panel and one block of the inner sum; rows of B that alias
 * in the cache. OpenBLAS is the oracle. */
enum { ROWS = 300, COLS = 256, EDGE = 70, DEEP = 600, LARGE = 600 * 600 };

static real large[4][LARGE];

static double apart(struct mat a, struct mat b)
{
    double most = 0;

    for (int i = 0; i < a.rows; i++)
        for (int j = 0; j < a.cols; j++)
            most = fmax(most, fabs((double)(mat_row(a, i)[j] - mat_row(b, i)[j])));
    return most;
}

/* The absolute values of DEEP products of normals add up to DEEP 2 / pi; both ways err by
 * a few units in the last place of that. */
static const double most = 16 * 0x1p-24 * DEEP * 0.64;

START_TEST(large_products_agree_with_blas)
{
    int cols = _i ? EDGE : COLS;
    struct mat c = mat_of(large[0], ROWS, cols), d = mat_of(large[1], ROWS, cols);

    reference_draw(large[2], LARGE, 1, 1);
    reference_draw(large[3], LARGE, 1, 2);
    mat_mul(c, mat_of(large[2], ROWS, DEEP), mat_of(large[3], DEEP, cols), false);
    blas_mul(d, mat_of(large[2], ROWS, DEEP), mat_of(large[3], DEEP, cols), false);
    ck_assert_double_lt(apart(c, d), most);
    mat_mul_tn(c, mat_of(large[2], DEEP, ROWS), mat_of(large[3], DEEP, cols), true);
    blas_mul_tn(d, mat_of(large[2], DEEP, ROWS), mat_of(large[3], DEEP, cols), true);
    ck_assert_double_lt(apart(c, d), most);
    mat_mul_nt(c, mat_of(large[2], ROWS, DEEP), mat_of(large[3], cols, DEEP), false);
    blas_mul_nt(d, mat_of(large[2], ROWS, DEEP), mat_of(large[3], cols, DEEP), false);
    ck_assert_double_lt(apart(c, d), most);
}
END_TEST

/* Any row or column alone, and any number of threads, gives the bits of the whole. */
START_TEST(bits_do_not_depend_on_the_neighbours)
{
    struct mat a = mat_of(large[2], ROWS, DEEP), b = mat_of(large[3], DEEP, COLS);
    struct mat whole = mat_of(large[0], ROWS, COLS), part = mat_of(large[1], ROWS, COLS);
    struct threads *pool;
    struct error err = {0};

    reference_draw(large[2], LARGE, 1, 1);
    reference_draw(large[3], LARGE, 1, 2);
    mat_mul(whole, a, b, false);
    mat_mul(mat_rows(part, 7, 5), mat_rows(a, 7, 5), b, false);
    ck_assert_mem_eq(mat_row(part, 7), mat_row(whole, 7), 5 * COLS * sizeof(real));
    mat_mul(mat_cols(part, 37, 3), a, mat_cols(b, 37, 3), false);
    for (int i = 0; i < ROWS; i++)
        ck_assert_mem_eq(mat_row(part, i) + 37, mat_row(whole, i) + 37, 3 * sizeof(real));
    ck_assert_int_eq(threads_open(&pool, 3, &err), OK);
    mat_mul(part, a, b, false);
    threads_close(pool);
    ck_assert_mem_eq(part.data, whole.data, ROWS * COLS * sizeof(real));
}
END_TEST

/* Rows, or the panels of a transposed B, are shared out. The loop index: which of them.
 */
START_TEST(bits_do_not_depend_on_threads)
{
    int rows = _i ? ROWS : 100;
    struct mat a = _i ? mat_of(large[2], DEEP, rows) : mat_of(large[2], rows, DEEP);
    struct mat b = _i ? mat_of(large[3], DEEP, COLS) : mat_of(large[3], COLS, DEEP);
    struct threads *pool;
    struct error err = {0};

    reference_draw(large[2], LARGE, 1, 1);
    reference_draw(large[3], LARGE, 1, 2);
    for (int threads = 1; threads <= 5; threads += 2) {
        real *c = large[threads > 1];

        memset(c, 0, sizeof large[0]);
        ck_assert_int_eq(threads_open(&pool, threads, &err), OK);
        (_i ? mat_mul_tn : mat_mul_nt)(mat_of(c, rows, COLS), a, b, false);
        threads_close(pool);
        ck_assert(threads == 1 || memcmp(large[0], large[1], sizeof large[0]) == 0);
    }
}
END_TEST

/* Where tests run, asserts are compiled in, whatever the build type says. */
START_TEST(a_wrong_shape_aborts)
{
    real at[12] = {0};
    pid_t pid = fork();
    int status;

    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        close(STDERR_FILENO); /* the assertion's message */
        mat_mul(mat_of(at, 2, 2), mat_of(at, 2, 3), mat_of(at, 2, 2), false);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
END_TEST

Suite *mat_suite(void)
{
    Suite *suite = suite_create("mat");
    TCase *tcase = tcase_create("mat");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, products_agree_with_sums, 0, 10);
    tcase_add_test(tcase, nan_does_not_survive_an_overwrite);
    tcase_add_loop_test(tcase, large_products_agree_with_blas, 0, 2);
    tcase_add_test(tcase, bits_do_not_depend_on_the_neighbours);
    tcase_add_loop_test(tcase, bits_do_not_depend_on_threads, 0, 2);
    tcase_add_test(tcase, views_share_memory);
    tcase_add_test(tcase, taken_from_an_arena);
    tcase_add_test(tcase, the_same_product_gives_the_same_bits);
    tcase_add_test(tcase, a_wrong_shape_aborts);
    return suite;
}
