#include "tests/support/stream_fixture.h"

extern const struct stream stream_sequence;

/* Three data sets with 2, 3 and 1 classes, joined. */
static const uint8_t train_label[] = {1, 0, 4, 2, 3, 5, 5}, test_label[] = {0, 2, 4, 5};

static const struct dataset toy = {
    .name = "a + b + c",
    .shape = {1, 1, 1},
    .n_class = 6,
    .train = {train_label, train_label, 7},
    .test = {test_label, test_label, 4},
    .n_part = 3,
    .part_classes = {2, 3, 1},
};

static void setup(void)
{
    stream_open(&stream_sequence);
}

static enum status start(const struct dataset *data, struct error *err)
{
    return stream_init(&stream_sequence, data, 0, err);
}

static void expect(int task, enum part part, int n, const int32_t *row,
                   const int32_t *label)
{
    stream_expect_rows(&stream_sequence, task, part, n, row, label);
}

START_TEST(a_task_is_a_data_set)
{
    static const int first[] = {0, 2, 5}, n[] = {2, 3, 1};
    struct error err = {0};

    ck_assert_int_eq(start(&toy, &err), OK);
    ck_assert_int_eq(stream_sequence.n_task(state), 3);
    for (int t = 0; t < 3; t++) {
        ck_assert_int_eq(stream_sequence.classes(state, t).first, first[t]);
        ck_assert_int_eq(stream_sequence.classes(state, t).n, n[t]);
    }
    expect(0, PART_TRAIN, 2, (int32_t[]){0, 1}, (int32_t[]){1, 0});
    expect(1, PART_TRAIN, 3, (int32_t[]){2, 3, 4}, (int32_t[]){4, 2, 3});
    expect(2, PART_TRAIN, 2, (int32_t[]){5, 6}, (int32_t[]){5, 5});
    expect(1, PART_TEST, 2, (int32_t[]){1, 2}, (int32_t[]){2, 4});
}
END_TEST

START_TEST(one_data_set_is_no_sequence)
{
    struct dataset one = toy;
    struct error err = {0};

    one.n_part = 0;
    ck_assert_int_eq(start(&one, &err), ERR_SUITE);
    ck_assert_str_eq(err.text, "sequence needs several data sets, such as dataset: "
                               "mnist + fashion-mnist, not a + b + c alone");
}
END_TEST

START_TEST(little_memory)
{
    struct error err = {0};
    size_t whole;

    ck_assert_int_eq(start(&toy, &err), OK);
    whole = arena.now.total;
    for (size_t limit = ARENA_ALIGN; limit < whole; limit += ARENA_ALIGN) {
        struct error full = {0};

        arena_close(&arena);
        ck_assert_int_eq(arena_open(&arena, limit, &full), OK);
        ck_assert_int_eq(start(&toy, &full), ERR_MEMORY);
    }
}
END_TEST

Suite *sequence_suite(void)
{
    Suite *suite = suite_create("sequence");
    TCase *tcase = tcase_create("sequence");

    tcase_add_checked_fixture(tcase, setup, stream_close);
    tcase_add_test(tcase, a_task_is_a_data_set);
    tcase_add_test(tcase, one_data_set_is_no_sequence);
    tcase_add_test(tcase, little_memory);
    suite_add_tcase(suite, tcase);
    return suite;
}
