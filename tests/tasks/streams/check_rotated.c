#include "tests/support/stream_fixture.h"

extern const struct stream stream_rotated;

/* Two classes; images of 3 x 3, the first 1 ... 9. */
static const uint8_t image[9] = {10, 20, 30, 40, 50, 60, 70, 80, 90};
static const uint8_t label[2] = {0, 1};
static const struct dataset toy = {
    .name = "toy",
    .shape = {3, 3, 1},
    .n_class = 2,
    .train = {image, label, 1},
    .test = {image, label, 1},
};

static struct error err;

static void setup(void)
{
    err = (struct error){0};
    stream_open(&stream_rotated);
}

static void set(const char *name, const char *value)
{
    stream_set(&stream_rotated, name, value);
}

static enum status start(const struct dataset *data, uint64_t seed)
{
    return stream_init(&stream_rotated, data, seed, &err);
}

/* Counter-clockwise: what stood at the right stands on top. */
START_TEST(quarter_turns)
{
    static const char *const how[] = {"nearest", "bilinear"};
    static const uint8_t turned[4][9] = {
        {10, 20, 30, 40, 50, 60, 70, 80, 90},
        {30, 60, 90, 20, 50, 80, 10, 40, 70},
        {90, 80, 70, 60, 50, 40, 30, 20, 10},
        {70, 40, 10, 80, 50, 20, 90, 60, 30},
    };
    uint8_t out[9];

    set("tasks", "4");
    set("angles", "0, 90, 180, 270");
    set("interpolation", how[_i]);
    ck_assert_int_eq(start(&toy, 1), OK);
    for (int t = 0; t < 4; t++) {
        stream_rotated.render(state, t, image, out);
        ck_assert_mem_eq(out, turned[t], sizeof out);
    }
}
END_TEST

/* By 45 degrees the top middle comes from (0.29, 1.71): nearest (0, 2) = 30; bilinear
 * .7071 (.2929 20 + .7071 30) + .2929 (.2929 50 + .7071 60) = 35.9. The top left comes
 * from
 * (-0.41, 1): nearest (0, 1) = 20, bilinear .5858 of it and the rest from outside. */
START_TEST(an_eighth_of_a_turn)
{
    uint8_t out[9];

    set("tasks", "1");
    set("angles", "45");
    ck_assert_int_eq(start(&toy, 1), OK);
    stream_rotated.render(state, 0, image, out);
    ck_assert_uint_eq(out[4], 50);
    ck_assert_uint_eq(out[0], 20);
    ck_assert_uint_eq(out[1], 30);
    ck_assert_uint_eq(out[5], 90);
    arena_close(&arena);
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    set("interpolation", "bilinear");
    ck_assert_int_eq(start(&toy, 1), OK);
    stream_rotated.render(state, 0, image, out);
    ck_assert_uint_eq(out[4], 50);
    ck_assert_uint_eq(out[1], 36);
    ck_assert_uint_eq(out[0], 12);
}
END_TEST

START_TEST(tasks_have_all_images_and_classes_of_their_own)
{
    ck_assert_int_eq(start(&toy, 1), OK);
    ck_assert_int_eq(stream_rotated.n_task(state), 20);
    for (int t = 0; t < 20; t++) {
        ck_assert_int_eq(stream_rotated.subset(state, t, PART_TRAIN).n, 1);
        ck_assert_int_eq(stream_rotated.subset(state, t, PART_TEST).label[0], 2 * t);
        ck_assert_int_eq(stream_rotated.classes(state, t).first, 2 * t);
        ck_assert_int_eq(stream_rotated.classes(state, t).n, 2);
    }
}
END_TEST

/* A bright pixel 50 to the right of the centre tells the angle to about a degree. */
enum { SIDE = 101, MIDDLE = 50 };

static int angle_of(int task)
{
    static uint8_t bright[SIDE * SIDE], out[SIDE * SIDE];
    int best = -1;
    double most = -1;

    memset(bright, 0, sizeof bright);
    for (int j = MIDDLE; j < SIDE; j++)
        bright[MIDDLE * SIDE + j] = 200;
    stream_rotated.render(state, task, bright, out);
    for (int degrees = 0; degrees < 360; degrees++) {
        double sum = 0;

        for (int r = 5; r < MIDDLE; r++) {
            int i =
                (int)(MIDDLE - r * __builtin_sin(degrees * 3.14159265358979 / 180) + .5);
            int j =
                (int)(MIDDLE + r * __builtin_cos(degrees * 3.14159265358979 / 180) + .5);

            sum += out[i * SIDE + j];
        }
        if (sum > most) {
            most = sum;
            best = degrees;
        }
    }
    return best;
}

START_TEST(angles_come_from_their_part_of_the_range)
{
    static const char *const kinds[] = {"fixed", "binned", "random"};
    struct dataset large = toy;
    int below = 0;

    large.shape = (struct shape){SIDE, SIDE, 1};
    set("angles", kinds[_i]);
    ck_assert_int_eq(start(&large, 3), OK);
    for (int t = 0; t < 20; t++) {
        int angle = angle_of(t);

        if (_i == 0)
            ck_assert_int_le(abs(angle - 9 * t), 1);
        if (_i == 1)
            ck_assert(angle >= 9 * t - 1 && angle <= 9 * t + 10);
        ck_assert(angle >= 0 && angle <= 181);
        below += angle < 9 * t - 1 || angle > 9 * t + 10;
    }
    ck_assert(_i == 2 ? below > 5 : below == 0);
}
END_TEST

static const struct {
    const char *tasks, *angles, *said;
} mistakes[] = {
    {"2", "0 30 60", "angles: 3 given for tasks: 2"},
    {"2", "0", "angles: 1 given for tasks: 2"},
    {"2", "radom",
     "angles: 'radom' is neither binned, random, fixed nor an angle in degrees"},
    {"2", "0 nan",
     "angles: 'nan' is neither binned, random, fixed nor an angle in degrees"},
};

START_TEST(mistaken)
{
    set("tasks", mistakes[_i].tasks);
    set("angles", mistakes[_i].angles);
    ck_assert_int_eq(start(&toy, 1), ERR_SUITE);
    ck_assert_str_eq(err.text, mistakes[_i].said);
}
END_TEST

Suite *rotated_suite(void)
{
    Suite *suite = suite_create("rotated");
    TCase *tcase = tcase_create("rotated");

    tcase_add_checked_fixture(tcase, setup, stream_close);
    tcase_add_loop_test(tcase, quarter_turns, 0, 2);
    tcase_add_test(tcase, an_eighth_of_a_turn);
    tcase_add_test(tcase, tasks_have_all_images_and_classes_of_their_own);
    tcase_add_loop_test(tcase, angles_come_from_their_part_of_the_range, 0, 3);
    tcase_add_loop_test(tcase, mistaken, 0, sizeof mistakes / sizeof *mistakes);
    suite_add_tcase(suite, tcase);
    return suite;
}
