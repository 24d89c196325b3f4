#include "tasks/formats/load.h"

#include <string.h>

#include "tests/support/sample.h"

static char folder[SAMPLE_FOLDER];

static void setup(void)
{
    sample_open(folder);
}

static void teardown(void)
{
    sample_close(folder);
}

/* Four training and two test images of 2 x 3 pixels: image i is 10 i + 1 ... 10 i + 6. */
enum { N_TRAIN = 4, N_TEST = 2, HEIGHT = 2, WIDTH = 3, PIXELS = HEIGHT * WIDTH };

static void write_part(const char *where, const char *part, int n, const uint8_t *label)
{
    uint8_t image_file[16 + N_TRAIN * PIXELS] = {0, 0, 8, 3,      0, 0, 0, (uint8_t)n,
                                                 0, 0, 0, HEIGHT, 0, 0, 0, WIDTH};
    uint8_t label_file[8 + N_TRAIN] = {0, 0, 8, 1, 0, 0, 0, (uint8_t)n};
    char name[64];

    for (int i = 0; i < n; i++) {
        label_file[8 + i] = label[i];
        for (int p = 0; p < PIXELS; p++)
            image_file[16 + i * PIXELS + p] = (uint8_t)(10 * i + p + 1);
    }
    snprintf(name, sizeof name, "%s-images-idx3-ubyte.gz", part);
    sample_write_gz(where, name, image_file, 16 + (size_t)(n * PIXELS));
    snprintf(name, sizeof name, "%s-labels-idx1-ubyte", part);
    sample_write(where, name, label_file, 8 + (size_t)n);
}

static void write_idx(const char *name, int test_label)
{
    const uint8_t train[N_TRAIN] = {2, 0, 4, 0}, test[N_TEST] = {1, (uint8_t)test_label};
    char where[SAMPLE_PATH];

    sample_folder(folder, name);
    snprintf(where, sizeof where, "%s/%s", folder, name);
    write_part(where, "train", N_TRAIN, train);
    write_part(where, "t10k", N_TEST, test);
}

/* One record a file; label + 1 is the grey of the image. */
static void write_cifar(const char *const *name, int label_bytes)
{
    for (uint8_t i = 0; name[i]; i++) {
        uint8_t record[2 + 3072];

        memset(record, i + 1, sizeof record);
        memset(record, i, (size_t)label_bytes);
        sample_write(folder, name[i], record, (size_t)label_bytes + 3072);
    }
}

static const char *const ten[] = {"test_batch.bin",
                                  "data_batch_1.bin",
                                  "data_batch_2.bin",
                                  "data_batch_3.bin",
                                  "data_batch_4.bin",
                                  "data_batch_5.bin",
                                  NULL};
static const char *const hundred[] = {"test.bin", "train.bin", NULL};

static void load(struct dataset *data, const char *name, int pad)
{
    struct error err = {0};

    ck_assert_msg(
        dataset_load(data, name, folder, (struct dataset_form){.pad = pad}, &err) == OK,
        "%s", err.text);
}

static void expect_error(const char *name, int pad, const char *const *words)
{
    struct error err = {0};
    struct dataset data;

    ck_assert_int_eq(
        dataset_load(&data, name, folder, (struct dataset_form){.pad = pad}, &err),
        ERR_DATA);
    for (int i = 0; words[i]; i++)
        ck_assert_msg(strstr(err.text, words[i]) != NULL, "'%s' not in: %s", words[i],
                      err.text);
    ck_assert_ptr_null(strchr(err.text, '\n'));
    ck_assert_ptr_null(data.train.pixel);
}

