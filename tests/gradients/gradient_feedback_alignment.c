/* With the weights as feedback, feedback alignment is back-propagation, in any net; so is
 * the direct form in a linear net, with the product of the weights above as feedback, and
 * in any net at the output. What it does below a pool is worked out by plain loops. One
 * step of SGD with lr 1 moves the weights by the gradient; the feedback matrices are the
 * learner's fixed pieces, in the order of the layers. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/reference.h"
#include "tests/support/tiny.h"

extern const struct learner learner_backprop, learner_fa, learner_dfa;

enum { A = 7, B = 4, FIRST = (TINY_PIXELS + 1) * A, SECOND = (A + 1) * B };

static double *piece(struct tiny *tiny, enum tag tag, int which)
{
    for (size_t i = 0; i < tiny->arena.n_piece; i++)
        if (tiny->arena.piece[i].tag == tag && which-- == 0)
            return (double *)(void *)(tiny->arena.base + tiny->arena.piece[i].offset);
    ck_abort_msg("no such matrix");
}

static double *feedback(struct tiny *tiny, int which)
{
    return piece(tiny, TAG_FIXED, which);
}

/* to (TINY_CLASSES x A) = (W_2 W_3)^T */
static void transposed_product(double *to, const double *w2, const double *w3)
{
    memset(to, 0, A * TINY_CLASSES * sizeof *to);
    for (int i = 0; i < A; i++)
        for (int k = 0; k < TINY_CLASSES; k++)
            for (int j = 0; j < B; j++)
                to[k * A + i] += w2[i * B + j] * w3[j * TINY_CLASSES + k];
}

static struct vec opened(struct tiny *tiny, const struct learner *learner,
                         const char *net)
{
    void *self = tiny_options(learner, net);
    struct vec w;

    tiny_set(learner, self, "optimizer", "sgd");
    tiny_set(learner, self, "lr", "1");
    tiny_open(tiny, learner, self, 1);
    tiny_mask(tiny);
    w = learner->weights(self);
    reference_draw(w.data, w.n, 0.5, 2);
    return w;
}

/* The matrices of the layers above the first one: rows, columns, and where they lie. */
struct above {
    const char *net;
    size_t n, size[3], at[3];
};

/* Twice the weights above the first module: it gets twice the gradient. */
START_TEST(with_the_true_weights_fa_is_backprop)
{
    static const struct above nets[] = {
        {"dense 7, relu, dense 4, tanh", 2, {7 * 4, 4 * 5}, {37 * 7, 37 * 7 + 8 * 4}},
        {"conv 3 3, batchnorm, relu, pool 2, dropout 0.3, conv 4 2 valid, tanh, dense 6, "
         "layernorm, silu",
         3,
         {12 * 4, 16 * 6, 6 * 5},
         {36, 36 + 13 * 4, 36 + 13 * 4 + 17 * 6}},
        {"conv 2 3 stride 2, relu, conv 16 3, relu, conv 3 3, pool 3",
         3,
         {18 * 16, 144 * 3, 3 * 5},
         {20, 20 + 19 * 16, 20 + 19 * 16 + 145 * 3}},
    };
    const struct above *net = &nets[_i];
    struct tiny tiny, reference;
    struct vec w = opened(&tiny, &learner_fa, net->net),
               want = opened(&reference, &learner_backprop, net->net);

    double *start = reference_widen(w.data, w.n);

    for (size_t k = 0; k < net->n; k++)
        for (size_t i = 0; i < net->size[k]; i++)
            feedback(&tiny, (int)k)[i] = (k ? 1 : 2) * w.data[net->at[k] + i];
    ck_assert_double_eq_tol(tiny_train(&tiny, 0, 1), tiny_train(&reference, 0, 1), 1e-12);
    ck_assert_uint_eq(w.n, want.n);
    for (size_t i = 0; i < w.n; i++) {
        double change = (i < net->at[0] ? 2 : 1) * (want.data[i] - start[i]);

        ck_assert_double_eq_tol(w.data[i] - start[i], change, 1e-12);
    }
    free(start);
    tiny_close(&tiny);
    tiny_close(&reference);
}
END_TEST

START_TEST(with_the_product_of_the_weights_dfa_is_backprop)
{
    const char *net = "dense 7, dense 4";
    struct tiny tiny, reference;
    struct vec w = opened(&tiny, &learner_dfa, net),
               want = opened(&reference, &learner_backprop, net);
    const double *w3 = w.data + FIRST + SECOND;

    ck_assert_uint_eq(w.n, FIRST + SECOND + (B + 1) * TINY_CLASSES);
    transposed_product(feedback(&tiny, 0), w.data + FIRST, w3);
    for (int i = 0; i < B; i++)
        for (int k = 0; k < TINY_CLASSES; k++)
            feedback(&tiny, 1)[k * B + i] = w3[i * TINY_CLASSES + k];
    tiny_train(&tiny, 0, 1);
    tiny_train(&reference, 0, 1);
    for (size_t i = 0; i < w.n; i++)
        ck_assert_double_eq_tol(w.data[i], want.data[i], 1e-12);
    tiny_close(&tiny);
    tiny_close(&reference);
}
END_TEST

