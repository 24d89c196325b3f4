#include "tests/support/stream_fixture.h"

extern const struct stream stream_split;

/* Six classes, two training images and one test image of each, in this order. */
static const uint8_t train_label[] = {3, 0, 5, 1, 4, 2, 2, 5, 0, 4, 1, 3};
static const uint8_t test_label[] = {5, 4, 3, 2, 1, 0};
enum { N_TRAIN = 12, N_TEST = 6, N_CLASS = 6 };

static const struct dataset toy = {
    .name = "toy",
    .shape = {1, 1, 1},
    .n_class = N_CLASS,
    .train = {train_label, train_label, N_TRAIN},
    .test = {test_label, test_label, N_TEST},
};

static void setup(void)
{
    stream_open(&stream_split);
}

static enum status start(const struct dataset *data, const char *tasks,
                         const char *classes, uint64_t seed, struct error *err)
{
    stream_set(&stream_split, "tasks", tasks);
    stream_set(&stream_split, "classes", classes);
    return stream_init(&stream_split, data, seed, err);
}

static void expect_rows(int task, enum part part, int n, const int32_t *row,
                        const int32_t *label)
{
    stream_expect_rows(&stream_split, task, part, n, row, label);
}

START_TEST(natural)
{
    struct error err = {0};

    ck_assert_int_eq(start(&toy, "3", "natural", 1, &err), OK);
    ck_assert_int_eq(stream_split.n_task(state), 3);
    expect_rows(0, PART_TRAIN, 4, (int32_t[]){1, 3, 8, 10}, (int32_t[]){0, 1, 0, 1});
    expect_rows(1, PART_TRAIN, 4, (int32_t[]){0, 5, 6, 11}, (int32_t[]){3, 2, 2, 3});
    expect_rows(2, PART_TRAIN, 4, (int32_t[]){2, 4, 7, 9}, (int32_t[]){5, 4, 5, 4});
    expect_rows(0, PART_TEST, 2, (int32_t[]){4, 5}, (int32_t[]){1, 0});
    expect_rows(2, PART_TEST, 2, (int32_t[]){0, 1}, (int32_t[]){5, 4});
    ck_assert_int_eq(stream_split.classes(state, 2).first, 4);
    ck_assert_int_eq(stream_split.classes(state, 2).n, 2);
    ck_assert_uint_eq(arena.now.total, arena.now.part[TAG_FIXED]);
}
END_TEST

/* Stream class of data class 0 ... 5 in the order 3 1 4 0 5 2: 3 1 5 0 2 4. */
START_TEST(explicit_order)
{
    static const char *const written[] = {"3 1 4 0 5 2", "3,1,4,0,5,2",
                                          " 3, 1, 4, 0, 5, 2"};
    struct error err = {0};

    ck_assert_int_eq(start(&toy, "2", written[_i], 1, &err), OK);
    expect_rows(0, PART_TRAIN, 6, (int32_t[]){0, 3, 4, 9, 10, 11},
                (int32_t[]){0, 1, 2, 2, 1, 0});
    expect_rows(1, PART_TRAIN, 6, (int32_t[]){1, 2, 5, 6, 7, 8},
                (int32_t[]){3, 4, 5, 5, 4, 3});
    expect_rows(1, PART_TEST, 3, (int32_t[]){0, 3, 5}, (int32_t[]){4, 5, 3});
    ck_assert_int_eq(stream_split.classes(state, 1).first, 3);
    ck_assert_int_eq(stream_split.classes(state, 1).n, 3);
}
END_TEST

static void set(const char *option, const char *value)
{
    struct error err = {0};

    ck_assert_int_eq(
        param_set(param_find(stream_split.params, option), state, value, &err), OK);
}

/* Groups 4 | 0 5 2 | 3 1: stream class of data class 0 ... 5 is 1 5 3 4 0 2. */
START_TEST(groups)
{
    static const char *const written[] = {"4 / 0 5 2 / 3 1", "4/0,5,2/3, 1"};
    struct error err = {0};

    ck_assert_int_eq(start(&toy, "3", written[_i], 1, &err), OK);
    ck_assert_int_eq(stream_split.n_task(state), 3);
    expect_rows(0, PART_TRAIN, 2, (int32_t[]){4, 9}, (int32_t[]){0, 0});
    expect_rows(1, PART_TRAIN, 6, (int32_t[]){1, 2, 5, 6, 7, 8},
                (int32_t[]){1, 2, 3, 3, 2, 1});
    expect_rows(2, PART_TRAIN, 4, (int32_t[]){0, 3, 10, 11}, (int32_t[]){4, 5, 5, 4});
    expect_rows(1, PART_TEST, 3, (int32_t[]){0, 3, 5}, (int32_t[]){2, 3, 1});
    ck_assert_int_eq(stream_split.classes(state, 1).first, 1);
    ck_assert_int_eq(stream_split.classes(state, 1).n, 3);
    ck_assert_int_eq(stream_split.classes(state, 2).first, 4);
    ck_assert_int_eq(stream_split.classes(state, 2).n, 2);
}
END_TEST