START_TEST(decoded)
{
    struct dataset data;

    write_idx("mnist", 9);
    load(&data, "mnist", 0);
    ck_assert_str_eq(data.name, "mnist");
    ck_assert_int_eq(data.train.n, N_TRAIN);
    ck_assert_int_eq(data.test.n, N_TEST);
    ck_assert_int_eq(data.n_class, 10);
    ck_assert_int_eq(data.shape.height, HEIGHT);
    ck_assert_int_eq(data.shape.width, WIDTH);
    ck_assert_int_eq(data.shape.channels, 1);
    ck_assert_mem_eq(data.train.label, ((uint8_t[]){2, 0, 4, 0}), N_TRAIN);
    ck_assert_mem_eq(data.test.label, ((uint8_t[]){1, 9}), N_TEST);
    ck_assert_mem_eq(data.train.pixel + 3 * PIXELS, ((uint8_t[]){31, 32, 33, 34, 35, 36}),
                     PIXELS);
    ck_assert_mem_eq(data.test.pixel + PIXELS, ((uint8_t[]){11, 12, 13, 14, 15, 16}),
                     PIXELS);
    ck_assert_float_eq_tol(data.mean[0], 0.1307f, 1e-6f);
    ck_assert_float_eq_tol(data.std[0], 0.3081f, 1e-6f);
    dataset_close(&data);
    ck_assert_ptr_null(data.train.pixel);
}
END_TEST

/* Image 1 of the training part is 11 12 13 / 14 15 16. */
START_TEST(transposed)
{
    struct error err = {0};
    struct dataset data;

    write_idx("mnist", 9);
    ck_assert_int_eq(dataset_load(&data, "mnist", folder,
                                  (struct dataset_form){.pad = 4 * _i, .transpose = true},
                                  &err),
                     OK);
    if (_i == 0) {
        ck_assert(data.shape.height == WIDTH && data.shape.width == HEIGHT);
        ck_assert_mem_eq(data.train.pixel + PIXELS, ((uint8_t[]){11, 14, 12, 15, 13, 16}),
                         PIXELS);
    } else {
        ck_assert(data.shape.height == 4 && data.shape.width == 4);
        ck_assert_mem_eq(data.train.pixel + 16,
                         ((uint8_t[]){0, 11, 14, 0, 0, 12, 15, 0, 0, 13, 16, 0}), 12);
    }
    dataset_close(&data);
}
END_TEST

/* Where other programs put the files; what stands in the folder of the name goes first. */
static const char *const layouts[][2] = {
    {"MNIST", "MNIST/raw"},
    {"mnist", "mnist/raw"},
};

START_TEST(found_where_others_put_it)
{
    struct dataset data;

    sample_folder(folder, layouts[_i][0]);
    write_idx(layouts[_i][1], 7);
    load(&data, "mnist", 0);
    ck_assert_int_eq(data.test.label[1], 7);
    dataset_close(&data);
    if (_i == 0) {
        write_idx("mnist", 9);
        load(&data, "mnist", 0);
        ck_assert_int_eq(data.test.label[1], 9);
        dataset_close(&data);
    }
}
END_TEST

/* Image 1 of the test part. The odd row or column of zeros goes below and to the right.
 */
START_TEST(padded)
{
    static const uint8_t expected[5][5] = {
        {0, 0, 0, 0, 0}, {0, 11, 12, 13, 0}, {0, 14, 15, 16, 0}, {0}, {0},
    };
    struct dataset data;

    write_idx("fashion-mnist", 9);
    load(&data, "fashion-mnist", 5);
    ck_assert_int_eq(data.shape.height, 5);
    ck_assert_int_eq(data.shape.width, 5);
    ck_assert_mem_eq(data.test.pixel + sizeof expected, expected, sizeof expected);
    for (int i = 0; i < N_TRAIN; i++)
        for (int p = 0; p < 25; p++) {
            int row = p / 5 - 1, column = p % 5 - 1;
            bool inside = row >= 0 && row < HEIGHT && column >= 0 && column < WIDTH;
            int grey = inside ? 10 * i + row * WIDTH + column + 1 : 0;

            ck_assert_int_eq(data.train.pixel[i * 25 + p], grey);
        }
    dataset_close(&data);
}
END_TEST

START_TEST(too_small_pad)
{
    write_idx("mnist", 9);
    expect_error("mnist", 2, (const char *[]){"mnist", "2 x 3", "pad: 2", NULL});
}
END_TEST

