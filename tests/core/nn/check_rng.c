#include "core/nn/rng.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Random123, tests/kat_vectors, "philox4x32 10". */
START_TEST(philox_gives_the_published_words)
{
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } row[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };

    for (int i = 0; i < 3; i++) {
        uint32_t out[4];

        philox4x32(row[i].counter, row[i].key, out);
        ck_assert_mem_eq(out, row[i].out, sizeof out);
    }
}
END_TEST

START_TEST(a_child_depends_on_key_and_purpose_only)
{
    struct rng parent = rng_seed(7), used = parent;
    struct rng before = rng_child(parent, "weights"), after;

    for (int i = 0; i < 11; i++)
        rng_u32(&used);
    rng_child(used, "something else");
    after = rng_child(used, "weights");
    ck_assert_uint_eq(before.key, after.key);
    ck_assert_uint_eq(after.next, 0);
    ck_assert_uint_eq(rng_at(parent, 3).key, rng_at(used, 3).key);
}
END_TEST

static int by_key(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

START_TEST(derived_keys_differ)
{
    static const char *const purpose[] = {"",   "a",    "b",       "ab",
                                          "ba", "data", "weights", "z_0"};
    uint64_t key[3 * 100 + 3 * 8];
    size_t n = 0;

    for (uint64_t seed = 0; seed < 3; seed++) {
        struct rng rng = rng_seed(seed);

        for (uint64_t i = 0; i < 100; i++)
            key[n++] = rng_at(rng, i).key;
        for (int i = 0; i < 8; i++)
            key[n++] = rng_child(rng, purpose[i]).key;
    }
    qsort(key, n, sizeof *key, by_key);
    for (size_t i = 1; i < n; i++)
        ck_assert_uint_ne(key[i], key[i - 1]);
}
END_TEST

/* Draws are the words of the blocks in order; a whole block starts at the next boundary.
 */
START_TEST(words_and_blocks_are_one_stream)
{
    struct rng one = rng_seed(5), four = one;
    uint32_t word[12], block[4];

    for (int i = 0; i < 12; i++)
        word[i] = rng_u32(&one);
    for (int i = 0; i < 3; i++) {
        rng_u32x4(&four, block);
        ck_assert_mem_eq(block, word + 4 * i, sizeof block);
    }
    ck_assert_uint_eq(one.next, four.next);
    four = rng_seed(5);
    ck_assert_uint_eq(rng_u32(&four), word[0]);
    rng_u32x4(&four, block);
    ck_assert_mem_eq(block, word + 4, sizeof block);
    ck_assert_uint_eq(rng_u32(&four), word[8]);
}
END_TEST

/* Many at once, across block 2^32: its number is a word and a carry. */
START_TEST(words_go_on_past_the_low_half_of_the_counter)
{
    struct rng one = {.key = 9, .next = 4 * (((uint64_t)1 << 32) - 3)}, many = one;
    uint32_t word[24];

    rng_words(&many, word, 24);
    for (int i = 0; i < 24; i++)
        ck_assert_uint_eq(word[i], rng_u32(&one));
    ck_assert_uint_eq(one.next, many.next);
}
END_TEST

/* Five words are of two blocks, and the rest of the second is gone. */
START_TEST(many_words_take_whole_blocks)
{
    struct rng one = rng_seed(6), many = one;
    uint32_t word[5];

    rng_words(&many, word, 5);
    for (int i = 0; i < 5; i++)
        ck_assert_uint_eq(word[i], rng_u32(&one));
    ck_assert_uint_eq(many.next, 8);
}
END_TEST

/* sum (seen - expected)^2 / expected */
static double chi_square(const int *count, int n, double expected)
{
    double sum = 0;

    for (int i = 0; i < n; i++)
        sum += pow(count[i] - expected, 2) / expected;
    return sum;
}

/* chi-square with n - 1 degrees lies above n - 1 + 5 sqrt(2 (n - 1)) less often than
 * 1e-4. */
static double too_far(int n)
{
    return n - 1 + 5 * sqrt(2.0 * (n - 1));
}

START_TEST(below_is_uniform)
{
    static const uint32_t size[] = {2, 3, 7, 10, 100};
    int count[100] = {0}, n = (int)size[_i];
    struct rng rng = rng_seed(11);

    for (int i = 0; i < 1000 * n; i++) {
        uint32_t k = rng_below(&rng, size[_i]);

        ck_assert_uint_lt(k, size[_i]);
        count[k]++;
    }
    ck_assert_double_lt(chi_square(count, n, 1000), too_far(n));
}
END_TEST

/* Without rejection four words would fall on three values, and half of the draws on those
 * that 3 divides. */
START_TEST(below_a_large_number_is_unbiased)
{
    const uint32_t n = 3u << 30;
    int count[3] = {0};
    struct rng rng = rng_seed(12);

    for (int i = 0; i < 30000; i++)
        count[rng_below(&rng, n) % 3]++;
    ck_assert_double_lt(chi_square(count, 3, 10000), too_far(3));
}
END_TEST

START_TEST(uniform_has_its_moments)
{
    enum { N = 100000 };
    struct rng rng = rng_seed(13);
    double mean = 0, square = 0;

    for (int i = 0; i < N; i++) {
        double u = rng_uniform(&rng);

        ck_assert(u >= 0 && u < 1);
        mean += u / N;
        square += u * u / N;
    }
    ck_assert_double_eq_tol(mean, 0.5, 5 * sqrt(1.0 / 12 / N));
    ck_assert_double_eq_tol(square, 1.0 / 3, 5 * sqrt(4.0 / 45 / N));
}
END_TEST

/* Moments of N(0, 4): mean 0, variance 4, third 0, fourth 48; neighbours uncorrelated. */
START_TEST(normal_has_its_moments)
{
    enum { N = 200000 };
    real *x = malloc(N * sizeof *x);
    struct rng rng = rng_seed(14);
    double m[5] = {0}, neighbours = 0;

    rng_normal(&rng, x, N, 2);
    for (int i = 0; i < N; i++) {
        for (int k = 1; k <= 4; k++)
            m[k] += pow((double)x[i] / 2, k) / N;
        neighbours += i ? (double)x[i] * (double)x[i - 1] / 4 / N : 0;
    }
    ck_assert_double_eq_tol(m[1], 0, 5 * sqrt(1.0 / N));
    ck_assert_double_eq_tol(m[2], 1, 5 * sqrt(2.0 / N));
    ck_assert_double_eq_tol(m[3], 0, 5 * sqrt(15.0 / N));
    ck_assert_double_eq_tol(m[4], 3, 5 * sqrt(96.0 / N));
    ck_assert_double_eq_tol(neighbours, 0, 5 * sqrt(1.0 / N));
    free(x);
}
END_TEST

/* P(|z| < 0.674490) = 1/2, P(|z| > 1.959964) = 5 % */
START_TEST(normal_has_its_quantiles)
{
    enum { N = 100000 };
    real *x = malloc(N * sizeof *x);
    struct rng rng = rng_seed(15);
    double half = 0, tail = 0;

    rng_normal(&rng, x, N, 1);
    for (int i = 0; i < N; i++) {
        half += fabs((double)x[i]) < 0.674490 ? 1.0 / N : 0;
        tail += fabs((double)x[i]) > 1.959964 ? 1.0 / N : 0;
    }
    ck_assert_double_eq_tol(half, 0.5, 5 * sqrt(0.25 / N));
    ck_assert_double_eq_tol(tail, 0.05, 5 * sqrt(0.05 * 0.95 / N));
    free(x);
}
END_TEST

START_TEST(fewer_normals_are_a_beginning_of_more)
{
    real many[9], few[9];

    for (size_t n = 1; n < 9; n++) {
        struct rng a = rng_seed(16), b = a;

        memset(few, 0, sizeof few);
        rng_normal(&a, many, 9, 1);
        rng_normal(&b, few, n, 1);
        ck_assert_mem_eq(few, many, n * sizeof *few);
        ck_assert(few[n] == 0); /* nothing behind them is written */
    }
}
END_TEST

START_TEST(shuffle_is_a_permutation)
{
    int32_t index[1000];
    int seen[1000] = {0}, moved = 0;
    struct rng rng = rng_seed(17);

    for (int i = 0; i < 1000; i++)
        index[i] = i;
    rng_shuffle(&rng, index, 1000);
    for (int i = 0; i < 1000; i++) {
        seen[index[i]]++;
        moved += index[i] != i;
    }
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(seen[i], 1);
    ck_assert_int_gt(moved, 950);
}
END_TEST

START_TEST(all_orders_of_three_are_as_likely)
{
    int count[27] = {0}, order[6], n = 0;
    struct rng rng = rng_seed(18);

    for (int i = 0; i < 6000; i++) {
        int32_t index[] = {0, 1, 2};

        rng_shuffle(&rng, index, 3);
        count[9 * index[0] + 3 * index[1] + index[2]]++;
    }
    for (int i = 0; i < 27; i++)
        if (count[i]) {
            ck_assert_int_lt(n, 6);
            order[n++] = count[i];
        }
    ck_assert_int_eq(n, 6);
    ck_assert_double_lt(chi_square(order, 6, 1000), too_far(6));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rng");
    TCase *tcase = tcase_create("rng");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, philox_gives_the_published_words);
    tcase_add_test(tcase, a_child_depends_on_key_and_purpose_only);
    tcase_add_test(tcase, derived_keys_differ);
    tcase_add_test(tcase, words_and_blocks_are_one_stream);
    tcase_add_test(tcase, words_go_on_past_the_low_half_of_the_counter);
    tcase_add_test(tcase, many_words_take_whole_blocks);
    tcase_add_loop_test(tcase, below_is_uniform, 0, 5);
    tcase_add_test(tcase, below_a_large_number_is_unbiased);
    tcase_add_test(tcase, uniform_has_its_moments);
    tcase_add_test(tcase, normal_has_its_moments);
    tcase_add_test(tcase, normal_has_its_quantiles);
    tcase_add_test(tcase, fewer_normals_are_a_beginning_of_more);
    tcase_add_test(tcase, shuffle_is_a_permutation);
    tcase_add_test(tcase, all_orders_of_three_are_as_likely);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