/* start, but with sizes. */
static enum status start_sized(const char *tasks, const char *classes, const char *sizes,
                               struct error *err)
{
    struct stream_env env = {.arena = &arena, .data = &toy, .rng = rng_seed(1)};

    param_defaults(stream_split.params, state);
    set("tasks", tasks);
    set("classes", classes);
    set("sizes", sizes);
    return stream_split.init(state, &env, err);
}

START_TEST(sizes)
{
    static const char *const written[] = {"1 3 2", "1, 3,2"};
    struct error err = {0};

    ck_assert_int_eq(start_sized("3", "4 0 5 2 3 1", written[_i], &err), OK);
    expect_rows(0, PART_TRAIN, 2, (int32_t[]){4, 9}, (int32_t[]){0, 0});
    expect_rows(1, PART_TRAIN, 6, (int32_t[]){1, 2, 5, 6, 7, 8},
                (int32_t[]){1, 2, 3, 3, 2, 1});
    ck_assert_int_eq(stream_split.classes(state, 2).first, 4);
    ck_assert_int_eq(stream_split.classes(state, 2).n, 2);
    ck_assert_int_eq(start_sized("2", "shuffled", "5 1", &err), OK);
    ck_assert_int_eq(stream_split.subset(state, 0, PART_TEST).n, 5);
    ck_assert_int_eq(stream_split.subset(state, 1, PART_TRAIN).n, 2);
}
END_TEST

static const struct {
    const char *tasks, *classes, *sizes, *said;
} wrong_sizes[] = {
    {"2", "natural", "5 2",
     "sizes: '2' is neither equal nor a number from 1 to 1, the classes of toy that are "
     "left for it"},
    {"2", "natural", "0 6",
     "sizes: '0' is neither equal nor a number from 1 to 6, the classes of toy that are "
     "left for it"},
    {"2", "natural", "half",
     "sizes: 'half' is neither equal nor a number from 1 to 6, the classes of toy that "
     "are left for it"},
    {"2", "natural", "2 3", "sizes: 5 classes in all, but toy has 6"},
    {"2", "natural", "2 3 1", "tasks: 2, but 'sizes' has 3 numbers; write tasks: 3"},
    {"2", "0 1 / 2 3 4 5", "2 4",
     "sizes: the groups of 'classes' say it already; remove one of the two"},
};

START_TEST(sizes_mistaken)
{
    struct error err = {0};

    ck_assert_int_eq(start_sized(wrong_sizes[_i].tasks, wrong_sizes[_i].classes,
                                 wrong_sizes[_i].sizes, &err),
                     ERR_SUITE);
    ck_assert_str_eq(err.text, wrong_sizes[_i].said);
}
END_TEST

/* order[k]: the class of the data set that has number k in the stream. Every row must be
 * there once, and training and test must agree. */
static void read_order(int *order)
{
    int rows = 0;

    for (int k = 0; k < N_CLASS; k++)
        order[k] = -1;
    for (int t = 0; t < N_CLASS; t++) {
        struct subset train = stream_split.subset(state, t, PART_TRAIN);
        struct subset test = stream_split.subset(state, t, PART_TEST);

        ck_assert_int_eq(test.n, 1);
        order[t] = test_label[test.row[0]];
        ck_assert_int_eq(test.label[0], t);
        for (int i = 0; i < train.n; i++, rows++) {
            ck_assert_int_eq(train.label[i], t);
            ck_assert_int_eq(train_label[train.row[i]], order[t]);
        }
    }
    ck_assert_int_eq(rows, N_TRAIN);
}

/* Each of the 6 classes must come first in about a sixth of the streams: within 5
 * standard deviations, sqrt(600 / 6 * 5 / 6) = 9.1. */