/* Permissions of the page at `at` as the kernel lists them: "r--s". */
static void permissions(const void *at, char out[8])
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    bool found = false;

    ck_assert_ptr_nonnull(maps);
    while (!found && fgets(line, sizeof line, maps)) {
        uintptr_t first, end;

        found = sscanf(line, "%lx-%lx %4s", &first, &end, out) == 3 &&
                (uintptr_t)at >= first && (uintptr_t)at < end;
    }
    fclose(maps);
    ck_assert(found);
}

START_TEST(shared_and_read_only)
{
    struct dataset data;
    char pixel[8], label[8];

    write_idx("mnist", 9);
    load(&data, "mnist", 0);
    permissions(data.train.pixel, pixel);
    permissions(data.test.label + N_TEST - 1, label);
    ck_assert_str_eq(pixel, "r--s");
    ck_assert_str_eq(label, "r--s");
    dataset_close(&data);
}
END_TEST

START_TEST(own_idx)
{
    struct dataset data;
    char name[SAMPLE_PATH];

    write_idx("mine", 4);
    snprintf(name, sizeof name, "idx:%s/mine", folder);
    load(&data, name, 0);
    ck_assert_int_eq(data.n_class, 5); /* the largest training label is 4 */
    ck_assert_float_eq(data.std[0], 0);
    dataset_close(&data);
}
END_TEST

START_TEST(test_label_unknown_in_training)
{
    char name[SAMPLE_PATH];

    write_idx("mine", 5);
    snprintf(name, sizeof name, "idx:%s/mine", folder);
    expect_error(name, 0,
                 (const char *[]){"/mine/t10k-labels-idx1-ubyte: label 1 is 5",
                                  "expected 0 to 4", NULL});
}
END_TEST

START_TEST(parts_of_different_size)
{
    const uint8_t image[] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9};
    const uint8_t label[] = {0, 0, 8, 1, 0, 0, 0, 1, 0};
    char where[SAMPLE_PATH];

    write_idx("mnist", 9);
    snprintf(where, sizeof where, "%s/mnist", folder);
    unlink(strcat(where, "/t10k-images-idx3-ubyte.gz"));
    snprintf(where, sizeof where, "%s/mnist", folder);
    sample_write(where, "t10k-images-idx3-ubyte", image, sizeof image);
    sample_write(where, "t10k-labels-idx1-ubyte", label, sizeof label);
    expect_error("mnist", 0, (const char *[]){"1 x 1", "2 x 3", NULL});
}
END_TEST

static void expect_grey(const struct dataset *data, const uint8_t *image, int grey)
{
    for (int p = 0; p < shape_size(data->shape); p++)
        ck_assert_int_eq(image[p], grey);
}

START_TEST(own_cifar)
{
    struct dataset data;
    char name[SAMPLE_PATH];

    snprintf(name, sizeof name, "cifar:%s", folder);
    write_cifar(ten, 1);
    load(&data, name, 0);
    ck_assert_int_eq(data.train.n, 5);
    ck_assert_int_eq(data.test.n, 1);
    ck_assert_int_eq(data.n_class, 6);
    ck_assert_int_eq(data.shape.channels, 3);
    ck_assert_mem_eq(data.train.label, ((uint8_t[]){1, 2, 3, 4, 5}), 5);
    for (int i = 0; i < 5; i++)
        expect_grey(&data, data.train.pixel + i * 3072, i + 2);
    expect_grey(&data, data.test.pixel, 1);
    dataset_close(&data);
}
END_TEST

