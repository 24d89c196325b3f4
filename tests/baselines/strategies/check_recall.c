/* DER, ER-ACE, LwF, GDumb, A-GEM and GEM around the two weights of tests/support/toy.h, followed
 * by hand. With lr 1 and labels 0 at x = 1 the weights stay w, -w: g_0 = -p_1 + ..., p_1
 * = 1 / (1
 * + e^2w).
 */
#include <check.h>
#include <math.h>

#include "baselines/strategies/teacher.h"
#include "tests/support/toy.h"

extern const struct strategy strategy_replay, strategy_der, strategy_derpp,
    strategy_er_ace, strategy_lwf, strategy_gdumb, strategy_a_gem, strategy_gem;

static const uint8_t pixel[2] = {1, 1};
static const int32_t zero[2] = {0, 0}, either[2] = {0, 1};

static struct toy toy;

static double p1(double w)
{
    return 1 / (1 + exp(2 * w));
}

static void is_at(double w)
{
    ck_assert_double_eq_tol((double)toy.w.data[0], w, 1e-6);
    ck_assert_double_eq_tol((double)toy.w.data[1], -w, 1e-6);
}

/* The row that came at w = 0 had logits 0; alpha mean (z - 0)^2 / 2 over two outputs has
 * the slope alpha w. */
START_TEST(logits_are_those_of_the_first_sight)
{
    toy_open(&toy, &strategy_der, "alpha 0.25 buffer 1 rows 3", 0);
    toy_train(&toy, pixel, zero, 1);
    is_at(0.5);
    toy_train(&toy, pixel, zero, 1);
    is_at(0.5 + p1(0.5) - 0.25 * 0.5);
    toy_close(&toy);
}
END_TEST

static double two(const void *learner)
{
    return 2;
}

/* A learner whose update moves the logits by twice their gradient: from alpha 1/2 on it
 * would go beyond what was stored. */
START_TEST(an_update_goes_no_further_than_to_what_was_stored)
{
    toy_open(&toy, &strategy_der, _i ? "alpha 4 buffer 1" : "alpha 0.5 buffer 1", 0);
    toy.plug.logit_rate = two;
    toy_train(&toy, pixel, zero, 1);
    toy_train(&toy, pixel, zero, 1);
    is_at(0.5 + p1(0.5) - 0.5 * 0.5);
    toy_close(&toy);
}
END_TEST

/* The row that came at w = 1, whose logits were 1 and -1. */
START_TEST(each_stored_row_has_its_own_logits)
{
    double w = 1 + p1(1);

    toy_open(&toy, &strategy_der, "alpha 0.25 buffer 1 rows 1", 0);
    toy.w.data[0] = 1;
    toy.w.data[1] = -1;
    toy_train(&toy, pixel, zero, 1);
    is_at(w);
    toy_train(&toy, pixel, zero, 1);
    is_at(w + p1(w) - 0.25 * (w - 1));
    toy_close(&toy);
}
END_TEST

/* der++ adds beta times the loss of the stored label; two new rows weigh as one would. */
START_TEST(labels_of_a_second_draw_count_too)
{
    const double w = 0.5;

    toy_open(&toy, &strategy_derpp, "alpha 0.25 beta 2 buffer 10", 0);
    toy_train(&toy, pixel, zero, 2);
    is_at(0.5);
    ck_assert_double_eq(toy.rows, 2);
    toy_train(&toy, pixel, zero, 2);
    is_at(w + p1(w) - 0.25 * w + 2 * p1(w));
    toy_close(&toy);
}
END_TEST

/* A label is not replayed by der: the stored row of label 1 pulls to its logits alone. */
START_TEST(labels_are_nothing_to_der)
{
    static const int32_t one = 1;

    toy_open(&toy, &strategy_der, "alpha 0 buffer 1 rows 4", 0);
    toy_train(&toy, pixel, &one, 1);
    is_at(-0.5);
    toy_train(&toy, pixel, zero, 1);
    is_at(-0.5 + p1(-0.5));
    toy_close(&toy);
}
END_TEST

/* A class is pushed down only by rows that came with it: the first row is alone, and so is
 * its replay while no other class was met. The new rows of label 1 leave label 0 alone,
 * which replay pulls up: two rows of weight 2 in a batch of 4. */
