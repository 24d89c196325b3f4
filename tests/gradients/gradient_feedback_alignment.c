/* With the transposed weights as feedback, feedback alignment is back-propagation; so is
 * the direct form in a linear net, with the product of the weights above as feedback. One
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

/* to (cols x rows) = transpose of w (rows x cols) */
static void transpose(double *to, const double *w, int rows, int cols)
{
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < cols; j++)
            to[j * rows + i] = w[i * cols + j];
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
    ck_assert_uint_eq(w.n, FIRST + SECOND + (B + 1) * TINY_CLASSES);
    reference_draw(w.data, w.n, 0.5, 2);
    return w;
}

START_TEST(with_the_true_weights_it_is_backprop)
{
    const struct learner *learner = _i ? &learner_dfa : &learner_fa;
    const char *net = _i ? "dense 7, dense 4" : "dense 7, relu, dense 4, tanh";
    struct tiny tiny, reference;
    struct vec w = opened(&tiny, learner, net),
               want = opened(&reference, &learner_backprop, net);
    const double *w2 = w.data + FIRST, *w3 = w.data + FIRST + SECOND;

    if (_i)
        transposed_product(feedback(&tiny, 0), w2, w3);
    else
        transpose(feedback(&tiny, 0), w2, A, B);
    transpose(feedback(&tiny, 1), w3, B, TINY_CLASSES);
    ck_assert_double_eq_tol(tiny_train(&tiny, 0, 1), tiny_train(&reference, 0, 1), 1e-12);
    for (size_t i = 0; i < w.n; i++)
        ck_assert_double_eq_tol(w.data[i], want.data[i], 1e-12);
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
    for (int l = _i ? 1 : 2; l <= 2; l++) {
        int n = l == 1 ? A : B;
        double *rows = feedback(&same, l - 1);

        memcpy(rows + (ptrdiff_t)3 * n, rows, (size_t)(2 * n) * sizeof *rows);
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
    tcase_add_loop_test(tcase, with_the_true_weights_it_is_backprop, 0, 2);
    tcase_add_loop_test(tcase, the_feedback_has_the_size_that_was_asked_for, 0, 2);
    tcase_add_loop_test(tcase, each_task_may_have_feedback_of_its_own, 0, 2);
    tcase_add_loop_test(tcase, the_heads_of_tasks_may_share_their_feedback, 0, 2);
    return suite;
}