/* Two of five batches, in the folder of the published archive. */
START_TEST(own_cifar_with_fewer_batches)
{
    static const char *const some[] = {"cifar-10-batches-bin/test_batch.bin",
                                       "cifar-10-batches-bin/data_batch_2.bin",
                                       "cifar-10-batches-bin/data_batch_4.bin", NULL};
    struct dataset data;
    char name[SAMPLE_PATH];

    snprintf(name, sizeof name, "cifar:%s", folder);
    sample_folder(folder, "cifar-10-batches-bin");
    write_cifar(some, 1);
    load(&data, name, 0);
    ck_assert_int_eq(data.train.n, 2);
    ck_assert_mem_eq(data.train.label, ((uint8_t[]){1, 2}), 2);
    expect_grey(&data, data.train.pixel + 3072, 3);
    dataset_close(&data);
    expect_error("cifar10", 0, (const char *[]){"data_batch_1.bin", NULL});
}
END_TEST

START_TEST(own_cifar_fine)
{
    struct dataset data;
    char name[SAMPLE_PATH];

    snprintf(name, sizeof name, "cifar:%s", folder);
    write_cifar(hundred, 2);
    load(&data, name, 0);
    ck_assert_int_eq(data.train.n, 1);
    ck_assert_int_eq(data.n_class, 2);
    expect_grey(&data, data.train.pixel, 2);
    dataset_close(&data);
}
END_TEST

/* The files of cifar100, a folder further down. */
START_TEST(coarse)
{
    uint8_t record[2 + 3072] = {17, 93, 200};
    struct dataset data;
    char where[SAMPLE_PATH];

    sample_folder(folder, "cifar100");
    snprintf(where, sizeof where, "%s/cifar100", folder);
    sample_write(where, "train.bin", record, sizeof record);
    sample_write(where, "test.bin", record, sizeof record);
    load(&data, "cifar100-coarse", 0);
    ck_assert_int_eq(data.n_class, 20);
    ck_assert_int_eq(data.train.label[0], 17);
    ck_assert_int_eq(data.test.label[0], 17);
    ck_assert_int_eq(data.train.pixel[0], 200);
    dataset_close(&data);
}
END_TEST

/* Joined: 10 classes of mnist, whose training labels are 2 0 4 0, then 5 of the own. */
START_TEST(joined)
{
    struct dataset data;
    char name[2 * SAMPLE_PATH];

    write_idx("mnist", 9);
    write_idx("mine", 4);
    snprintf(name, sizeof name, "mnist + idx:%s/mine", folder);
    load(&data, name, 5);
    ck_assert_int_eq(data.n_class, 15);
    ck_assert_int_eq(data.n_part, 2);
    ck_assert_int_eq(data.part_classes[0], 10);
    ck_assert_int_eq(data.part_classes[1], 5);
    ck_assert_int_eq(data.train.n, 2 * N_TRAIN);
    ck_assert_int_eq(data.test.n, 2 * N_TEST);
    ck_assert_mem_eq(data.train.label, ((uint8_t[]){2, 0, 4, 0, 12, 10, 14, 10}), 8);
    ck_assert_mem_eq(data.test.label, ((uint8_t[]){1, 9, 11, 14}), 4);
    ck_assert_mem_eq(data.train.pixel, data.train.pixel + 25 * N_TRAIN, 25 * N_TRAIN);
    ck_assert_mem_eq(data.train.pixel + 25 * 6 + 6, ((uint8_t[]){21, 22, 23}), 3);
    ck_assert_float_eq(data.std[0], 0);
    dataset_close(&data);
}
END_TEST

START_TEST(not_joined)
{
    char name[2 * SAMPLE_PATH];

    write_idx("mnist", 9);
    write_cifar(ten, 1);
    expect_error("mnist + synthetic-digits", 0,
                 (const char *[]){"mnist has images of 2 x 3 pixels, synthetic-digits of "
                                  "28 x 28; bring them to one size with a line such as "
                                  "pad: 28",
                                  NULL});
    snprintf(name, sizeof name, "mnist + cifar:%s", folder);
    expect_error(
        name, 32,
        (const char *[]){"of 1 channel(s)", "of 3: they cannot be joined", NULL});
    expect_error("mnist + mnits", 0, (const char *[]){"did you mean 'mnist'?", NULL});
    expect_error("mnist + mnist + mnist + mnist + mnist + mnist + mnist + mnist + mnist",
                 0, (const char *[]){"more than 8 data sets", NULL});
}
END_TEST

