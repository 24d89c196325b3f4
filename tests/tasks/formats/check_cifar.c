#include "tasks/formats/cifar.h"

#include <string.h>

#include "tests/support/sample.h"

enum { N_PIXEL = CIFAR_SIDE * CIFAR_SIDE, IMAGE = CIFAR_CHANNELS * N_PIXEL };

static char folder[SAMPLE_FOLDER];

static void setup(void)
{
    sample_open(folder);
}

static void teardown(void)
{
    sample_close(folder);
}

/* Colour c of pixel p of an image with that label; by eye different in all three. */
static uint8_t colour(int label, int p, int c)
{
    return (uint8_t)(7 * p + 50 * c + label);
}

/* A file of n records with labels first, first + 1, ...; coarse < 0: without coarse
 * labels. */
static void write_file(const char *name, int n, int first, int coarse)
{
    uint8_t *bytes = malloc((size_t)n * (IMAGE + 2)), *at = bytes;

    ck_assert_ptr_nonnull(bytes);
    for (int i = 0; i < n; i++) {
        if (coarse >= 0)
            *at++ = (uint8_t)coarse;
        *at++ = (uint8_t)(first + i);
        for (int c = 0; c < CIFAR_CHANNELS; c++)
            for (int p = 0; p < N_PIXEL; p++)
                *at++ = colour(first + i, p, c);
    }
    sample_write(folder, name, bytes, (size_t)(at - bytes));
    free(bytes);
}

static void write_cifar10(void)
{
    write_file("data_batch_1.bin", 2, 0, -1);
    write_file("data_batch_2.bin", 1, 2, -1);
    write_file("data_batch_3.bin", 1, 3, -1);
    write_file("data_batch_4.bin", 1, 4, -1);
    write_file("data_batch_5.bin", 3, 5, -1);
    write_file("test_batch.bin", 2, 8, -1);
}

/* All images of a part, whose labels must be first, first + 1, ... */
static void expect_images(const struct cifar *cifar, enum part part, int n, int first,
                          int n_class)
{
    uint8_t *pixel = malloc((size_t)n * IMAGE), *label = malloc((size_t)n);
    struct error err = {0};

    ck_assert_int_eq(cifar->n[part], n);
    ck_assert_msg(cifar_read(cifar, part, pixel, label, n_class, &err) == OK, "%s",
                  err.text);
    for (int i = 0; i < n; i++) {
        ck_assert_int_eq(label[i], first + i);
        for (int p = 0; p < N_PIXEL; p++)
            for (int c = 0; c < CIFAR_CHANNELS; c++)
                ck_assert_uint_eq(pixel[i * IMAGE + p * CIFAR_CHANNELS + c],
                                  colour(first + i, p, c));
    }
    free(pixel);
    free(label);
}

START_TEST(ten)
{
    struct error err = {0};
    struct cifar cifar;

    write_cifar10();
    ck_assert_ptr_null(cifar_missing(CIFAR_10, folder));
    ck_assert_int_eq(cifar_open(&cifar, CIFAR_10, folder, &err), OK);
    expect_images(&cifar, PART_TRAIN, 8, 0, 10);
    expect_images(&cifar, PART_TEST, 2, 8, 10);
}
END_TEST

START_TEST(hundred)
{
    struct error err = {0};
    struct cifar cifar;

    write_file("train.bin", 4, 90, 11);
    write_file("test.bin", 1, 99, 11);
    ck_assert_ptr_null(cifar_missing(CIFAR_100, folder));
    ck_assert_int_eq(cifar_open(&cifar, CIFAR_100, folder, &err), OK);
    expect_images(&cifar, PART_TRAIN, 4, 90, 100);
    expect_images(&cifar, PART_TEST, 1, 99, 100);
}
END_TEST

START_TEST(coarse)
{
    struct error err = {0};
    struct cifar cifar;
    uint8_t pixel[3 * IMAGE], label[3];

    write_file("train.bin", 3, 90, 11);
    write_file("test.bin", 1, 99, 19);
    ck_assert_int_eq(cifar_open(&cifar, CIFAR_100_COARSE, folder, &err), OK);
    ck_assert_int_eq(cifar_read(&cifar, PART_TRAIN, pixel, label, 20, &err), OK);
    ck_assert_mem_eq(label, ((uint8_t[]){11, 11, 11}), 3);
    ck_assert_uint_eq(pixel[2 * IMAGE + CIFAR_CHANNELS * 5 + 1], colour(92, 5, 1));
    ck_assert_int_eq(cifar_read(&cifar, PART_TEST, pixel, label, 20, &err), OK);
    ck_assert_int_eq(label[0], 19);
    ck_assert_int_eq(cifar_read(&cifar, PART_TEST, pixel, label, 19, &err), ERR_DATA);
}
END_TEST

