/* Strategies that are told the task: a network of its own for each, around the two weights
 * of tests/support/toy.h; and gating, against the smaller network that it leaves. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/tiny.h"
#include "tests/support/toy.h"

extern const struct strategy strategy_separate, strategy_xdg;
extern const struct learner learner_backprop;

/* ---------------------------------------------------------------- separate networks */

static const uint8_t on[3][TOY_OUT] = {{1, 0}, {0, 1}, {1, 1}};
static const struct classes competing[] = {
    {on[0], TOY_OUT}, {on[1], TOY_OUT}, {on[2], TOY_OUT}, {on[2], TOY_OUT}};
static const uint8_t pixel[1] = {1};
static const int32_t zero[1] = {0};

static struct toy toy;

/* The score of output 0 for a pixel of 1 in that task: the weight itself. */
static double decides_by(int task)
{
    real x = 1, out[TOY_OUT];

    strategy_separate.prepare(toy.around, rng_seed(1));
    strategy_separate.score(toy.around, mat_of(&x, 1, 1), competing[task], rng_seed(1),
                            mat_of(out, 1, TOY_OUT));
    return (double)out[0];
}

/* From w = 0 a step of label 0 ends at 1/2, and the next one at w + p_1, as in
 * check_recall.c. */
START_TEST(each_task_has_a_network)
{
    struct rng first;
    double twice;

    toy_open(&toy, &strategy_separate, "", 0);
    toy.handle.competing = competing;
    toy_begin(&toy, 0, pixel, zero, 1);
    first = toy.drawn_from; /* whatever else a learner draws is the same for all */
    toy_train(&toy, pixel, zero, 1);
    toy_train(&toy, pixel, zero, 1);
    twice = (double)toy.w.data[0];
    ck_assert_double_eq_tol(twice, 0.5 + 1 / (1 + 2.718281828459045), 1e-6);
    ck_assert_double_eq(decides_by(1), twice); /* no other network is there yet */
    toy_begin(&toy, 1, pixel, zero, 1);
    ck_assert(memcmp(&first, &toy.drawn_from, sizeof first) == 0);
    ck_assert_double_eq((double)toy.w.data[0], 0);
    toy_train(&toy, pixel, zero, 1);
    ck_assert_double_eq_tol(decides_by(1), 0.5, 1e-6);
    ck_assert_double_eq(decides_by(0), twice);
    ck_assert_double_eq_tol((double)toy.w.data[0], 0.5, 1e-6);
    toy_begin(&toy, 0, pixel, zero, 1);
    ck_assert_double_eq((double)toy.w.data[0], twice);
    ck_assert_double_eq_tol(decides_by(1), 0.5, 1e-6);
    ck_assert_double_eq(decides_by(0), twice);
    ck_assert_int_eq(toy.n_reset, 3);
    ck_assert_double_eq(toy.score_flops, 5);
    toy_close(&toy);
}
END_TEST

/* ---------------------------------------------------------------- gating */

enum { INPUTS = TINY_PIXELS, WIDE = 6, NEXT = 4 };

static struct tiny whole, part;
static struct learner_handle handle;
static void *around;
static double rows, flops, score_flops;

static void open_net(struct tiny *tiny, const char *net)
{
    void *self = tiny_options(&learner_backprop, net);

    tiny_set(&learner_backprop, self, "optimizer", "sgd");
    tiny_set(&learner_backprop, self, "lr", "0.5");
    tiny_open(tiny, &learner_backprop, self, 3);
    tiny_mask(tiny);
    for (int i = 0; i < tiny->batch.x.rows; i++)
        tiny->task[i] = 0;
    for (int i = 0; i < tiny->batch.x.rows; i++)
        tiny->y[i] %= 3;
}

static void open_gated(const char *gated)
{
    struct error err = {0};
    struct strategy_env env = {.arena = &whole.arena, .n_task = 2};

    open_net(&whole, "dense 6, tanh, dense 4, tanh");
    handle = (struct learner_handle){.plug = &learner_backprop,
                                     .self = whole.self,
                                     .w = learner_backprop.weights(whole.self),
                                     .n_in = INPUTS,
                                     .n_out = TINY_CLASSES,
                                     .n_train = TINY_TRAIN,
                                     .n_score = TINY_SCORE,
                                     .competing = whole.batch.competing,
                                     .rows = &rows,
                                     .flops = &flops,
                                     .score_flops = &score_flops,
                                     .arena = &whole.arena};
    around = calloc(1, strategy_xdg.size);
    param_defaults(strategy_xdg.params, around);
    ck_assert_int_eq(
        param_set(param_find(strategy_xdg.params, "gated"), around, gated, &err), OK);
    ck_assert_int_eq(strategy_xdg.init(around, &env, &err), OK);
    ck_assert_msg(strategy_xdg.attach(around, &handle, &err) == OK, "%s", err.text);
    strategy_xdg.task_begin(around, &(struct task_view){0}, rng_seed(9));
}

static void close_gated(void)
{
    free(around);
    tiny_close(&whole);
}

static real train_gated(int task)
{
    whole.batch.progress.task = task;
    return strategy_xdg.train(around, &whole.batch, rng_seed(1));
}

/* Where the matrix and the bias of layer l of a net of these widths begin. */
static size_t layer_at(const int *width, int l)
{
    size_t at = 0;

    for (int k = 0; k < l; k++)
        at += (size_t)(width[k] + 1) * (size_t)width[k + 1];
    return at;
}

/* Units of layer l whose incoming weights a step has moved. */
static int moved(const real *before, int l, int32_t *unit)
{
    static const int width[] = {INPUTS, WIDE, NEXT, TINY_CLASSES};
    size_t at = layer_at(width, l);
    int n = 0;

    for (int i = 0; i < width[l + 1]; i++) {
        size_t bias = at + (size_t)width[l] * (size_t)width[l + 1] + (size_t)i;

        if (handle.w.data[bias] != before[bias])
            unit[n++] = i;
    }
    return n;
}

