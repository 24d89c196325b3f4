/* PEPITA against plain loops: one step of SGD with lr 1, one hidden layer, F read from
 * the learner's only fixed piece. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/reference.h"
#include "tests/support/tiny.h"

extern const struct learner learner_pepita;

enum { HIDDEN = 7, FIRST = TINY_PIXELS * HIDDEN, SECOND = HIDDEN * TINY_CLASSES };

struct pass {
    double h[HIDDEN], e[TINY_CLASSES];
};

/* e = softmax - onehot over what competes for row i */
static struct pass forward(const struct tiny *tiny, const double *w, const double *x,
                           int i)
{
    const double *w2 = w + FIRST + HIDDEN;
    const uint8_t *on = tiny->batch.competing[tiny->task[i]].on;
    struct pass p;
    double sum = 0;

    reference_dense(p.h, x, w, w + FIRST, 1, TINY_PIXELS, HIDDEN);
    reference_activation(ACT_TANH, p.h, p.h, HIDDEN);
    reference_dense(p.e, p.h, w2, w2 + SECOND, 1, HIDDEN, TINY_CLASSES);
    for (int k = 0; k < TINY_CLASSES; k++)
        sum += p.e[k] = on[k] ? exp(p.e[k]) : 0;
    for (int k = 0; k < TINY_CLASSES; k++)
        p.e[k] = p.e[k] / sum - (k == tiny->y[i]);
    return p;
}

static const double *feedback(const struct tiny *tiny)
{
    for (size_t i = 0; i < tiny->arena.n_piece; i++)
        if (tiny->arena.piece[i].tag == TAG_FIXED)
            return (double *)(void *)(tiny->arena.base + tiny->arena.piece[i].offset);
    ck_abort_msg("no feedback");
}

/* g += the updates of row i */
static void expect(const struct tiny *tiny, const double *w, int i, double *g)
{
    const double *x = tiny->x + (size_t)i * TINY_PIXELS, *f = feedback(tiny);
    double changed[TINY_PIXELS], share = (double)tiny->weight[i] / TINY_TRAIN;
    struct pass one = forward(tiny, w, x, i), two;

    for (int j = 0; j < TINY_PIXELS; j++) {
        changed[j] = x[j];
        for (int k = 0; k < TINY_CLASSES; k++)
            changed[j] += one.e[k] * f[k * TINY_PIXELS + j];
    }
    two = forward(tiny, w, changed, i);
    for (int u = 0; u < HIDDEN; u++) {
        for (int j = 0; j < TINY_PIXELS; j++)
            g[j * HIDDEN + u] += share * changed[j] * (one.h[u] - two.h[u]);
        for (int k = 0; k < TINY_CLASSES; k++)
            g[FIRST + HIDDEN + u * TINY_CLASSES + k] += share * two.h[u] * two.e[k];
    }
}

/* Also without feedback: then both passes agree, and no hidden weight moves. */
START_TEST(a_step_by_hand)
{
    void *self = tiny_options(&learner_pepita, "dense 7, tanh");
    struct tiny tiny;
    struct vec w;
    double *start, *want;

    tiny_set(&learner_pepita, self, "lr", "1");
    tiny_set(&learner_pepita, self, "feedback", _i ? "0" : "0.5");
    tiny_open(&tiny, &learner_pepita, self, 1);
    tiny_mask(&tiny);
    w = learner_pepita.weights(self);
    start = reference_widen(w.data, w.n);
    want = calloc(w.n, sizeof *want);
    for (int i = 0; i < TINY_TRAIN; i++)
        expect(&tiny, start, i, want);
    tiny_train(&tiny, 0, 1);
    for (size_t i = 0; i < w.n; i++) {
        ck_assert_double_eq_tol(start[i] - w.data[i], want[i], 1e-10);
        if (_i && i < FIRST)
            ck_assert(w.data[i] == start[i]);
    }
    free(start);
    free(want);
    tiny_close(&tiny);
}
END_TEST

/* F ~ U(-a, a), a = s sqrt(6 / inputs): squares have the mean a^2 / 3 and the variance 4
 * a^4 / 45; of 180 of them five standard deviations. */
START_TEST(the_feedback_is_uniform)
{
    enum { N = TINY_CLASSES * TINY_PIXELS };
    const double a = 0.5 * sqrt(6.0 / TINY_PIXELS);
    void *self = tiny_options(&learner_pepita, "dense 7, tanh");
    struct tiny tiny;
    double square = 0;

    tiny_set(&learner_pepita, self, "feedback", "0.5");
    tiny_open(&tiny, &learner_pepita, self, 1);
    for (int i = 0; i < N; i++) {
        double f = feedback(&tiny)[i];

        ck_assert_double_le(fabs(f), a);
        square += f * f / N;
    }
    ck_assert_double_eq_tol(square, a * a / 3, 5 * a * a * sqrt(4.0 / 45 / N));
    tiny_close(&tiny);
}
END_TEST

/* Dropout's mask is the same in both passes, or they would disagree without feedback. */
START_TEST(both_passes_drop_the_same_units)
{
    void *self = tiny_options(&learner_pepita, "dense 7, tanh");
    struct tiny tiny;
    double *start;

    tiny_set(&learner_pepita, self, "dropout", "0.5");
    tiny_set(&learner_pepita, self, "feedback", "0");
    tiny_open(&tiny, &learner_pepita, self, 1);
    start = reference_widen(learner_pepita.weights(self).data,
                            learner_pepita.weights(self).n);
    tiny_train(&tiny, 0, 3);
    ck_assert_mem_eq(start, learner_pepita.weights(self).data, FIRST * sizeof *start);
    free(start);
    tiny_close(&tiny);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pepita");
    TCase *tcase = tcase_create("pepita");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_step_by_hand, 0, 2);
    tcase_add_test(tcase, the_feedback_is_uniform);
    tcase_add_test(tcase, both_passes_drop_the_same_units);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
