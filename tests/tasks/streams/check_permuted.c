#include "tests/support/stream_fixture.h"

extern const struct stream stream_permuted;

enum { N_TRAIN = 5, N_TEST = 3, N_CLASS = 3, HEIGHT = 4, WIDTH = 3, CHANNELS = 3 };
enum { N_POSITION = HEIGHT * WIDTH, PIXELS = N_POSITION * CHANNELS };

static const uint8_t train_label[] = {2, 0, 1, 1, 0}, test_label[] = {1, 2, 0};

static const struct dataset toy = {
    .name = "toy",
    .shape = {HEIGHT, WIDTH, CHANNELS},
    .n_class = N_CLASS,
    .train = {train_label, train_label, N_TRAIN},
    .test = {test_label, test_label, N_TEST},
};

static void setup(void)
{
    stream_open(&stream_permuted);
}

static enum status start(const char *tasks, const char *first, uint64_t seed,
                         struct error *err)
{
    stream_set(&stream_permuted, "tasks", tasks);
    stream_set(&stream_permuted, "first", first);
    return stream_init(&stream_permuted, &toy, seed, err);
}

/* from[p]: where the pixel comes from that the task shows at p. Channels must stay
 * together and every position must be used once. */
static void read_permutation(int task, int *from)
{
    uint8_t image[PIXELS], out[PIXELS];
    unsigned seen = 0;

    for (int i = 0; i < PIXELS; i++)
        image[i] = (uint8_t)i;
    stream_permuted.render(state, task, image, out);
    for (int p = 0; p < N_POSITION; p++) {
        from[p] = out[p * CHANNELS] / CHANNELS;
        for (int c = 0; c < CHANNELS; c++)
            ck_assert_int_eq(out[p * CHANNELS + c], from[p] * CHANNELS + c);
        seen |= 1u << from[p];
    }
    ck_assert_uint_eq(seen, (1u << N_POSITION) - 1);
}

START_TEST(rows)
{
    struct error err = {0};

    ck_assert_int_eq(start("4", "permuted", 1, &err), OK);
    ck_assert_int_eq(stream_permuted.n_task(state), 4);
    for (int t = 0; t < 4; t++) {
        struct subset train = stream_permuted.subset(state, t, PART_TRAIN);
        struct subset test = stream_permuted.subset(state, t, PART_TEST);

        ck_assert_int_eq(stream_permuted.classes(state, t).first, 3 * t);
        ck_assert_int_eq(stream_permuted.classes(state, t).n, 3);
        ck_assert_int_eq(train.n, N_TRAIN);
        ck_assert_int_eq(test.n, N_TEST);
        for (int i = 0; i < N_TRAIN; i++) {
            ck_assert_int_eq(train.row[i], i);
            ck_assert_int_eq(train.label[i], 3 * t + train_label[i]);
        }
        for (int i = 0; i < N_TEST; i++) {
            ck_assert_int_eq(test.row[i], i);
            ck_assert_int_eq(test.label[i], 3 * t + test_label[i]);
        }
    }
    ck_assert_uint_eq(arena.now.total, arena.now.part[TAG_FIXED]);
}
END_TEST

START_TEST(natural_first)
{
    int from[N_POSITION], moved = 0;
    struct error err = {0};

    ck_assert_int_eq(start("2", "natural", 1, &err), OK);
    read_permutation(0, from);
    for (int p = 0; p < N_POSITION; p++)
        ck_assert_int_eq(from[p], p);
    read_permutation(1, from);
    for (int p = 0; p < N_POSITION; p++)
        moved += from[p] != p;
    ck_assert_int_gt(moved, N_POSITION / 2);
}
END_TEST

/* A task's permutation depends on seed and task alone, not on how many tasks there are
 * nor on what the first one is. */
START_TEST(reproducible)
{
    int from[8][N_POSITION], again[N_POSITION];
    struct error err = {0};

    ck_assert_int_eq(start("8", "permuted", 7, &err), OK);
    for (int t = 0; t < 8; t++)
        read_permutation(t, from[t]);
    ck_assert_int_eq(start("3", "natural", 7, &err), OK);
    for (int t = 1; t < 3; t++) {
        read_permutation(t, again);
        ck_assert_mem_eq(again, from[t], sizeof again);
    }
}
END_TEST

/* Over tasks and seeds every position must show each pixel equally often: 1200 / 12
 * times, within 5 standard deviations, sqrt(100 * 11 / 12) = 9.6. */
START_TEST(uniform)
{
    int count[N_POSITION][N_POSITION] = {{0}}, from[N_POSITION];
    struct error err = {0};

    for (uint64_t seed = 0; seed < 300; seed++) {
        ck_assert_int_eq(start("4", "permuted", seed, &err), OK);
        for (int t = 0; t < 4; t++) {
            read_permutation(t, from);
            for (int p = 0; p < N_POSITION; p++)
                count[p][from[p]]++;
        }
    }
    for (int p = 0; p < N_POSITION; p++)
        for (int q = 0; q < N_POSITION; q++)
            ck_assert_msg(abs(count[p][q] - 100) < 48, "%d from %d: %d times", p, q,
                          count[p][q]);
}
END_TEST

START_TEST(default_text)
{
    struct stream_env env = {.arena = &arena, .data = &toy, .rng = rng_seed(1)};
    int from[N_POSITION], moved = 0;
    struct error err = {0};

    param_defaults(stream_permuted.params, state);
    ck_assert_int_eq(stream_permuted.init(state, &env, &err), OK);
    ck_assert_int_eq(stream_permuted.n_task(state), 10);
    read_permutation(0, from);
    for (int p = 0; p < N_POSITION; p++)
        moved += from[p] != p;
    ck_assert_int_gt(moved, N_POSITION / 2);
}
END_TEST

/* Every amount of memory that is too small ends in the same error. */
START_TEST(little_memory)
{
    struct error err = {0};
    size_t whole;

    ck_assert_int_eq(start("3", "permuted", 1, &err), OK);
    whole = arena.now.total;
    for (size_t limit = ARENA_ALIGN; limit < whole; limit += ARENA_ALIGN) {
        struct error full = {0};

        arena_close(&arena);
        ck_assert_int_eq(arena_open(&arena, limit, &full), OK);
        ck_assert_int_eq(start("3", "permuted", 1, &full), ERR_MEMORY);
    }
}
END_TEST

Suite *permuted_suite(void)
{
    Suite *suite = suite_create("permuted");
    TCase *tcase = tcase_create("permuted");

    tcase_add_checked_fixture(tcase, setup, stream_close);
    tcase_add_test(tcase, rows);
    tcase_add_test(tcase, natural_first);
    tcase_add_test(tcase, reproducible);
    tcase_add_test(tcase, uniform);
    tcase_add_test(tcase, default_text);
    tcase_add_test(tcase, little_memory);
    suite_add_tcase(suite, tcase);
    return suite;
}