/* ---------------------------------------------------------------- dfa under a pool */

enum { CHANNELS = 3, MAP = 4 * 4 * CHANNELS, POOLED = 2 * 2 * CHANNELS };
enum { FILTERS = 9 * CHANNELS, DEEP = FILTERS + CHANNELS };

/* The error at the pooled map, from the loss's derivative e by the feedback b. */
static void error_at_pool(double *d, const double *e, const double *b)
{
    memset(d, 0, POOLED * sizeof *d);
    for (int k = 0; k < TINY_CLASSES; k++)
        for (int j = 0; j < POOLED; j++)
            d[j] += e[k] * b[k * POOLED + j];
}

/* To the largest value of each window of 2 x 2, if it is above 0; the others get 0. */
static void error_at_map(double *d, const double *pooled, const double *map)
{
    memset(d, 0, MAP * sizeof *d);
    for (int j = 0; j < POOLED; j++) {
        int c = j % CHANNELS, corner = j / CHANNELS / 2 * 8 + j / CHANNELS % 2 * 2;
        int best = corner * CHANNELS + c;

        for (int p = 0; p < 4; p++) {
            int at = (corner + p / 2 * 4 + p % 2) * CHANNELS + c;

            best = map[at] > map[best] ? at : best;
        }
        d[best] = map[best] > 0 ? pooled[j] : 0;
    }
}

/* e of one row, from the logits; the mean is over the batch. */
static void output_error(double *e, const double *logit, const struct batch *batch, int i)
{
    const uint8_t *on = batch->competing[batch->task[i]].on;
    double sum = 0;

    for (int k = 0; k < TINY_CLASSES; k++)
        sum += on[k] ? exp(logit[k]) : 0;
    for (int k = 0; k < TINY_CLASSES; k++)
        e[k] = (double)batch->weight[i] / TINY_TRAIN *
               (on[k] ? exp(logit[k]) / sum - (k == batch->y[i]) : 0);
}

START_TEST(dfa_brings_the_error_to_the_pooled_map)
{
    const char *text = "conv 3 3 valid, relu, pool 2";
    struct tiny tiny, reference;
    struct vec w = opened(&tiny, &learner_dfa, text);
    struct vec last = opened(&reference, &learner_backprop, text);
    double *start = reference_widen(w.data, w.n), *logit;
    double map[MAP], d[POOLED], dmap[MAP], e[TINY_CLASSES], dx[TINY_PIXELS];
    double want[DEEP] = {0}, dw[DEEP];
    struct error err = {0};
    struct window window;
    struct net net;

    ck_assert(window_make(&window, (struct shape){6, 6, 1}, CHANNELS, 3, 1, 0));
    ck_assert_int_eq(net_parse(&net, "conv 3 3 valid, relu, pool 2, dense 5",
                               (struct shape){6, 6, 1}, &err),
                     OK);
    logit = reference_net(&net, start, NULL, tiny.x, TINY_TRAIN);
    for (int i = 0; i < TINY_TRAIN; i++) {
        const double *x = tiny.x + (size_t)i * TINY_PIXELS;

        reference_conv(&window, map, x, start, start + FILTERS, 1);
        output_error(e, logit + (size_t)i * TINY_CLASSES, &tiny.batch, i);
        error_at_pool(d, e, feedback(&tiny, 0));
        error_at_map(dmap, d, map);
        reference_conv_backward(&window, dx, dw, dw + FILTERS, x, start, dmap, 1);
        for (int j = 0; j < DEEP; j++)
            want[j] += dw[j];
    }
    tiny_train(&tiny, 0, 1);
    tiny_train(&reference, 0, 1);
    for (int j = 0; j < DEEP; j++)
        ck_assert_double_eq_tol(start[j] - w.data[j], want[j], 1e-12);
    for (size_t j = DEEP; j < w.n; j++)
        ck_assert_double_eq_tol(w.data[j], last.data[j], 1e-12);
    free(start);
    free(logit);
    tiny_close(&tiny);
    tiny_close(&reference);
}
END_TEST

/* N(0, 1 / rows) times the option. */
START_TEST(the_feedback_has_the_size_that_was_asked_for)
{
    const struct learner *learner = _i ? &learner_dfa : &learner_fa;
    void *self = tiny_options(learner, "mlp-60-50");
    struct tiny tiny;
    double square = 0, want = 2.0 * 2.0 / (_i ? TINY_CLASSES : 50);
    const int n = 60 * (_i ? TINY_CLASSES : 50);

    tiny_set(learner, self, "feedback", "2");
    tiny_open(&tiny, learner, self, 1);
    for (int i = 0; i < n; i++)
        square += feedback(&tiny, 0)[i] * feedback(&tiny, 0)[i] / n;
    ck_assert_double_eq_tol(square, want, 5 * want * sqrt(2.0 / n));
    tiny_close(&tiny);
}
END_TEST