/* The weights between the units `low` and `high` of a layer of the whole net, as a layer of
 * the smaller one. */
static real *cut(real *to, const real *from, const int *width, int l, const int32_t *low,
                 int n_low, const int32_t *high, int n_high)
{
    const real *w = from + layer_at(width, l), *b = w + width[l] * width[l + 1];

    for (int i = 0; i < n_low; i++)
        for (int j = 0; j < n_high; j++)
            *to++ = w[low[i] * width[l + 1] + high[j]];
    for (int j = 0; j < n_high; j++)
        *to++ = b[high[j]];
    return to;
}

static void cut_net(real *to, const real *from, const int32_t *wide, const int32_t *next)
{
    static const int width[] = {INPUTS, WIDE, NEXT, TINY_CLASSES};
    int32_t all[INPUTS];

    for (int i = 0; i < INPUTS; i++)
        all[i] = i;
    to = cut(to, from, width, 0, all, INPUTS, wide, 3);
    to = cut(to, from, width, 1, wide, 3, next, 2);
    cut(to, from, width, 2, next, 2, all, TINY_CLASSES);
}

/* Half of the units off: what is left trains and decides as a net of 3 and 2 units. */
START_TEST(a_gated_net_is_a_smaller_net)
{
    real before[512], left[512], gated[TINY_SCORE * TINY_CLASSES],
        own[TINY_SCORE * TINY_CLASSES];
    struct mat x = tiny_images(&whole, TINY_SCORE);
    int32_t wide[WIDE], next[NEXT];
    struct vec w;

    open_gated("0.5");
    ck_assert_uint_le(handle.w.n, 512);
    memcpy(before, handle.w.data, handle.w.n * sizeof *before);
    train_gated(0);
    ck_assert_int_eq(moved(before, 0, wide), 3);
    ck_assert_int_eq(moved(before, 1, next), 2);
    open_net(&part, "dense 3, tanh, dense 2, tanh");
    w = learner_backprop.weights(part.self);
    cut_net(w.data, before, wide, next);
    tiny_train(&part, 0, 1);
    train_gated(0);
    tiny_train(&part, 1, 1);
    cut_net(left, handle.w.data, wide, next);
    for (size_t i = 0; i < w.n; i++)
        ck_assert_double_eq_tol((double)left[i], (double)w.data[i], 1e-5);
    strategy_xdg.score(around, x, whole.batch.competing[0], rng_seed(1),
                       mat_of(gated, TINY_SCORE, TINY_CLASSES));
    learner_backprop.score(part.self, x, tiny_all(), rng_seed(1),
                           mat_of(own, TINY_SCORE, TINY_CLASSES));
    for (int i = 0; i < TINY_SCORE * TINY_CLASSES; i++)
        ck_assert_double_eq_tol((double)gated[i], (double)own[i], 1e-5);
    tiny_close(&part);
    close_gated();
}
END_TEST

/* A weight moves only where both of its units are on. */
START_TEST(what_is_off_stays)
{
    int32_t wide[WIDE], next[NEXT], other[WIDE];
    int n_wide, n_moved = 0;
    real before[512];

    open_gated("0.5");
    memcpy(before, handle.w.data, handle.w.n * sizeof *before);
    train_gated(0);
    n_wide = moved(before, 0, wide);
    moved(before, 1, next);
    for (size_t i = 0; i < handle.w.n; i++)
        n_moved += handle.w.data[i] != before[i];
    ck_assert_int_le(n_moved, (INPUTS + 1) * 3 + (3 + 1) * 2 + (2 + 1) * TINY_CLASSES);
    memcpy(before, handle.w.data, handle.w.n * sizeof *before);
    train_gated(1);
    ck_assert_int_eq(moved(before, 0, other), n_wide);
    ck_assert(memcmp(wide, other, 3 * sizeof *wide) != 0);
    close_gated();
}
END_TEST

START_TEST(without_gates_it_is_back_propagation)
{
    real loss;

    open_gated("0");
    open_net(&part, "dense 6, tanh, dense 4, tanh");
    loss = train_gated(0);
    ck_assert(tiny_train(&part, 0, 1) == loss);
    ck_assert(memcmp(learner_backprop.weights(part.self).data, handle.w.data,
                     handle.w.n * sizeof(real)) == 0);
    tiny_close(&part);
    close_gated();
}
END_TEST

START_TEST(a_net_without_dense_hidden_units_is_refused)
{
    struct strategy_env env = {.arena = &whole.arena, .n_task = 2};
    struct error err = {0};

    open_net(&whole, "conv 2 3, relu");
    handle = (struct learner_handle){
        .plug = &learner_backprop, .self = whole.self, .arena = &whole.arena};
    around = calloc(1, strategy_xdg.size);
    param_defaults(strategy_xdg.params, around);
    ck_assert_int_eq(strategy_xdg.init(around, &env, &err), OK);
    ck_assert_int_eq(strategy_xdg.attach(around, &handle, &err), ERR_SUITE);
    ck_assert_ptr_nonnull(strstr(err.text, "take a net such as mlp-400-400"));
    close_gated();
}
END_TEST

Suite *told_suite(void)
{
    Suite *suite = suite_create("told");
    TCase *tcase = tcase_create("told");

    tcase_add_test(tcase, each_task_has_a_network);
    tcase_add_test(tcase, a_gated_net_is_a_smaller_net);
    tcase_add_test(tcase, what_is_off_stays);
    tcase_add_test(tcase, without_gates_it_is_back_propagation);
    tcase_add_test(tcase, a_net_without_dense_hidden_units_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