START_TEST(shuffled)
{
    int order[N_CLASS], again[N_CLASS], first[N_CLASS] = {0};
    struct error err = {0};

    for (uint64_t seed = 0; seed < 600; seed++) {
        ck_assert_int_eq(start(&toy, "6", "shuffled", seed, &err), OK);
        read_order(order);
        ck_assert_int_eq(start(&toy, "6", "shuffled", seed, &err), OK);
        read_order(again);
        ck_assert_mem_eq(order, again, sizeof order);
        first[order[0]]++;
    }
    for (int c = 0; c < N_CLASS; c++)
        ck_assert_msg(abs(first[c] - 100) < 46, "class %d is first %d times", c,
                      first[c]);
}
END_TEST

START_TEST(default_text)
{
    const struct param *row;

    param_defaults(stream_split.params, state);
    row = param_find(stream_split.params, "tasks");
    ck_assert_int_eq(*(int *)((char *)state + row->offset), 5);
    row = param_find(stream_split.params, "classes");
    ck_assert_str_eq((char *)state + row->offset, "shuffled");
}
END_TEST

static const struct {
    const char *tasks, *classes, *said;
} mistakes[] = {
    {"4", "natural",
     "tasks: the 6 classes of toy cannot be split into 4 equal tasks; write tasks: 3, or "
     "'sizes' for unequal ones"},
    {"12", "natural",
     "tasks: the 6 classes of toy cannot be split into 12 equal tasks; write tasks: 6, "
     "or 'sizes' for unequal ones"},
    {"3", "3 1 4 0 5", "classes: class 2 is missing; name each of the 6 once"},
    {"3", "3 1 4 0 5 2 3", "classes: class 3 is named twice"},
    {"3", "3 1 4 0 5 6",
     "classes: '6' is neither shuffled, natural nor a class from 0 to 5"},
    {"3", "3 1 4 0 5 -2",
     "classes: '-2' is neither shuffled, natural nor a class from 0 to 5"},
    {"3", "99999999999999999999",
     "classes: '99999999999999999999' is neither shuffled, natural nor a class from 0 to "
     "5"},
    {"3", "shufled",
     "classes: 'shufled' is neither shuffled, natural nor a class from 0 to 5"},
    {"3", "", "classes: class 0 is missing; name each of the 6 once"},
    {"3", "0 1 / / 2 3 4 5", "classes: group 2 is empty"},
    {"2", "0 1 / 2 3 4", "classes: class 5 is missing; name each of the 6 once"},
    {"2", "0 1 / 2 3 4 5 1", "classes: class 1 is named twice"},
    {"3", "0 1 / 2 3 4 5", "tasks: 3, but 'classes' has 2 groups; write tasks: 2"},
};

START_TEST(mistaken)
{
    struct error err = {0};

    ck_assert_int_eq(start(&toy, mistakes[_i].tasks, mistakes[_i].classes, 1, &err),
                     ERR_SUITE);
    ck_assert_str_eq(err.text, mistakes[_i].said);
}
END_TEST

START_TEST(empty_task)
{
    struct dataset less = toy;
    struct error err = {0};

    less.test.n = 4; /* classes 5 4 3 2 */
    ck_assert_int_eq(start(&less, "3", "natural", 1, &err), ERR_DATA);
    ck_assert_str_eq(err.text, "toy has no test images of the classes of task 1");
}
END_TEST

/* Every amount of memory that is too small ends in the same error. */
START_TEST(little_memory)
{
    struct error err = {0};
    size_t whole;

    ck_assert_int_eq(start(&toy, "3", "natural", 1, &err), OK);
    whole = arena.now.total;
    for (size_t limit = ARENA_ALIGN; limit < whole; limit += ARENA_ALIGN) {
        struct error full = {0};

        arena_close(&arena);
        ck_assert_int_eq(arena_open(&arena, limit, &full), OK);
        ck_assert_int_eq(start(&toy, "3", "natural", 1, &full), ERR_MEMORY);
    }
}
END_TEST

Suite *split_suite(void)
{
    Suite *suite = suite_create("split");
    TCase *tcase = tcase_create("split");

    tcase_add_checked_fixture(tcase, setup, stream_close);
    tcase_add_test(tcase, natural);
    tcase_add_loop_test(tcase, explicit_order, 0, 3);
    tcase_add_loop_test(tcase, groups, 0, 2);
    tcase_add_loop_test(tcase, sizes, 0, 2);
    tcase_add_loop_test(tcase, sizes_mistaken, 0,
                        sizeof wrong_sizes / sizeof *wrong_sizes);
    tcase_add_test(tcase, shuffled);
    tcase_add_test(tcase, default_text);
    tcase_add_loop_test(tcase, mistaken, 0, sizeof mistakes / sizeof *mistakes);
    tcase_add_test(tcase, empty_task);
    tcase_add_test(tcase, little_memory);
    suite_add_tcase(suite, tcase);
    return suite;
}
