/* Hybrid images: the blur by hand, and what makes a mask one of blobs. */
#include "baselines/rules/hybrid.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 28, N = SIDE * SIDE };

/* Along the rows 8 0 0 0 becomes 6 2 0 0, down the columns the 1st row keeps 3/4. */
START_TEST(a_blur_by_hand)
{
    real mask[] = {8, 0, 0, 0, 0, 0, 0, 0}, line[4];
    const real want[] = {(real)4.5, (real)1.5, 0, 0, (real)1.5, (real)0.5, 0, 0};

    hybrid_blur(mask, 2, 4, line);
    for (int i = 0; i < 8; i++)
        ck_assert(mask[i] == want[i]);
}
END_TEST

/* Draws a hybrid of an image of 1s and one of 0s with three channels: its mask. */
static void draw(struct arena *arena, int blur, uint64_t seed, uint8_t *mask)
{
    static real a[3 * N], b[3 * N], out[3 * N];
    struct hybrid hybrid;
    struct rng rng = rng_seed(seed);

    hybrid_take(&hybrid, (struct shape){SIDE, SIDE, 3}, blur, arena);
    for (int i = 0; i < 3 * N; i++)
        a[i] = 1;
    hybrid_write(&hybrid, out, a, b, &rng);
    for (int i = 0; i < N; i++) {
        ck_assert(out[3 * i] == 0 || out[3 * i] == 1);
        ck_assert(out[3 * i] == out[3 * i + 1] && out[3 * i] == out[3 * i + 2]);
        mask[i] = out[3 * i] == 1;
    }
}

/* Share of neighbours (right and below) that are of the same image. */
static double agreement(const uint8_t *mask)
{
    int same = 0, pairs = 0;

    for (int i = 0; i < SIDE - 1; i++)
        for (int j = 0; j < SIDE - 1; j++, pairs += 2) {
            const uint8_t *at = mask + i * SIDE + j;

            same += (at[0] == at[1]) + (at[0] == at[SIDE]);
        }
    return (double)same / pairs;
}

START_TEST(both_images_have_half_and_lie_in_blobs)
{
    enum { MASKS = 50 };
    static uint8_t mask[N], other[N];
    struct arena arena;
    struct error err = {0};
    double half = 0, rough = 0, blobs = 0;

    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    for (uint64_t seed = 0; seed < MASKS; seed++) {
        draw(&arena, 0, seed, mask);
        rough += agreement(mask) / MASKS;
        draw(&arena, 6, seed, mask);
        blobs += agreement(mask) / MASKS;
        for (int i = 0; i < N; i++)
            half += (double)mask[i] / N / MASKS;
    }
    draw(&arena, 6, MASKS, other);
    ck_assert(memcmp(mask, other, N) != 0);
    ck_assert_double_eq_tol(half, 0.5, 0.03);
    ck_assert_double_eq_tol(rough, 0.5, 0.01);
    ck_assert_double_gt(blobs, 0.8);
    arena_close(&arena);
}
END_TEST

Suite *hybrid_suite(void)
{
    Suite *suite = suite_create("hybrid");
    TCase *tcase = tcase_create("hybrid");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_blur_by_hand);
    tcase_add_test(tcase, both_images_have_half_and_lie_in_blobs);
    return suite;
}
