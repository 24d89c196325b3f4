/* The published data sets, where $BENCH_DATA has them: check_published NAME. Without the
 * data the exit status is 77, which ctest shows as skipped. */
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tasks/formats/load.h"

/* What is known of the published files: the first labels, how many of each class (the
 * same number where count is NULL), and mean and deviation of the training pixels. */
static const struct fact {
    const char *name, *file; /* whose presence says that the data set is there */
    int n_train, n_test, n_class, side, channels;
    uint8_t first[6];
    const int *count;
    const char *folder; /* NULL = of its name */
} facts[] = {
    {"mnist",
     "train-labels-idx1-ubyte.gz",
     60000,
     10000,
     10,
     28,
     1,
     {5, 0, 4, 1, 9, 2},
     (const int[]){5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}},
    {"fashion-mnist",
     "train-labels-idx1-ubyte.gz",
     60000,
     10000,
     10,
     28,
     1,
     {9, 0, 0, 3, 0, 2},
     NULL},
    {"cifar10", "data_batch_1.bin", 50000, 10000, 10, 32, 3, {6, 9, 9, 4, 1, 1}, NULL},
    {"cifar100", "train.bin", 50000, 10000, 100, 32, 3, {19, 29, 0, 11, 1, 86}, NULL},
    /* cattle, dinosaur, apple, boy, aquarium fish, telephone are large omnivores and
     * herbivores, reptiles, fruit and vegetables, people, fish, household electrical
     * devices */
    {"cifar100-coarse",
     "train.bin",
     50000,
     10000,
     20,
     32,
     3,
     {11, 15, 4, 14, 1, 5},
     NULL,
     "cifar100"},
};

static void expect_moments(const struct dataset *data)
{
    int channels = data->shape.channels;
    long n = (long)data->train.n * shape_size(data->shape);

    for (int c = 0; c < channels; c++) {
        double sum = 0, square = 0, m = (double)(n / channels);

        for (long i = c; i < n; i += channels) {
            double x = data->train.pixel[i] / 255.0;

            sum += x;
            square += x * x;
        }
        ck_assert_double_eq_tol(sum / m, (double)data->mean[c], 1e-4);
        ck_assert_double_eq_tol(sqrt(square / m - sum / m * (sum / m)),
                                (double)data->std[c], 2e-4);
    }
}

static void expect_fact(const struct fact *fact, const struct dataset *data)
{
    int count[256] = {0};

    ck_assert_int_eq(data->train.n, fact->n_train);
    ck_assert_int_eq(data->test.n, fact->n_test);
    ck_assert_int_eq(data->n_class, fact->n_class);
    ck_assert_int_eq(data->shape.height, fact->side);
    ck_assert_int_eq(data->shape.width, fact->side);
    ck_assert_int_eq(data->shape.channels, fact->channels);
    ck_assert_mem_eq(data->train.label, fact->first, sizeof fact->first);
    for (int i = 0; i < data->train.n; i++)
        count[data->train.label[i]]++;
    for (int c = 0; c < fact->n_class; c++)
        ck_assert_int_eq(count[c],
                         fact->count ? fact->count[c] : fact->n_train / fact->n_class);
    expect_moments(data);
}

static const struct fact *wanted;

static bool is_there(const struct fact *fact)
{
    const char *place = getenv("BENCH_DATA");
    char path[1024];

    snprintf(path, sizeof path, "%s/%s/%s", place ? place : "",
             fact->folder ? fact->folder : fact->name, fact->file);
    return place && access(path, R_OK) == 0;
}

START_TEST(published)
{
    struct error err = {0};
    struct dataset data;

    ck_assert_msg(dataset_load(&data, wanted->name, getenv("BENCH_DATA"),
                               (struct dataset_form){0}, &err) == OK,
                  "%s", err.text);
    expect_fact(wanted, &data);
    dataset_close(&data);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("published");
    TCase *tcase = tcase_create("published");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, published);
    for (size_t i = 0; argc == 2 && i < sizeof facts / sizeof *facts; i++)
        if (strcmp(argv[1], facts[i].name) == 0)
            wanted = &facts[i];
    if (!wanted || !is_there(wanted)) {
        printf("skipped: $BENCH_DATA does not have %s\n", argc == 2 ? argv[1] : "?");
        srunner_free(runner);
        return wanted ? 77 : 1;
    }
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
