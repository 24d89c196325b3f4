#include "bench/data/augment.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct shape small = {2, 3, 1}, colour = {1, 3, 2};

static const struct {
    int down, right;
    uint8_t expected[6];
} shifts[] = {
    {0, 0, {1, 2, 3, 4, 5, 6}},
    {1, 0, {4, 5, 6, 0, 0, 0}},
    {-1, 0, {0, 0, 0, 1, 2, 3}},
    {0, 1, {2, 3, 0, 5, 6, 0}},
    {0, -2, {0, 0, 1, 0, 0, 4}},
    {1, -1, {0, 4, 5, 0, 0, 0}},
    {-1, 2, {0, 0, 0, 3, 0, 0}},
    {2, 0, {0}},
    {0, 3, {0}},
    {0, -4, {0}},
    {-7, 7, {0}},
};

START_TEST(shift)
{
    uint8_t image[] = {1, 2, 3, 4, 5, 6};

    augment_shift(small, image, shifts[_i].down, shifts[_i].right);
    ck_assert_mem_eq(image, shifts[_i].expected, 6);
}
END_TEST

START_TEST(channels_stay_together)
{
    uint8_t image[] = {1, 2, 3, 4, 5, 6};

    augment_shift(colour, image, 0, 1);
    ck_assert_mem_eq(image, ((uint8_t[]){3, 4, 5, 6, 0, 0}), 6);
    augment_flip(colour, image);
    ck_assert_mem_eq(image, ((uint8_t[]){0, 0, 5, 6, 3, 4}), 6);
}
END_TEST

START_TEST(flip)
{
    uint8_t image[] = {1, 2, 3, 4, 5, 6};

    augment_flip(small, image);
    ck_assert_mem_eq(image, ((uint8_t[]){3, 2, 1, 6, 5, 4}), 6);
}
END_TEST

/* A 3 x 3 image with one bright pixel in the middle, moved by at most 1: it comes to each
 * of the nine places as often, 1000 +- 30 of 9000 times. */
START_TEST(all_places_are_equally_likely)
{
    static uint8_t image[9000][9];
    const struct stream_setup setup = {.augment_crop = 1};
    int found[9] = {0};

    for (int i = 0; i < 9000; i++)
        image[i][4] = 200;
    augment(&setup, (struct shape){3, 3, 1}, image[0], 9000, rng_seed(1));
    for (int i = 0; i < 9000; i++)
        for (int p = 0; p < 9; p++)
            found[p] += image[i][p] == 200;
    for (int p = 0; p < 9; p++)
        ck_assert_msg(abs(found[p] - 1000) < 150, "place %d: %d", p, found[p]);
}
END_TEST

/* 5000 +- 50 of 10000 images, and nothing but left and right changes places. */
START_TEST(half_is_mirrored)
{
    static uint8_t image[10000][6];
    const struct stream_setup setup = {.augment_flip = true};
    int mirrored = 0;

    for (int i = 0; i < 10000; i++)
        memcpy(image[i], (uint8_t[]){1, 2, 3, 4, 5, 6}, 6);
    augment(&setup, small, image[0], 10000, rng_seed(2));
    for (int i = 0; i < 10000; i++) {
        bool other = image[i][0] == 3;

        ck_assert_mem_eq(
            image[i],
            other ? ((uint8_t[]){3, 2, 1, 6, 5, 4}) : ((uint8_t[]){1, 2, 3, 4, 5, 6}), 6);
        mirrored += other;
    }
    ck_assert_int_lt(abs(mirrored - 5000), 250);
}
END_TEST

START_TEST(the_rng_decides_and_rows_are_independent)
{
    const struct stream_setup setup = {.augment_crop = 2, .augment_flip = true};
    const struct stream_setup nothing = {.augment_crop = 0};
    uint8_t few[8][25], many[16][25], other[8][25];

    for (int i = 0; i < 16 * 25; i++)
        many[i / 25][i % 25] = (uint8_t)(i + 1);
    memcpy(few, many, sizeof few);
    memcpy(other, many, sizeof other);
    augment(&nothing, (struct shape){5, 5, 1}, few[0], 8, rng_seed(3));
    ck_assert_mem_eq(few, many, sizeof few);
    augment(&setup, (struct shape){5, 5, 1}, few[0], 8, rng_seed(3));
    augment(&setup, (struct shape){5, 5, 1}, many[0], 16, rng_seed(3));
    augment(&setup, (struct shape){5, 5, 1}, other[0], 8, rng_seed(4));
    ck_assert_mem_eq(few, many, sizeof few);
    ck_assert_mem_ne(few, other, sizeof few);
}
END_TEST

Suite *augment_suite(void)
{
    Suite *suite = suite_create("augment");
    TCase *tcase = tcase_create("augment");

    tcase_add_loop_test(tcase, shift, 0, sizeof shifts / sizeof *shifts);
    tcase_add_test(tcase, channels_stay_together);
    tcase_add_test(tcase, flip);
    tcase_add_test(tcase, all_places_are_equally_likely);
    tcase_add_test(tcase, half_is_mirrored);
    tcase_add_test(tcase, the_rng_decides_and_rows_are_independent);
    suite_add_tcase(suite, tcase);
    return suite;
}
