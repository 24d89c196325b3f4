#include "tasks/formats/idx.h"

#include <string.h>

#include "tests/support/sample.h"

/* Three images of 2 x 3 pixels and their labels, written out from the format's
 * description. */
static const uint8_t image_file[] = {0, 0,  8,  3,  0,  0,  0,  3,  0,  0,  0, 2,
                                     0, 0,  0,  3,  1,  2,  3,  4,  5,  6,  7, 8,
                                     9, 10, 11, 12, 13, 14, 15, 16, 17, 255};
static const uint8_t label_file[] = {0, 0, 8, 1, 0, 0, 0, 3, 2, 0, 1};
enum { N = 3, HEIGHT = 2, WIDTH = 3, N_CLASS = 3, HEADER = 16 };

static char folder[SAMPLE_FOLDER];

static void setup(void)
{
    sample_open(folder);
}

static void teardown(void)
{
    sample_close(folder);
}

static enum status read_all(uint8_t *pixel, uint8_t *label, enum part part,
                            struct error *err)
{
    struct idx idx;
    enum status status = idx_open(&idx, folder, part, err);

    if (status == OK)
        status = idx_read(&idx, pixel, label, N_CLASS, err);
    idx_close(&idx);
    return status;
}

static void expect_sample(enum part part)
{
    uint8_t pixel[N * HEIGHT * WIDTH], label[N];
    struct error err = {0};
    struct idx idx;

    ck_assert_msg(idx_open(&idx, folder, part, &err) == OK, "%s", err.text);
    ck_assert_int_eq(idx.n, N);
    ck_assert_int_eq(idx.shape.height, HEIGHT);
    ck_assert_int_eq(idx.shape.width, WIDTH);
    ck_assert_int_eq(idx.shape.channels, 1);
    ck_assert_msg(idx_read(&idx, pixel, label, N_CLASS, &err) == OK, "%s", err.text);
    ck_assert_mem_eq(pixel, image_file + HEADER, sizeof pixel);
    ck_assert_mem_eq(label, ((uint8_t[]){2, 0, 1}), sizeof label);
    idx_close(&idx);
}

START_TEST(plain)
{
    sample_write(folder, "train-images-idx3-ubyte", image_file, sizeof image_file);
    sample_write(folder, "train-labels-idx1-ubyte", label_file, sizeof label_file);
    expect_sample(PART_TRAIN);
}
END_TEST

START_TEST(compressed)
{
    sample_write_gz(folder, "t10k-images-idx3-ubyte.gz", image_file, sizeof image_file);
    sample_write(folder, "t10k-labels-idx1-ubyte", label_file, sizeof label_file);
    expect_sample(PART_TEST);
}
END_TEST

START_TEST(missing)
{
    ck_assert_str_eq(idx_missing(folder), "train-images-idx3-ubyte");
    sample_write(folder, "train-images-idx3-ubyte.gz", image_file, 1);
    sample_write(folder, "train-labels-idx1-ubyte", label_file, 1);
    sample_write(folder, "t10k-images-idx3-ubyte", image_file, 1);
    ck_assert_str_eq(idx_missing(folder), "t10k-labels-idx1-ubyte");
    sample_write(folder, "t10k-labels-idx1-ubyte.gz", label_file, 1);
    ck_assert_ptr_null(idx_missing(folder));
}
END_TEST

enum which { IMAGE, LABEL };