START_TEST(missing)
{
    write_cifar10();
    unlink(strcat(strcpy((char[SAMPLE_PATH]){0}, folder), "/data_batch_3.bin"));
    ck_assert_str_eq(cifar_missing(CIFAR_10, folder), "data_batch_3.bin");
    ck_assert_str_eq(cifar_missing(CIFAR_100, folder), "train.bin");
}
END_TEST

static void expect_error(const struct error *err, const char *name, const char *said)
{
    char text[2 * SAMPLE_PATH];

    snprintf(text, sizeof text, "%s/%s: %s", folder, name, said);
    ck_assert_int_eq(err->status, ERR_DATA);
    ck_assert_str_eq(err->text, text);
}

START_TEST(lengths)
{
    static const uint8_t bytes[IMAGE + 2];
    struct error cut = {0}, longer = {0}, empty = {0};
    struct cifar cifar;

    write_cifar10();
    sample_write(folder, "data_batch_4.bin", bytes, IMAGE);
    cifar_open(&cifar, CIFAR_10, folder, &cut);
    expect_error(&cut, "data_batch_4.bin",
                 "truncated or oversized: holds 3072 bytes, expected a multiple of 3073");
    sample_write(folder, "data_batch_4.bin", bytes, IMAGE + 2);
    cifar_open(&cifar, CIFAR_10, folder, &longer);
    expect_error(&longer, "data_batch_4.bin",
                 "truncated or oversized: holds 3074 bytes, expected a multiple of 3073");
    sample_write(folder, "data_batch_4.bin", bytes, 0);
    cifar_open(&cifar, CIFAR_10, folder, &empty);
    expect_error(&empty, "data_batch_4.bin",
                 "truncated or oversized: holds 0 bytes, expected a multiple of 3073");
}
END_TEST

START_TEST(another_kind_of_file)
{
    static const uint8_t page[] = "<!DOCTYPE html>", packed[] = "\x1f\x8b\x08\0";
    struct error text = {0}, gzip = {0};
    struct cifar cifar;

    write_cifar10();
    sample_write(folder, "test_batch.bin", page, sizeof page - 1);
    cifar_open(&cifar, CIFAR_10, folder, &text);
    expect_error(&text, "test_batch.bin",
                 "not CIFAR: this is text, a page of a web server perhaps");
    sample_write(folder, "test_batch.bin", packed, sizeof packed - 1);
    cifar_open(&cifar, CIFAR_10, folder, &gzip);
    expect_error(&gzip, "test_batch.bin", "not CIFAR: this is gzip data; unpack it");
}
END_TEST

START_TEST(labels)
{
    static uint8_t pixel[8 * IMAGE], label[8];
    struct error err = {0};
    struct cifar cifar;

    write_cifar10();
    write_file("data_batch_5.bin", 3, 9, -1);
    ck_assert_int_eq(cifar_open(&cifar, CIFAR_10, folder, &err), OK);
    cifar_read(&cifar, PART_TRAIN, pixel, label, 10, &err);
    expect_error(&err, "data_batch_5.bin", "label of record 1 is 10, expected 0 to 9");
}
END_TEST

START_TEST(shrunk)
{
    static uint8_t pixel[4 * IMAGE], label[4];
    struct error err = {0};
    struct cifar cifar;

    write_file("train.bin", 4, 0, 0);
    write_file("test.bin", 1, 0, 0);
    ck_assert_int_eq(cifar_open(&cifar, CIFAR_100, folder, &err), OK);
    write_file("train.bin", 3, 0, 0);
    cifar_read(&cifar, PART_TRAIN, pixel, label, 100, &err);
    expect_error(&err, "train.bin", "cannot be read: ends in record 3 of 4");
}
END_TEST

START_TEST(not_a_file)
{
    struct error err = {0};
    struct cifar cifar;

    sample_folder(folder, "train.bin");
    cifar_open(&cifar, CIFAR_100, folder, &err);
    expect_error(&err, "train.bin", "is not a plain file");
}
END_TEST

Suite *cifar_suite(void)
{
    Suite *suite = suite_create("cifar");
    TCase *tcase = tcase_create("cifar");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, ten);
    tcase_add_test(tcase, hundred);
    tcase_add_test(tcase, coarse);
    tcase_add_test(tcase, missing);
    tcase_add_test(tcase, lengths);
    tcase_add_test(tcase, another_kind_of_file);
    tcase_add_test(tcase, labels);
    tcase_add_test(tcase, shrunk);
    tcase_add_test(tcase, not_a_file);
    suite_add_tcase(suite, tcase);
    return suite;
}