START_TEST(own_cifar_unclear)
{
    char name[SAMPLE_PATH];

    snprintf(name, sizeof name, "cifar:%s", folder);
    expect_error(name, 0,
                 (const char *[]){folder, "data_batch_1.bin", "train.bin", NULL});
    write_cifar(ten, 1);
    write_cifar(hundred, 2);
    expect_error(name, 0, (const char *[]){folder, "both", NULL});
}
END_TEST

START_TEST(missing)
{
    static const char *const names[] = {"mnist", "fashion-mnist", "cifar10", "cifar100"};
    static const char *const last[] = {"t10k}-labels-idx1-ubyte",
                                       "t10k}-labels-idx1-ubyte", "test_batch.bin",
                                       "test.bin"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char place[SAMPLE_PATH];

        snprintf(place, sizeof place, "%s/%s;", folder, names[i]);
        expect_error(names[i], 0,
                     (const char *[]){place, last[i], "--data", "BENCH_DATA", NULL});
    }
}
END_TEST

START_TEST(nowhere_to_look)
{
    struct dataset data;
    struct error err = {0};

    ck_assert_int_eq(dataset_load(&data, "mnist", "", (struct dataset_form){0}, &err),
                     ERR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "neither BENCH_DATA nor HOME is set"));
    ck_assert_ptr_nonnull(strstr(err.text, "--data"));
}
END_TEST

START_TEST(own_missing)
{
    expect_error("idx:nowhere", 0,
                 (const char *[]){"no file train-images-idx3-ubyte in nowhere", NULL});
}
END_TEST

START_TEST(unknown)
{
    expect_error("mnits", 0, (const char *[]){"'mnits'", "did you mean 'mnist'?", NULL});
    expect_error("zzzzzzzzzz", 0, (const char *[]){"bench list datasets", NULL});
}
END_TEST

/* Fills value[i] with copies of the variables, or puts them back. */
static void keep_environment(char *value[3], bool back)
{
    static const char *const name[3] = {"BENCH_DATA", "XDG_DATA_HOME", "HOME"};

    for (int i = 0; i < 3; i++) {
        if (!back) {
            value[i] = getenv(name[i]) ? strdup(getenv(name[i])) : NULL;
            continue;
        }
        if (value[i])
            setenv(name[i], value[i], 1);
        else
            unsetenv(name[i]);
        free(value[i]);
    }
}

START_TEST(folders)
{
    char path[256], *before[3];

    keep_environment(before, false);
    setenv("BENCH_DATA", "/a", 1);
    setenv("XDG_DATA_HOME", "/b", 1);
    setenv("HOME", "/c", 1);
    data_folder("/d", path, sizeof path);
    ck_assert_str_eq(path, "/d");
    data_folder(NULL, path, sizeof path);
    ck_assert_str_eq(path, "/a");
    unsetenv("BENCH_DATA");
    data_folder(NULL, path, sizeof path);
    ck_assert_str_eq(path, "/b/bench");
    setenv("XDG_DATA_HOME", "", 1); /* empty counts as not set, says the XDG standard */
    data_folder(NULL, path, sizeof path);
    ck_assert_str_eq(path, "/c/.local/share/bench");
    unsetenv("HOME");
    data_folder(NULL, path, sizeof path);
    ck_assert_str_eq(path, "");
    keep_environment(before, true);
}
END_TEST

/* A data directory whose path has no slash within the array, and one where only the name of
 * a file is cut. */
START_TEST(a_folder_that_is_too_long)
{
    const size_t length[] = {960, 1015, 1023, 5000};
    char *path = malloc(5001);
    struct dataset data;
    struct error err;

    for (int i = 0; i < 4; i++) {
        memset(path, 'x', length[i]);
        path[length[i]] = '\0';
        err = (struct error){OK};
        ck_assert_int_eq(
            dataset_load(&data, "mnist", path, (struct dataset_form){0}, &err), ERR_DATA);
        ck_assert_ptr_nonnull(strstr(err.text, "data directory is too long: xxx"));
    }
    free(path);
}
END_TEST