static const char *const name[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"};

/* One file gets one byte changed and a new length; the error must name it and say this.
 */
static const struct defect {
    enum which in;
    size_t bytes; /* 0 = as it was */
    size_t at;
    uint8_t value;
    const char *said;
} defects[] = {
    {IMAGE, 0, 3, 1, ": holds labels, expected images; are two files swapped?"},
    {LABEL, 0, 3, 3, ": holds images, expected labels; are two files swapped?"},
    {IMAGE, 0, 0, 31, ": magic number is 520095747, expected 2051 for images"},
    {IMAGE, 0, 3, 4,
     ": holds unsigned bytes in 4 dimensions, expected unsigned bytes in 3"},
    {IMAGE, 0, 2, 13,
     ": holds 32-bit floats in 3 dimensions, expected unsigned bytes in 3"},
    {LABEL, 0, 2, 12,
     ": holds 32-bit integers in 1 dimension, expected unsigned bytes in 1"},
    {IMAGE, 0, 2, 10, ": magic number is 2563, expected 2051 for images"},
    {IMAGE, 1, 0, 0, ": truncated: ends after 1 bytes, expected 16"},
    {IMAGE, 10, 0, 0, ": truncated: ends after 10 bytes, expected 16"},
    {IMAGE, 33, 0, 0, ": truncated: ends after 33 bytes, expected 34"},
    {LABEL, 8, 0, 0, ": truncated: ends after 8 bytes, expected 11"},
    {IMAGE, 35, 0, 0, ": oversized: goes on after 34 bytes"},
    {LABEL, 12, 0, 0, ": oversized: goes on after 11 bytes"},
    {LABEL, 0, 7, 2, ": holds 2 labels, but "},
    {IMAGE, 0, 7, 0, ": holds 0 items, expected 1 to 100000000"},
    {IMAGE, 0, 4, 255, ": holds 4278190083 items, expected 1 to 100000000"},
    {IMAGE, 0, 11, 0, ": images of 0 x 3 pixels, expected 1 to 4096"},
    {IMAGE, 0, 13, 1, ": images of 2 x 65539 pixels, expected 1 to 4096"},
    {LABEL, 0, 9, 3, ": label 1 is 3, expected 0 to 2"},
};

/* The sample as files, with a defect in one of them. */
static void write_defect(const struct defect *d)
{
    uint8_t bytes[2][40] = {{0}};
    size_t n[2] = {sizeof image_file, sizeof label_file};

    memcpy(bytes[IMAGE], image_file, sizeof image_file);
    memcpy(bytes[LABEL], label_file, sizeof label_file);
    bytes[d->in][d->at] = d->value;
    n[d->in] = d->bytes ? d->bytes : n[d->in];
    sample_write(folder, name[IMAGE], bytes[IMAGE], n[IMAGE]);
    sample_write(folder, name[LABEL], bytes[LABEL], n[LABEL]);
}

static void expect_error(enum which in, const char *suffix, const char *said)
{
    uint8_t pixel[N * HEIGHT * WIDTH], label[N];
    char text[2 * SAMPLE_PATH];
    struct error err = {0};

    snprintf(text, sizeof text, "%s/%s%s%s", folder, name[in], suffix, said);
    ck_assert_int_eq(read_all(pixel, label, PART_TRAIN, &err), ERR_DATA);
    ck_assert_msg(strncmp(err.text, text, strlen(text)) == 0, "%s\nexpected\n%s",
                  err.text, text);
    ck_assert_ptr_null(strchr(err.text, '\n'));
}

START_TEST(defective)
{
    write_defect(&defects[_i]);
    expect_error(defects[_i].in, "", defects[_i].said);
}
END_TEST

/* A gzip file of the images, cut or with a byte changed, counted from its end. */
static const struct {
    size_t cut, change;
    const char *said;
} damages[] = {
    {20, 0, ": truncated: ends after "}, /* within the data */
    {5, 0, ": truncated: the gzip data have no end"},
    {0, 8, ": damaged gzip data after "}, /* within the sum */
};

START_TEST(damaged)
{
    uint8_t bytes[256];
    char path[SAMPLE_PATH];
    size_t n;
    FILE *in;

    sample_write(folder, name[LABEL], label_file, sizeof label_file);
    sample_write_gz(folder, "train-images-idx3-ubyte.gz", image_file, sizeof image_file);
    snprintf(path, sizeof path, "%s/train-images-idx3-ubyte.gz", folder);
    in = fopen(path, "rb");
    ck_assert_ptr_nonnull(in);
    n = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    if (damages[_i].change)
        bytes[n - damages[_i].change] ^= 1;
    sample_write(folder, "train-images-idx3-ubyte.gz", bytes, n - damages[_i].cut);
    expect_error(IMAGE, ".gz", damages[_i].said);
}
END_TEST

/* Whole files that are something else. */
static const struct {
    const char *start, *said;
} others[] = {
    {"<!DOCTYPE html>\n<html>",
     ": not IDX: this is text, a page of a web server perhaps"},
    {"{\"error\": 404}", ": not IDX: this is text, a page of a web server perhaps"},
    {"PK\x03\x04 and so on", ": not IDX: this is a zip archive; unpack it"},
    {"BZh91AY&SY", ": not IDX: this is bzip2 data; unpack it"},
    {"\xfd"
     "7zXZ",
     ": not IDX: this is xz data; unpack it"},
    {"<ht", ": truncated: ends after 3 bytes, expected 16"},
};

START_TEST(another_kind_of_file)
{
    const char *start = others[_i].start;

    sample_write(folder, name[IMAGE], (const uint8_t *)start, strlen(start));
    sample_write(folder, name[LABEL], label_file, sizeof label_file);
    expect_error(IMAGE, "", others[_i].said);
}
END_TEST

static size_t read_back(const char *file, uint8_t *bytes, size_t most)
{
    char path[SAMPLE_PATH];
    size_t n;
    FILE *in;

    snprintf(path, sizeof path, "%s/%s", folder, file);
    in = fopen(path, "rb");
    ck_assert_ptr_nonnull(in);
    n = fread(bytes, 1, most, in);
    fclose(in);
    return n;
}

START_TEST(compressed_twice)
{
    uint8_t once[256];
    size_t n;

    sample_write_gz(folder, "train-images-idx3-ubyte.gz", image_file, sizeof image_file);
    n = read_back("train-images-idx3-ubyte.gz", once, sizeof once);
    sample_write_gz(folder, "train-images-idx3-ubyte.gz", once, n);
    sample_write(folder, name[LABEL], label_file, sizeof label_file);
    expect_error(IMAGE, ".gz", ": compressed twice; unpack it once");
}
END_TEST

/* 3 x 16 million pixels: refused when the pair is opened, before anybody takes memory for
 * them. */
START_TEST(a_header_that_promises_too_much)
{
    static const uint8_t large[] = {0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 16, 0, 0, 0, 16, 0};
    const char *said =
        _i ? ": truncated: the %zu bytes of gzip data cannot hold the 50331664 that the "
             "header says"
           : ": truncated: ends after %zu bytes, expected 50331664";
    char path[64], words[128], text[2 * SAMPLE_PATH];
    uint8_t bytes[64];
    struct error err = {0};
    struct idx idx;

    sample_write(folder, name[LABEL], label_file, sizeof label_file);
    if (_i)
        sample_write_gz(folder, "train-images-idx3-ubyte.gz", large, sizeof large);
    else
        sample_write(folder, name[IMAGE], large, sizeof large);
    ck_assert_int_eq(idx_open(&idx, folder, PART_TRAIN, &err), ERR_DATA);
    idx_close(&idx);
    snprintf(path, sizeof path, "%s%s", name[IMAGE], _i ? ".gz" : "");
    snprintf(words, sizeof words, said, read_back(path, bytes, sizeof bytes));
    snprintf(text, sizeof text, "%s/%s%s", folder, path, words);
    ck_assert_str_eq(err.text, text);
}
END_TEST

/* 64 MB of zeros behind what the header promises: one byte of them is unpacked. */
START_TEST(a_bomb_is_not_unpacked)
{
    enum { BOMB = 1 << 26 };
    uint8_t *bomb = calloc(1, BOMB);

    ck_assert_ptr_nonnull(bomb);
    memcpy(bomb, image_file, sizeof image_file);
    sample_write_gz(folder, "train-images-idx3-ubyte.gz", bomb, BOMB);
    free(bomb);
    sample_write(folder, name[LABEL], label_file, sizeof label_file);
    expect_error(IMAGE, ".gz", ": oversized: goes on after 34 bytes");
}
END_TEST

START_TEST(the_common_spelling)
{
    sample_write(folder, "train-images.idx3-ubyte", image_file, sizeof image_file);
    sample_write_gz(folder, "train-labels.idx1-ubyte.gz", label_file, sizeof label_file);
    expect_sample(PART_TRAIN);
    ck_assert_str_eq(idx_missing(folder), "t10k-images-idx3-ubyte");
}
END_TEST

/* A folder; a FIFO, which nobody waits for. */
START_TEST(no_plain_file)
{
    char path[SAMPLE_PATH];

    sample_write(folder, name[LABEL], label_file, sizeof label_file);
    snprintf(path, sizeof path, "%s/%s", folder, name[IMAGE]);
    ck_assert_int_eq(_i ? mkfifo(path, 0666) : mkdir(path, 0777), 0);
    expect_error(IMAGE, "", ": is not a plain file");
}
END_TEST

START_TEST(absent)
{
    sample_write(folder, name[IMAGE], image_file, sizeof image_file);
    expect_error(LABEL, ".gz", ": cannot be opened: No such file");
}
END_TEST

Suite *idx_suite(void)
{
    Suite *suite = suite_create("idx");
    TCase *tcase = tcase_create("idx");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, plain);
    tcase_add_test(tcase, compressed);
    tcase_add_test(tcase, missing);
    tcase_add_loop_test(tcase, defective, 0, sizeof defects / sizeof *defects);
    tcase_add_loop_test(tcase, damaged, 0, sizeof damages / sizeof *damages);
    tcase_add_loop_test(tcase, another_kind_of_file, 0, sizeof others / sizeof *others);
    tcase_add_test(tcase, compressed_twice);
    tcase_add_loop_test(tcase, a_header_that_promises_too_much, 0, 2);
    tcase_add_test(tcase, a_bomb_is_not_unpacked);
    tcase_add_test(tcase, the_common_spelling);
    tcase_add_loop_test(tcase, no_plain_file, 0, 2);
    tcase_add_test(tcase, absent);
    suite_add_tcase(suite, tcase);
    return suite;
}
