/* What is doubtful in a stream's data, on small data sets that have it. */
#include "bench/data/doubts.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

extern const struct stream stream_split;

enum { N = 24 };

static uint8_t train[N], test[N];
static struct dataset data;
static struct arena arena;
static const char *doubt[DOUBTS_MOST];

/* Images of the classes first .. last, one after the other, which are their own pixel. */
static void fill(uint8_t *label, int first, int last)
{
    for (int i = 0; i < N; i++)
        label[i] = (uint8_t)(first + i % (last - first + 1));
}

/* Of two tasks; the data set is named `name` in the suite. */
static int doubts(const char *name, int scenario)
{
    const struct stream *split = &stream_split;
    struct stream_setup setup;
    struct scenario opened;
    struct error err = {0};
    void *options = calloc(1, split->size);

    param_defaults(split->params, options);
    param_set(param_find(split->params, "tasks"), options, "2", &err);
    param_defaults(stream_setup_table, &setup);
    strcpy(setup.dataset, name);
    setup.scenario = scenario;
    ck_assert_msg(
        scenario_open(&opened, split, options, &setup, &data, 1, &arena, &err) == OK,
        "%s", err.text);
    free(options);
    return doubts_of(&opened, doubt, &arena);
}

static void set_up(void)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    fill(train, 0, 3);
    fill(test, 0, 3);
    data = (struct dataset){.name = "toy",
                            .shape = {1, 1, 1},
                            .n_class = 4,
                            .train = {train, train, N},
                            .test = {test, test, N}};
}

static void tear_down(void)
{
    arena_close(&arena);
}

START_TEST(sound_data_raise_none)
{
    ck_assert_int_eq(doubts("toy", SCENARIO_CLASS), 0);
    ck_assert_int_eq(doubts("toy", SCENARIO_TASK), 0);
    ck_assert_int_eq(doubts("toy", SCENARIO_DOMAIN), 0);
}
END_TEST

/* As in EMNIST letters, whose labels are 1 to 26. */
START_TEST(a_class_without_images_is_named)
{
    fill(train, 1, 3);
    fill(test, 1, 3);
    ck_assert_int_eq(doubts("toy", SCENARIO_CLASS), 1);
    ck_assert_str_eq(doubt[0], "toy has no image of class 0, whose output competes all "
                               "the same; do its labels begin at 1?");
}
END_TEST

START_TEST(classes_that_are_tested_only_are_named)
{
    fill(train, 0, 1);
    ck_assert_int_eq(doubts("toy", SCENARIO_CLASS), 1);
    ck_assert_str_eq(doubt[0], "classes 2, 3 of toy are tested, but no task trains on an "
                               "image of them: every answer to them is wrong");
}
END_TEST

/* With masks the two labels of an image never compete. */
START_TEST(a_data_set_joined_with_itself_has_two_labels)
{
    ck_assert_int_eq(doubts("mnist + idx:here + mnist", SCENARIO_CLASS), 1);
    ck_assert_ptr_nonnull(strstr(doubt[0], "mnist is joined with itself"));
    ck_assert_int_eq(doubts("mnist + mnist", SCENARIO_TASK), 0);
    ck_assert_int_eq(doubts("mnist + idx:here", SCENARIO_CLASS), 0);
}
END_TEST

Suite *doubts_suite(void)
{
    Suite *suite = suite_create("doubts");
    TCase *tcase = tcase_create("doubts");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, sound_data_raise_none);
    tcase_add_test(tcase, a_class_without_images_is_named);
    tcase_add_test(tcase, classes_that_are_tested_only_are_named);
    tcase_add_test(tcase, a_data_set_joined_with_itself_has_two_labels);
    suite_add_tcase(suite, tcase);
    return suite;
}