START_TEST(new_rows_compete_among_themselves)
{
    static const int32_t ones[2] = {1, 1};
    real loss;

    toy_open(&toy, &strategy_er_ace, "buffer 10", 0);
    ck_assert_double_eq((double)toy_train(&toy, pixel, zero, 1), 0);
    ck_assert_double_eq((double)toy_train(&toy, pixel, zero, 1), 0);
    is_at(0);
    loss = toy_train(&toy, pixel, ones, 2);
    ck_assert_double_eq_tol((double)loss, log(2), 1e-6);
    is_at(p1(0));
    ck_assert_double_eq(toy.rows, 1 + 2 + 4);
    toy_close(&toy);
}
END_TEST

/* The loss of new rows of both labels and two replayed ones of label 0, the weights at w
 * and -w; `after` gets the first weight after the step. */
static double loss_of_both(double w, double *after)
{
    real loss;

    toy_open(&toy, &strategy_er_ace, "buffer 10", 0);
    toy_train(&toy, pixel, zero, 1);
    toy.w.data[0] = (real)w;
    toy.w.data[1] = (real)-w;
    loss = toy_train(&toy, pixel, either, 2);
    *after = (double)toy.w.data[0];
    toy_close(&toy);
    return (double)loss;
}

/* Along w, -w the slope of the loss is the difference of the two gradients: twice one. */
START_TEST(new_and_replayed_rows_are_two_means)
{
    const double w = 0.7, h = 1e-2;
    double after, ignored, slope;

    ck_assert_double_eq_tol(loss_of_both(w, &after),
                            -log(1 - p1(w)) - (log(p1(w)) + log(1 - p1(w))) / 2, 1e-6);
    slope = (loss_of_both(w + h, &ignored) - loss_of_both(w - h, &ignored)) / (2 * h);
    ck_assert_double_eq_tol(after, w - slope / 2, 1e-4);
}
END_TEST

/* T^2 CE(q_old, q) with q = softmax(z / T) has the slope T (q - q_old); q_1 of w, -w at
 * T = 2 is 1 / (1 + e^w). */
START_TEST(the_old_model_teaches)
{
    double old = 0, w = 0.5; /* half of label 0, half of label 1: w stays 0 */

    toy_open(&toy, &strategy_lwf, "strength 3 temperature 2", 0);
    toy_train(&toy, pixel, either, 2);
    is_at(old);
    toy_end(&toy, 0, pixel, either, 2);
    toy_train(&toy, pixel, zero, 1); /* the models are one: nothing is pulled */
    is_at(w);
    toy_train(&toy, pixel, zero, 1);
    is_at(w + p1(w) - 3 * 2 * (1 / (1 + exp(-w)) - 0.5));
    toy_close(&toy);
}
END_TEST

/* Where tasks share their outputs the term stands once for each task that ended: two. The
 * teacher is the model at the end of the second, w = 1/2. */
START_TEST(shared_outputs_are_taught_for_each_past_task)
{
    double w = 0.5 + p1(0.5);

    toy_open(&toy, &strategy_lwf, "strength 3 temperature 2", 0);
    ((struct teacher *)toy.around)->shared = true;
    toy_train(&toy, pixel, either, 2);
    toy_end(&toy, 0, pixel, either, 2);
    toy_train(&toy, pixel, zero, 1);
    is_at(0.5);
    toy_end(&toy, 1, pixel, either, 2);
    toy_train(&toy, pixel, zero, 1);
    is_at(w);
    toy_train(&toy, pixel, zero, 1);
    is_at(w + p1(w) - 2 * 3 * 2 * (1 / (1 + exp(-w)) - 1 / (1 + exp(-0.5))));
    toy_close(&toy);
}
END_TEST

/* With one output taught there is nothing to tell apart. */
START_TEST(only_outputs_that_were_taught_are_kept)
{
    toy_open(&toy, &strategy_lwf, "strength 3 temperature 2 outputs past", 0);
    toy_train(&toy, pixel, zero, 1);
    toy_end(&toy, 0, pixel, zero, 1);
    toy_train(&toy, pixel, zero, 1);
    toy_train(&toy, pixel, zero, 1);
    is_at(0.5 + p1(0.5) + p1(0.5 + p1(0.5)));
    toy_close(&toy);
}
END_TEST

/* Where all outputs are kept, what was never taught counts too: as the_old_model_teaches.
 */
START_TEST(all_outputs_that_compete_can_be_kept)
{
    double w = 0.5;

    toy_open(&toy, &strategy_lwf, "strength 3 temperature 2 outputs all", 0);
    toy_train(&toy, pixel, zero, 1);
    toy_end(&toy, 0, pixel, zero, 1);
    toy_train(&toy, pixel, zero, 1);
    w += p1(w);
    toy_train(&toy, pixel, zero, 1);
    is_at(w + p1(w) - 3 * 2 * (1 / (1 + exp(-w)) - 1 / (1 + exp(-0.5))));
    toy_close(&toy);
}
END_TEST