/* An error comes to a value from all units of a window. */
START_TEST(a_filter_bank_has_the_fan_in_of_its_windows)
{
    enum { N = 9 * 8 * 40 };
    struct tiny tiny;
    double square = 0, want = 1.0 / (9 * 40);

    tiny_open(&tiny, &learner_fa, tiny_options(&learner_fa, "conv 8 3, relu, conv 40 3"),
              1);
    for (int i = 0; i < N; i++)
        square += feedback(&tiny, 0)[i] * feedback(&tiny, 0)[i] / N;
    ck_assert_double_eq_tol(square, want, 5 * want * sqrt(2.0 / N));
    tiny_close(&tiny);
}
END_TEST

/* Of two tasks, and of the first again: its own, another's of the same size, its own. They
 * are of the state, since a checkpoint has to keep them. */
START_TEST(each_task_may_have_feedback_of_its_own)
{
    const struct learner *learner = _i ? &learner_dfa : &learner_fa;
    const int n = B * TINY_CLASSES;
    struct tiny tiny, same;
    double *own, product = 0, square = 0;
    void *self = tiny_options(learner, "mlp-7-4");

    tiny_open(&same, learner, tiny_options(learner, "mlp-7-4"), 1);
    tiny_set(learner, self, "matrices", "task");
    tiny_open(&tiny, learner, self, 1);
    own = piece(&tiny, TAG_STATE, 1);
    for (int visit = 0; visit < 4; visit++) {
        struct task_view task = {.task = visit % 2};

        learner->task_begin(tiny.self, &task, rng_seed((uint64_t)visit));
        learner->task_begin(same.self, &task, rng_seed((uint64_t)visit));
        ck_assert_int_eq(memcmp(own, feedback(&same, 1), (size_t)n * sizeof *own) == 0,
                         visit % 2 == 0);
    }
    for (int i = 0; i < n; i++) {
        product += own[i] * feedback(&same, 1)[i];
        square += own[i] * own[i];
    }
    ck_assert_double_lt(fabs(product), .8 * square);
    ck_assert_ptr_nonnull(learner->needs_tasks(tiny.self));
    ck_assert_ptr_null(learner->needs_tasks(same.self));
    tiny_close(&tiny);
    tiny_close(&same);
}
END_TEST

/* Outputs 3 and 4 compete in the second task: as if their rows were those of 0 and 1. */
START_TEST(the_heads_of_tasks_may_share_their_feedback)
{
    const struct learner *learner = _i ? &learner_dfa : &learner_fa;
    const char *net = "dense 7, relu, dense 4, tanh";
    struct tiny tiny, same;
    struct vec w, want;
    void *self = tiny_options(learner, net);

    want = opened(&same, learner, net);
    tiny_set(learner, self, "optimizer", "sgd");
    tiny_set(learner, self, "lr", "1");
    tiny_set(learner, self, "matrices", "place");
    tiny_open(&tiny, learner, self, 1);
    tiny_mask(&tiny);
    w = learner->weights(self);
    reference_draw(w.data, w.n, 0.5, 2);
    for (int k = 0; _i && k < 2; k++) { /* a row for each output */
        int n = k ? B : A;
        double *rows = feedback(&same, k);

        memcpy(rows + (ptrdiff_t)3 * n, rows, (size_t)(2 * n) * sizeof *rows);
    }
    for (int j = 0; !_i && j < B; j++) { /* as the weights: a column for each output */
        double *row = feedback(&same, 1) + (ptrdiff_t)j * TINY_CLASSES;

        memcpy(row + 3, row, 2 * sizeof *row);
    }
    tiny_train(&tiny, 0, 1);
    tiny_train(&same, 0, 1);
    for (size_t i = 0; i < w.n; i++)
        ck_assert_double_eq_tol(w.data[i], want.data[i], 1e-12);
    tiny_close(&tiny);
    tiny_close(&same);
}
END_TEST

Suite *feedback_alignment_suite(void)
{
    Suite *suite = suite_create("feedback_alignment");
    TCase *tcase = tcase_create("feedback alignment");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, with_the_true_weights_fa_is_backprop, 0, 3);
    tcase_add_test(tcase, with_the_product_of_the_weights_dfa_is_backprop);
    tcase_add_test(tcase, dfa_brings_the_error_to_the_pooled_map);
    tcase_add_test(tcase, a_filter_bank_has_the_fan_in_of_its_windows);
    tcase_add_loop_test(tcase, the_feedback_has_the_size_that_was_asked_for, 0, 2);
    tcase_add_loop_test(tcase, each_task_may_have_feedback_of_its_own, 0, 2);
    tcase_add_loop_test(tcase, the_heads_of_tasks_may_share_their_feedback, 0, 2);
    return suite;
}
