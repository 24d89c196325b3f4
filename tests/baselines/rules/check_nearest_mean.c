/* The nearest mean followed by hand, on images of one pixel. */
#include <check.h>
#include <math.h>
#include <stddef.h>

#include "core/plug/learner.h"

extern const struct learner learner_nearest_mean;

enum { CLASSES = 3 };

static const uint8_t all[CLASSES] = {1, 1, 1};
static const struct classes among = {all, CLASSES};
static struct arena arena;
static _Alignas(max_align_t) char self[256];

static void open_learner(void)
{
    struct error err = {0};
    struct learner_env env = {.arena = &arena, .image = {1, 1, 1}, .n_out = CLASSES};

    ck_assert_uint_le(learner_nearest_mean.size, sizeof self);
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    ck_assert_int_eq(learner_nearest_mean.init(self, &env, &err), OK);
}

static void close_learner(void)
{
    arena_close(&arena);
}

static double mean_of(int class)
{
    return (double)learner_nearest_mean.weights(self).data[class];
}

/* Class 0 is shown 0 and 1 with the weights 1 and 3, then 2 with the weight 4: its mean
 * is 3/4, then 11/8. A row of no weight changes nothing. The loss is the mean of weight
 * times squared distance, each row after those before it: (3 1 + 0) / 3, then 4 (5/4)^2.
 */
START_TEST(rows_count_by_their_weight)
{
    static const int32_t y[3] = {0, 0, 1}, task[3] = {0};
    static const float weight[3] = {1, 3, 0}, four = 4;
    real x[3] = {0, 1, 9}, two = 2;
    struct batch batch = {.x = mat_of(x, 3, 1),
                          .y = y,
                          .task = task,
                          .competing = &among,
                          .weight = weight};

    ck_assert_double_eq_tol((double)learner_nearest_mean.train(self, &batch, rng_seed(1)),
                            1, 1e-6);
    ck_assert_double_eq_tol(mean_of(0), 0.75, 1e-6);
    ck_assert_double_eq(mean_of(1), 0);
    batch.x = mat_of(&two, 1, 1);
    batch.weight = &four;
    ck_assert_double_eq_tol((double)learner_nearest_mean.train(self, &batch, rng_seed(1)),
                            6.25, 1e-5);
    ck_assert_double_eq_tol(mean_of(0), 1.375, 1e-6);
}
END_TEST

/* Minus the squared distance; a class that was never seen is nobody's nearest. */
START_TEST(scores_by_hand)
{
    static const int32_t y[2] = {0, 2}, task[2] = {0};
    real x[2] = {1, 4}, at = 2, out[CLASSES];
    struct batch batch = {
        .x = mat_of(x, 2, 1), .y = y, .task = task, .competing = &among};

    learner_nearest_mean.train(self, &batch, rng_seed(1));
    learner_nearest_mean.score(self, mat_of(&at, 1, 1), among, rng_seed(1),
                               mat_of(out, 1, CLASSES));
    ck_assert_double_eq_tol((double)out[0], -1, 1e-6);
    ck_assert(isinf(out[1]) && out[1] < 0);
    ck_assert_double_eq_tol((double)out[2], -4, 1e-6);
}
END_TEST

Suite *nearest_mean_suite(void)
{
    Suite *suite = suite_create("nearest_mean");
    TCase *tcase = tcase_create("nearest mean");

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, open_learner, close_learner);
    tcase_add_test(tcase, rows_count_by_their_weight);
    tcase_add_test(tcase, scores_by_hand);
    return suite;
}
