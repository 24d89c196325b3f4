/* Deep supervision against its two relatives: back-propagation, which it is without the
 * heads, and mono-forward, which it is without what crosses layers. That its gradient is the
 * one of its loss, tests/gradients/gradient_learners.c shows. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "tests/support/tiny.h"

extern const struct learner learner_deep_supervision, learner_mono_forward,
    learner_backprop;

static struct tiny deep, other;

static void open_one(struct tiny *tiny, const struct learner *learner, const char *net,
                     const char *const (*option)[2])
{
    void *self = tiny_options(learner, net);

    for (; (*option)[0]; option++)
        tiny_set(learner, self, (*option)[0], (*option)[1]);
    tiny_open(tiny, learner, self, 7);
    tiny_mask(tiny);
}

#define OPEN(tiny, learner, net, ...)                                                    \
    open_one(tiny, learner, net, (const char *const[][2]){__VA_ARGS__, {NULL, NULL}})

static struct vec weights(const struct tiny *tiny)
{
    return tiny->learner->weights(tiny->self);
}

static bool same_weights(size_t first, size_t end)
{
    return memcmp(weights(&deep).data + first, weights(&other).data + first,
                  (end - first) * sizeof(real)) == 0;
}

static bool same_scores(void)
{
    real one[TINY_SCORE * TINY_CLASSES], two[TINY_SCORE * TINY_CLASSES];
    struct tiny *both[] = {&deep, &other};
    real *out[] = {one, two};

    for (int i = 0; i < TINY_SCORE * TINY_CLASSES; i++)
        one[i] = two[i] = 7; /* which scores overwrite */
    for (int i = 0; i < 2; i++)
        both[i]->learner->score(both[i]->self, tiny_images(both[i], TINY_SCORE),
                                tiny_all(), rng_seed(1),
                                mat_of(out[i], TINY_SCORE, TINY_CLASSES));
    return memcmp(one, two, sizeof one) == 0;
}

static void close_both(void)
{
    tiny_close(&deep);
    tiny_close(&other);
}

START_TEST(without_hidden_losses_it_is_back_propagation)
{
    OPEN(&deep, &learner_deep_supervision, tiny_nets[_i], {"weight", "0"},
         {"bias", "yes"});
    OPEN(&other, &learner_backprop, tiny_nets[_i], {"init", "uniform-fan-in"});
    ck_assert_uint_ge(weights(&deep).n, weights(&other).n);
    for (int step = 0; step < 4; step++) {
        ck_assert(tiny_train(&deep, step, 1) == tiny_train(&other, step, 1));
        ck_assert(same_weights(0, weights(&other).n));
    }
    ck_assert(same_scores());
    close_both();
}
END_TEST

static const char *const one_layer[] = {"mlp-9", "conv 3 3, relu",
                                        "conv 3 3, relu, pool 2"};

/* Nothing can cross one layer, whose head reads units, or means over windows of a map. */
START_TEST(of_one_layer_it_is_mono_forward)
{
    OPEN(&deep, &learner_deep_supervision, one_layer[_i], {"head_inputs", "20"});
    OPEN(&other, &learner_mono_forward, one_layer[_i], {"head_inputs", "20"});
    ck_assert_uint_eq(weights(&deep).n, weights(&other).n);
    ck_assert(same_weights(0, weights(&other).n));
    for (int step = 0; step < 4; step++)
        ck_assert_double_eq_tol((double)tiny_train(&deep, step, 1),
                                (double)tiny_train(&other, step, 1), 1e-6);
    for (size_t i = 0; i < weights(&other).n; i++)
        ck_assert_double_eq_tol((double)weights(&deep).data[i],
                                (double)weights(&other).data[i], 1e-5);
    close_both();
}
END_TEST

enum {
    FIRST = (TINY_PIXELS + 1) * 12,
    SECOND = FIRST + (12 + 1) * 8,
    HEAD_1 = SECOND + 12 * TINY_CLASSES,
    ALL = HEAD_1 + 8 * TINY_CLASSES
};

static double apart(size_t first, size_t end)
{
    double most = 0;

    for (size_t i = first; i < end; i++)
        most = fmax(
            most, fabs((double)weights(&deep).data[i] - (double)weights(&other).data[i]));
    return most;
}

/* One step of SGD from the same weights: the upper layer and both heads go where those of
 * mono-forward go, and the lower layer elsewhere; where the upper head is 0 nothing comes from
 * it, and all go the same way. */
START_TEST(only_what_crosses_a_layer_differs)
{
    bool silent = _i == 1;

    OPEN(&deep, &learner_deep_supervision, "mlp-12-8", {"optimizer", "sgd"});
    OPEN(&other, &learner_mono_forward, "mlp-12-8", {"optimizer", "sgd"});
    ck_assert_uint_eq(weights(&other).n, ALL);
    ck_assert(same_weights(0, ALL));
    if (silent) {
        memset(weights(&deep).data + HEAD_1, 0, (ALL - HEAD_1) * sizeof(real));
        memset(weights(&other).data + HEAD_1, 0, (ALL - HEAD_1) * sizeof(real));
    }
    tiny_train(&deep, 0, 1);
    tiny_train(&other, 0, 1);
    ck_assert_double_lt(apart(FIRST, ALL), 1e-6);
    if (silent)
        ck_assert_double_lt(apart(0, FIRST), 1e-6);
    else
        ck_assert_double_gt(apart(0, FIRST), 1e-4);
    close_both();
}
END_TEST

/* Of a quarter of the weight the step of the lower head is a quarter, that of the upper one
 * the same. */
START_TEST(the_weight_is_that_of_the_hidden_losses)
{
    real before[ALL];

    OPEN(&deep, &learner_deep_supervision, "mlp-12-8", {"optimizer", "sgd"},
         {"weight", "0.25"});
    OPEN(&other, &learner_deep_supervision, "mlp-12-8", {"optimizer", "sgd"});
    memcpy(before, weights(&deep).data, sizeof before);
    tiny_train(&deep, 0, 1);
    tiny_train(&other, 0, 1);
    for (int i = SECOND; i < HEAD_1; i++)
        ck_assert_double_eq_tol(4 * (double)(weights(&deep).data[i] - before[i]),
                                (double)(weights(&other).data[i] - before[i]), 1e-6);
    ck_assert_double_lt(apart(HEAD_1, ALL), 1e-7);
    close_both();
}
END_TEST

START_TEST(it_decides_as_mono_forward)
{
    const char *net = tiny_nets[_i / 2], *decision = _i % 2 ? "sum" : "last";

    OPEN(&deep, &learner_deep_supervision, net, {"decision", decision});
    OPEN(&other, &learner_mono_forward, net, {"decision", decision});
    ck_assert(same_scores());
    close_both();
}
END_TEST

Suite *deep_supervision_suite(void)
{
    Suite *suite = suite_create("deep_supervision");
    TCase *tcase = tcase_create("deep_supervision");

    tcase_add_loop_test(tcase, without_hidden_losses_it_is_back_propagation, 0,
                        TINY_NETS);
    tcase_add_loop_test(tcase, of_one_layer_it_is_mono_forward, 0, 3);
    tcase_add_loop_test(tcase, only_what_crosses_a_layer_differs, 0, 2);
    tcase_add_test(tcase, the_weight_is_that_of_the_hidden_losses);
    tcase_add_loop_test(tcase, it_decides_as_mono_forward, 0, 2 * TINY_NETS);
    suite_add_tcase(suite, tcase);
    return suite;
}
