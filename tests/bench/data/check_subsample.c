#include "bench/data/subsample.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"

/* Class c of three has 100, 50 or 10 training images, mixed; 4 test images each. */
enum { N_CLASS = 3, N_TRAIN = 160, N_TEST = 12 };

static uint8_t train_label[N_TRAIN], test_label[N_TEST];
static int32_t row[N_TRAIN], label[N_TRAIN], test_row[N_TEST], test_class[N_TEST];
static struct dataset toy;
static const struct subset all = {row, label, N_TRAIN},
                           test = {test_row, test_class, N_TEST};
static const struct range classes = {20, N_CLASS}; /* as a third task may number them */

static struct arena arena;
static struct stream_setup settings;
static struct error err;

static void setup(void)
{
    int left[N_CLASS] = {100, 50, 10};

    err = (struct error){0};
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    for (int i = 0, c = 0; i < N_TRAIN; i++, c = (c + 1) % N_CLASS) {
        while (left[c] == 0)
            c = (c + 1) % N_CLASS;
        left[c]--;
        train_label[i] = (uint8_t)c;
        row[i] = i;
        label[i] = classes.first + c;
    }
    for (int i = 0; i < N_TEST; i++) {
        test_label[i] = (uint8_t)(i % N_CLASS);
        test_row[i] = i;
        test_class[i] = classes.first + test_label[i];
    }
    toy = (struct dataset){.name = "toy",
                           .shape = {1, 1, 1},
                           .n_class = N_CLASS,
                           .train = {train_label, train_label, N_TRAIN},
                           .test = {test_label, test_label, N_TEST}};
    param_defaults(stream_setup_table, &settings);
}

static void teardown(void)
{
    arena_close(&arena);
}

static struct subsample subsample_of(uint64_t seed)
{
    struct subsample subsample;

    ck_assert_msg(
        subsample_open(&subsample, &settings, &toy, rng_seed(seed), &arena, &err) == OK,
        "%s", err.text);
    return subsample;
}

static void count(struct subset subset, int *n)
{
    memset(n, 0, N_CLASS * sizeof *n);
    for (int i = 0; i < subset.n; i++)
        n[train_label[subset.row[i]]]++;
}

static void assert_counts(struct subset subset, int a, int b, int c)
{
    int n[N_CLASS];

    count(subset, n);
    ck_assert_msg(n[0] == a && n[1] == b && n[2] == c, "%d %d %d instead of %d %d %d",
                  n[0], n[1], n[2], a, b, c);
}

START_TEST(by_default_everything)
{
    struct subsample s = subsample_of(1);

    ck_assert_ptr_eq(subsample_train(&s, all, 0, 2, classes).row, row);
    ck_assert_ptr_eq(subsample_test(&s, all, test, 0).row, test_row);
    ck_assert_uint_eq(arena.now.total, 0);
}
END_TEST

/* 20 of 160: 12.5, 6.25 and 1.25 of the classes, so 12 + 1, 6 and 1. 0.125 is the same.
 */
START_TEST(validation_has_its_share_of_every_class)
{
    static const double written[] = {20, 0.125};
    struct subset train, held;
    bool seen[N_TRAIN] = {false};
    struct subsample s;

    settings.validation = written[_i];
    settings.judge = JUDGE_VALIDATION;
    s = subsample_of(7);
    train = subsample_train(&s, all, 0, 1, classes);
    held = subsample_test(&s, all, test, 0);
    assert_counts(train, 87, 44, 9);
    assert_counts(held, 13, 6, 1);
    for (int i = 0; i < train.n; i++)
        seen[train.row[i]] = true;
    for (int i = 0; i < held.n; i++) {
        ck_assert(!seen[held.row[i]]);
        ck_assert_int_eq(held.label[i], classes.first + train_label[held.row[i]]);
    }
    settings.judge = JUDGE_TEST;
    ck_assert_ptr_eq(subsample_test(&s, all, test, 0).row, test_row);
}
END_TEST

/* Every image must be held out now and then: 20 of 160 in 400 draws, 50 times +- 5 sd. */
START_TEST(validation_depends_on_the_seed_alone)
{
    int times[N_TRAIN] = {0};

    settings.validation = 20;
    for (uint64_t seed = 0; seed < 400; seed++) {
        struct subsample s = subsample_of(seed), again = subsample_of(seed);

        ck_assert_mem_eq(s.held, again.held, N_TRAIN);
        for (int i = 0; i < N_TRAIN; i++)
            times[i] += s.held[i];
    }
    for (int i = 0; i < N_TRAIN; i++) {
        const double expected[N_CLASS] = {400 * 13 / 100.0, 400 * 6 / 50.0, 400 / 10.0};

        ck_assert_double_eq_tol(times[i], expected[train_label[i]], 36);
    }
}
END_TEST