/* One image stays: each of 3 epochs is one step on it, from w = 0 every time. */
START_TEST(a_dumb_learner_knows_its_memory_alone)
{
    double w = 0;

    toy_open(&toy, &strategy_gdumb, "buffer 1 epochs 3", 0);
    for (int s = 0; s < 3; s++)
        w += p1(w);
    for (int t = 0; t < 2; t++) {
        toy_train(&toy, pixel, zero, 2);
        toy_train(&toy, pixel, zero, 2);
        toy_end(&toy, t, pixel, zero, 2);
        is_at(w);
        ck_assert_int_eq(toy.n_reset, t + 1);
        ck_assert_double_eq(toy.rows, 3 * (t + 1));
    }
    toy_close(&toy);
}
END_TEST

/* All gradients lie along (1, -1). The stored row of label 0 points one way: a row of
 * label 1 points the other, and nothing of it is left; one of label 0 is as without a
 * memory. */
START_TEST(no_step_makes_the_past_worse)
{
    static const int32_t one = 1;

    toy_open(&toy, &strategy_a_gem, "rows 3", 0);
    toy_train(&toy, pixel, zero, 1);
    is_at(0.5);
    ck_assert_double_eq(toy.rows, 1);
    toy_end(&toy, 0, pixel, zero, 1);
    toy_train(&toy, pixel, &one, 1);
    is_at(0.5);
    ck_assert_double_eq(toy.rows, 1 + 1 + 3);
    toy_train(&toy, pixel, zero, 1);
    is_at(0.5 + p1(0.5));
    toy_close(&toy);
}
END_TEST

/* With one past task GEM is the projection of A-GEM: r = (-p, p) of the stored row of
 * label 0, g = (1 - p) (1, -1) of a row of label 1, v = -(g . r) / (r . r + 1e-3). */
START_TEST(one_past_task_is_a_projection)
{
    static const int32_t one = 1;
    double p = p1(0.5), v = 2 * p * (1 - p) / (2 * p * p + 1e-3);

    toy_open(&toy, &strategy_gem, "buffer.per_task 3 margin 0.5", 0);
    toy_train(&toy, pixel, zero, 1);
    is_at(0.5);
    ck_assert_double_eq(toy.rows, 1);
    toy_end(&toy, 0, pixel, zero, 1);
    toy_train(&toy, pixel, &one, 1);
    is_at(0.5 - (1 - p) + v * p);
    ck_assert_double_eq(toy.rows, 1 + 1 + 1);
    toy_close(&toy);
}
END_TEST

/* What a step does to running statistics is by the last gradient (core/plug/learner.h):
 * that of the batch, not of the three rows or the one row remembered. */
START_TEST(the_gradient_of_the_batch_is_the_last)
{
    const struct strategy *strategy = _i ? &strategy_gem : &strategy_a_gem;

    toy_open(&toy, strategy, _i ? "buffer.per_task 3" : "rows 3", 0);
    toy_train(&toy, pixel, zero, 1);
    toy_end(&toy, 0, pixel, zero, 1);
    toy_train(&toy, pixel, either, 2);
    ck_assert_double_eq(toy.rows, 1 + 2 + (_i ? 1 : 3));
    ck_assert_int_eq(toy.asked, 2);
    toy_close(&toy);
}
END_TEST

static void threefold(void *harness, uint8_t *at, int n, struct rng rng)
{
    for (int i = 0; i < n; i++)
        at[i] = (uint8_t)(3 * at[i]);
}

/* As above, but the stored row is x = 3 to the learner: r = (-q, q), q = 3 p_1 at 3 w. */
START_TEST(remembered_images_are_augmented_too)
{
    static const int32_t one = 1;
    double p = p1(0.5), q = 3 * p1(3 * 0.5), v = 2 * q * (1 - p) / (2 * q * q + 1e-3);

    toy_open(&toy, &strategy_gem, "buffer.per_task 3 margin 0.5", 0);
    toy.handle.augment = threefold;
    for (int t = 0; t < 2; t++) {
        toy_train(&toy, pixel, t ? &one : zero, 1);
        toy_end(&toy, t, pixel, zero, 1);
    }
    is_at(0.5 - (1 - p) + v * q);
    toy_close(&toy);
}
END_TEST

