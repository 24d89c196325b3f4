#include "tasks/formats/synthetic.h"

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { PIXELS = SYNTHETIC_SIDE * SYNTHETIC_SIDE, N = 5000, N_TEST = 1000 };

/* Training images 0 ... N - 1 and the first test images. */
static uint8_t pixel[N + N_TEST][PIXELS], label[N + N_TEST];

static void setup(void)
{
    synthetic_read(0, N, pixel[0], label);
    synthetic_read(SYNTHETIC_TRAIN, N_TEST, pixel[N], label + N);
}

START_TEST(balanced)
{
    for (int i = 0; i < N + N_TEST; i += SYNTHETIC_CLASSES) {
        unsigned seen = 0;

        for (int k = 0; k < SYNTHETIC_CLASSES; k++)
            seen |= 1u << label[i + k];
        ck_assert_uint_eq(seen, (1u << SYNTHETIC_CLASSES) - 1);
    }
}
END_TEST

/* An image depends on its number alone. */
START_TEST(any_order)
{
    uint8_t one[PIXELS], digit;

    for (int i = N - 1; i >= 0; i -= 617) {
        synthetic_read(i, 1, one, &digit);
        ck_assert_mem_eq(one, pixel[i], PIXELS);
        ck_assert_uint_eq(digit, label[i]);
    }
}
END_TEST

/* FNV-1a. The value stands for "the same bits with every compiler and every -O level"; it
 * changes only when the data set is meant to change. */
START_TEST(same_bits)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (int i = 0; i < N + N_TEST; i++) {
        for (int p = 0; p < PIXELS; p++)
            hash = (hash ^ pixel[i][p]) * 0x100000001b3u;
        hash = (hash ^ label[i]) * 0x100000001b3u;
    }
    /* other digits need another kept_version (tasks/formats/kept.c) */
    ck_assert_uint_eq(hash, 0x8d7809ee8d3dd3b4u);
}
END_TEST

static int by_pixels(const void *a, const void *b)
{
    return memcmp(*(uint8_t *const *)a, *(uint8_t *const *)b, PIXELS);
}

START_TEST(no_two_alike)
{
    static const uint8_t *image[N + N_TEST];

    for (int i = 0; i < N + N_TEST; i++)
        image[i] = pixel[i];
    qsort(image, N + N_TEST, sizeof *image, by_pixels);
    for (int i = 1; i < N + N_TEST; i++)
        ck_assert_int_ne(by_pixels(&image[i - 1], &image[i]), 0);
}
END_TEST

static bool on_edge(int p)
{
    int row = p / SYNTHETIC_SIDE, column = p % SYNTHETIC_SIDE;

    return row == 0 || column == 0 || row == SYNTHETIC_SIDE - 1 ||
           column == SYNTHETIC_SIDE - 1;
}

/* Ink enough to read, and hardly a digit that reaches over the edge. */
START_TEST(drawn)
{
    int cut = 0;

    for (int i = 0; i < N; i++) {
        int ink = 0, edge = 0;

        for (int p = 0; p < PIXELS; p++) {
            ink += pixel[i][p] >= 100;
            edge += pixel[i][p] >= 100 && on_edge(p);
        }
        ck_assert_msg(ink >= 10 && ink <= PIXELS / 2, "image %d: %d pixels", i, ink);
        cut += edge > 0;
    }
    ck_assert_int_lt(cut, N / 20);
}
END_TEST

/* The share of test images that are nearest to the mean of their own class. */
static double nearest_mean_accuracy(void)
{
    static float mean[SYNTHETIC_CLASSES][PIXELS];
    int hits = 0;

    for (int i = 0; i < N; i++)
        for (int p = 0; p < PIXELS; p++)
            mean[label[i]][p] += (float)pixel[i][p] * SYNTHETIC_CLASSES / N;
    for (int i = N; i < N + N_TEST; i++) {
        float least = 0;
        int nearest = -1;

        for (int c = 0; c < SYNTHETIC_CLASSES; c++) {
            float distance = 0;

            for (int p = 0; p < PIXELS; p++) {
                float d = (float)pixel[i][p] - mean[c][p];

                distance += d * d;
            }
            if (nearest < 0 || distance < least) {
                least = distance;
                nearest = c;
            }
        }
        hits += nearest == label[i];
    }
    return (double)hits / N_TEST;
}

/* There is something to learn, and it is not trivial. MNIST has 0.82 here. */
START_TEST(hard_enough)
{
    double accuracy = nearest_mean_accuracy();

    ck_assert_msg(accuracy > 0.6 && accuracy < 0.85, "%g", accuracy);
}
END_TEST

Suite *synthetic_suite(void)
{
    Suite *suite = suite_create("synthetic");
    TCase *tcase = tcase_create("synthetic");

    tcase_add_unchecked_fixture(tcase, setup, NULL);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, balanced);
    tcase_add_test(tcase, any_order);
    tcase_add_test(tcase, same_bits);
    tcase_add_test(tcase, no_two_alike);
    tcase_add_test(tcase, drawn);
    tcase_add_test(tcase, hard_enough);
    suite_add_tcase(suite, tcase);
    return suite;
}