START_TEST(synthetic)
{
    int count[2][10] = {{0}};
    struct dataset data;

    load(&data, "synthetic-digits", 32);
    ck_assert_int_eq(data.shape.height, 32);
    for (int i = 0; i < data.train.n; i++)
        count[0][data.train.label[i]]++;
    for (int i = 0; i < data.test.n; i++)
        count[1][data.test.label[i]]++;
    for (int c = 0; c < 10; c++) {
        ck_assert_int_eq(count[0][c], 6000);
        ck_assert_int_eq(count[1][c], 1000);
    }
    for (int p = 0; p < 2 * 32; p++)
        ck_assert_int_eq(data.train.pixel[59999 * 1024 + p], 0);
    dataset_close(&data);
}
END_TEST

/* As their papers have them, and without a file. */
START_TEST(a_published_data_set_has_a_placeholder)
{
    static const struct {
        const char *name;
        int pad;
        struct shape shape;
        int n_class;
    } row[] = {
        {"mnist", 0, {28, 28, 1}, 10},
        {"fashion-mnist", 32, {32, 32, 1}, 10},
        {"cifar10", 0, {32, 32, 3}, 10},
        {"cifar100", 0, {32, 32, 3}, 100},
        {"cifar100-coarse", 0, {32, 32, 3}, 20},
        {"synthetic-digits", 0, {28, 28, 1}, 10},
        {"cifar10 + cifar100", 0, {32, 32, 3}, 110},
    };
    struct error err = {0};
    struct dataset data;

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        ck_assert(dataset_published(row[i].name));
        ck_assert_int_eq(dataset_placeholder(&data, row[i].name,
                                             (struct dataset_form){.pad = row[i].pad},
                                             &err),
                         OK);
        ck_assert_int_eq(data.shape.height, row[i].shape.height);
        ck_assert_int_eq(data.shape.width, row[i].shape.width);
        ck_assert_int_eq(data.shape.channels, row[i].shape.channels);
        ck_assert_int_eq(data.n_class, row[i].n_class);
        for (int c = 0; c < data.n_class; c++)
            ck_assert(data.train.label[c] == c && data.test.label[c] == c);
        dataset_close(&data);
    }
    ck_assert(!dataset_published("idx:/data") && !dataset_published("cifar:/data"));
    ck_assert(!dataset_published("mnist + idx:/data") && !dataset_published("mnis"));
}
END_TEST

Suite *load_suite(void)
{
    Suite *suite = suite_create("load");
    TCase *tcase = tcase_create("load");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, decoded);
    tcase_add_test(tcase, padded);
    tcase_add_loop_test(tcase, transposed, 0, 2);
    tcase_add_loop_test(tcase, found_where_others_put_it, 0, 2);
    tcase_add_test(tcase, too_small_pad);
    tcase_add_test(tcase, shared_and_read_only);
    tcase_add_test(tcase, own_idx);
    tcase_add_test(tcase, test_label_unknown_in_training);
    tcase_add_test(tcase, parts_of_different_size);
    tcase_add_test(tcase, own_cifar);
    tcase_add_test(tcase, own_cifar_with_fewer_batches);
    tcase_add_test(tcase, own_cifar_fine);
    tcase_add_test(tcase, coarse);
    tcase_add_test(tcase, joined);
    tcase_add_test(tcase, not_joined);
    tcase_add_test(tcase, own_cifar_unclear);
    tcase_add_test(tcase, missing);
    tcase_add_test(tcase, nowhere_to_look);
    tcase_add_test(tcase, own_missing);
    tcase_add_test(tcase, unknown);
    tcase_add_test(tcase, folders);
    tcase_add_test(tcase, a_folder_that_is_too_long);
    tcase_add_test(tcase, synthetic);
    tcase_add_test(tcase, a_published_data_set_has_a_placeholder);
    suite_add_tcase(suite, tcase);
    return suite;
}