START_TEST(a_margin_pushes_beyond_the_projection)
{
    static const int32_t one = 1;
    double p = p1(0.5);

    toy_open(&toy, &strategy_gem, "buffer.per_task 3 margin 4", 0);
    toy_train(&toy, pixel, zero, 1);
    toy_end(&toy, 0, pixel, zero, 1);
    toy_train(&toy, pixel, &one, 1);
    is_at(0.5 - (1 - p) + 4 * p);
    toy_close(&toy);
}
END_TEST

/* Whatever the margin, a gradient that no past task objects to stays as it is. */
START_TEST(what_nobody_objects_to_is_not_turned)
{
    double w = 0.5;

    toy_open(&toy, &strategy_gem, "buffer.per_task 3 margin 4", 0);
    toy_train(&toy, pixel, zero, 1);
    toy_end(&toy, 0, pixel, zero, 1);
    toy_train(&toy, pixel, zero, 1);
    w += p1(w);
    is_at(w);
    toy_end(&toy, 1, pixel, zero, 1);
    toy_train(&toy, pixel, zero, 1);
    w += p1(w);
    is_at(w);
    ck_assert_double_eq(toy.rows, 1 + 2 + 3);
    toy_close(&toy);
}
END_TEST

/* Images, labels and tasks of every slot, logits beside them, the old model, gradients:
 * each a piece of whole cache lines. */
#define PIECE(bytes) (((bytes) + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN)
#define SLOTS(n)     (PIECE(n) + 2 * PIECE(4 * (n)))

START_TEST(what_is_remembered_is_counted)
{
    static const struct {
        const struct strategy *strategy;
        const char *options;
        size_t buffer, gradient;
    } table[] = {
        {&strategy_replay, "buffer.per_class 70", SLOTS(140), 0},
        {&strategy_replay, "buffer 99", SLOTS(99), 0},
        {&strategy_gdumb, "buffer 99", SLOTS(99), 0},
        {&strategy_der, "buffer 99", SLOTS(99) + PIECE(99 * 2 * sizeof(real)), 0},
        {&strategy_derpp, "buffer 99", SLOTS(99) + PIECE(99 * 2 * sizeof(real)), 0},
        {&strategy_er_ace, "buffer 99", SLOTS(99), 0},
        {&strategy_a_gem, "buffer.per_class 70", SLOTS(140), 2 * PIECE(2 * sizeof(real))},
        {&strategy_gem, "buffer.per_task 33", SLOTS(4 * 33),
         PIECE(2 * sizeof(real)) + PIECE(3 * 2 * sizeof(real))},
        {&strategy_lwf, "", PIECE(2 * sizeof(real)), 0},
    };

    toy_open(&toy, table[_i].strategy, table[_i].options, 0);
    ck_assert_uint_eq(toy.arena.now.part[TAG_BUFFER], table[_i].buffer);
    ck_assert_uint_eq(toy.arena.now.part[TAG_GRADIENT], table[_i].gradient);
    toy_close(&toy);
}
END_TEST

Suite *recall_suite(void)
{
    Suite *suite = suite_create("recall");
    TCase *tcase = tcase_create("recall");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, logits_are_those_of_the_first_sight);
    tcase_add_loop_test(tcase, an_update_goes_no_further_than_to_what_was_stored, 0, 2);
    tcase_add_test(tcase, each_stored_row_has_its_own_logits);
    tcase_add_test(tcase, labels_of_a_second_draw_count_too);
    tcase_add_test(tcase, labels_are_nothing_to_der);
    tcase_add_test(tcase, new_rows_compete_among_themselves);
    tcase_add_test(tcase, new_and_replayed_rows_are_two_means);
    tcase_add_test(tcase, the_old_model_teaches);
    tcase_add_test(tcase, shared_outputs_are_taught_for_each_past_task);
    tcase_add_test(tcase, only_outputs_that_were_taught_are_kept);
    tcase_add_test(tcase, all_outputs_that_compete_can_be_kept);
    tcase_add_test(tcase, one_past_task_is_a_projection);
    tcase_add_loop_test(tcase, the_gradient_of_the_batch_is_the_last, 0, 2);
    tcase_add_test(tcase, a_margin_pushes_beyond_the_projection);
    tcase_add_test(tcase, remembered_images_are_augmented_too);
    tcase_add_test(tcase, what_nobody_objects_to_is_not_turned);
    tcase_add_test(tcase, no_step_makes_the_past_worse);
    tcase_add_loop_test(tcase, what_is_remembered_is_counted, 0, 9);
    tcase_add_test(tcase, a_dumb_learner_knows_its_memory_alone);
    return suite;
}