START_TEST(validation_leaves_something)
{
    struct subsample s;

    settings.validation = 160;
    ck_assert_int_eq(subsample_open(&s, &settings, &toy, rng_seed(1), &arena, &err),
                     ERR_SUITE);
    ck_assert_str_eq(err.text, "validation: 160 leaves nothing to train on of the 160 "
                               "training images of toy");
}
END_TEST

/* 16^-(0, 1/2, 1) = 1, 1/4, 1/16 of 100, 50 and 10; at least one. */
START_TEST(long_tails_of_classes)
{
    struct subsample s;

    settings.imbalance_classes = 16;
    s = subsample_of(1);
    assert_counts(subsample_train(&s, all, 0, 3, classes), 100, 13, 1);
    settings.imbalance_classes = 1e6;
    assert_counts(subsample_train(&s, all, 0, 3, classes), 100, 1, 1);
}
END_TEST

START_TEST(long_tails_of_tasks)
{
    struct subsample s;

    settings.imbalance_tasks = 100;
    s = subsample_of(1);
    assert_counts(subsample_train(&s, all, 0, 3, classes), 100, 50, 10);
    assert_counts(subsample_train(&s, all, 1, 3, classes), 10, 5, 1);
    assert_counts(subsample_train(&s, all, 2, 3, classes), 1, 1, 1);
    assert_counts(subsample_train(&s, all, 0, 1, classes), 100, 50, 10);
}
END_TEST

START_TEST(tasks_of_a_size)
{
    struct subsample s;
    struct subset train, judged;

    settings.per_task = 30;
    settings.test_per_task = 5;
    s = subsample_of(1);
    train = subsample_train(&s, all, 0, 2, classes);
    judged = subsample_test(&s, all, test, 0);
    ck_assert(train.n == 30 && judged.n == 5);
    for (int i = 1; i < train.n; i++)
        ck_assert_int_lt(train.row[i - 1], train.row[i]);
    ck_assert_mem_ne(train.row, subsample_train(&s, all, 1, 2, classes).row,
                     30 * sizeof *row);
    settings.per_task = settings.test_per_task = 1000;
    ck_assert_int_eq(subsample_train(&s, all, 0, 2, classes).n, N_TRAIN);
    ck_assert_int_eq(subsample_test(&s, all, test, 0).n, N_TEST);
}
END_TEST

/* Labels are wrong as often as asked, each other class as often; the judge's never are.
 */
START_TEST(wrong_labels)
{
    int n_wrong = 0, next = 0;
    struct subsample s;

    settings.label_noise = 0.25;
    settings.validation = 0.5;
    settings.judge = JUDGE_VALIDATION;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct subset train, held;

        s = subsample_of(seed);
        train = subsample_train(&s, all, 0, 2, classes);
        held = subsample_test(&s, all, test, 0);
        for (int i = 0; i < train.n; i++) {
            int wrong = train.label[i] - classes.first - train_label[train.row[i]];

            ck_assert_int_ge(train.label[i], classes.first);
            ck_assert_int_lt(train.label[i], classes.first + N_CLASS);
            n_wrong += wrong != 0;
            next += (wrong + N_CLASS) % N_CLASS == 1;
        }
        for (int i = 0; i < held.n; i++)
            ck_assert_int_eq(held.label[i] - classes.first, train_label[held.row[i]]);
    }
    /* of 4000: 1000 +- 5 sd of 27; of those: half +- 5 sd of 16 */
    ck_assert_int_lt(abs(n_wrong - 1000), 137);
    ck_assert_int_lt(abs(2 * next - n_wrong), 160);
    settings.label_noise = 1;
    s = subsample_of(1);
    for (int i = 0; i < 80; i++) {
        struct subset train = subsample_train(&s, all, 0, 2, classes);

        ck_assert_int_ne(train.label[i] - classes.first, train_label[train.row[i]]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("selection");
    TCase *tcase = tcase_create("selection");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, by_default_everything);
    tcase_add_loop_test(tcase, validation_has_its_share_of_every_class, 0, 2);
    tcase_add_test(tcase, validation_depends_on_the_seed_alone);
    tcase_add_test(tcase, validation_leaves_something);
    tcase_add_test(tcase, long_tails_of_classes);
    tcase_add_test(tcase, long_tails_of_tasks);
    tcase_add_test(tcase, tasks_of_a_size);
    tcase_add_test(tcase, wrong_labels);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
