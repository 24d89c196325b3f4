/* Local difference reconstruction: what the feedback must become, and what the updates
 * are once it has. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "baselines/rules/feedback_net.h"
#include "tests/support/reference.h"
#include "tests/support/tiny.h"

extern const struct learner learner_l_drl, learner_backprop;

/* Piecewise linear: the transposed Jacobian is a matter of the weights alone. */
static const char *const linear_net[] = {
    "dense 6, dense 7",
    "conv 2 3, conv 3 3 valid, pool 2, dense 4",
};
static const char *const curved_net[] = {
    "dense 8, tanh, dense 8, tanh",
    "conv 2 3, elu, conv 3 3 valid, elu, pool 2, dense 4, tanh",
};

static void open_rule(struct tiny *tiny, const char *net, const char *steps,
                      const char *lr)
{
    void *self = tiny_options(&learner_l_drl, net);

    tiny_set(&learner_l_drl, self, "steps", steps);
    tiny_set(&learner_l_drl, self, "contraction", "0.02");
    tiny_set(&learner_l_drl, self, "sigma", "0.01");
    tiny_set(&learner_l_drl, self, "lr", lr);
    tiny_set(&learner_l_drl, self, "momentum", "0");
    tiny_open(tiny, &learner_l_drl, self, 1);
}

static void cut(struct feedback_net *feedback_net, const char *net)
{
    struct error err = {0};

    ck_assert_int_eq(feedback_net_parse(feedback_net, "l-drl", net,
                                        (struct shape){6, 6, 1}, TINY_CLASSES, &err),
                     OK);
}

/* The updates of one step from the weights w with feedback as it stands, along g. */
static void updates(const char *net, const real *w, real *g, bool masked)
{
    struct tiny tiny;
    struct feedback_net feedback_net;
    struct vec now;

    cut(&feedback_net, net);
    open_rule(&tiny, net, "0", "1");
    if (masked)
        tiny_mask(&tiny);
    now = learner_l_drl.weights(tiny.self);
    ck_assert_uint_eq(now.n, feedback_net.n_weight + feedback_net.n_back);
    memcpy(now.data, w, now.n * sizeof *w);
    tiny_train(&tiny, 0, 1);
    for (size_t i = 0; i < feedback_net.n_weight; i++)
        g[i] = w[i] - now.data[i];
    ck_assert_mem_eq(now.data + feedback_net.n_weight, w + feedback_net.n_weight,
                     feedback_net.n_back * sizeof *w);
    tiny_close(&tiny);
}

static void backprop_at(const char *net, const real *w, real *g, bool masked)
{
    void *self = tiny_options(&learner_backprop, net);
    struct tiny tiny;
    struct vec now;

    tiny_open(&tiny, &learner_backprop, self, 1);
    if (masked)
        tiny_mask(&tiny);
    now = learner_backprop.weights(self);
    memcpy(now.data, w, now.n * sizeof *w);
    learner_backprop.grad(self, &tiny.batch, rng_seed(1), g);
    tiny_close(&tiny);
}

/* Of a piecewise linear net, with V = W in all blocks: beta times the gradient. */
START_TEST(with_the_transpose_its_updates_are_those_of_backpropagation)
{
    const char *net = linear_net[_i];
    struct feedback_net feedback_net;
    real *w, *g, *want;

    cut(&feedback_net, net);
    w = calloc(feedback_net.n_weight + feedback_net.n_back, sizeof *w);
    g = calloc(feedback_net.n_weight, sizeof *g);
    want = calloc(feedback_net.n_weight, sizeof *want);
    reference_draw(w, feedback_net.n_weight, 0.5, 5);
    for (int n = 2; n <= feedback_net.n_layer; n++)
        mat_copy(feedback_layer_back(&feedback_net.layer[n], w + feedback_net.n_weight),
                 feedback_layer_weight(&feedback_net.layer[n], w));
    updates(net, w, g, true);
    backprop_at(net, w, want, true);
    for (size_t i = 0; i < feedback_net.n_weight; i++)
        ck_assert_double_eq_tol(g[i], 0.7 * want[i], 1e-10);
    free(w);
    free(g);
    free(want);
}
END_TEST

/* ||a - b|| / ||b|| */
static double apart(struct mat a, struct mat b)
{
    double off = 0, all = 0;

    for (int i = 0; i < a.rows; i++)
        for (int j = 0; j < a.cols; j++) {
            double want = mat_row(b, i)[j], d = mat_row(a, i)[j] - want;

            off += d * d;
            all += want * want;
        }
    return sqrt(off / all);
}

static double cosine(const real *a, const real *b, size_t n)
{
    double ab = 0, aa = 0, bb = 0;

    for (size_t i = 0; i < n; i++) {
        ab += a[i] * b[i];
        aa += a[i] * a[i];
        bb += b[i] * b[i];
    }
    return ab / sqrt(aa * bb);
}

/* Trains the feedback alone and returns how near the updates come to the gradient. */
static double settle(struct tiny *tiny, const char *net,
                     struct feedback_net *feedback_net)
{
    struct vec w;
    real *g, *want;
    double near;

    cut(feedback_net, net);
    open_rule(tiny, net, "10", "1e-12");
    w = learner_l_drl.weights(tiny->self);
    reference_draw(w.data, w.n, 0.4, 5);
    g = calloc(feedback_net->n_weight, sizeof *g);
    want = calloc(feedback_net->n_weight, sizeof *want);
    updates(net, w.data, g, false);
    backprop_at(net, w.data, want, false);
    ck_assert_double_lt(cosine(g, want, feedback_net->n_weight),
                        0.98); /* as it is drawn */
    tiny_train(tiny, 0, 800);
    updates(net, w.data, g, false);
    backprop_at(net, w.data, want, false);
    near = cosine(g, want, feedback_net->n_weight);
    free(g);
    free(want);
    return near;
}

START_TEST(the_feedback_becomes_the_transpose)
{
    struct feedback_net feedback_net;
    struct tiny tiny;
    struct vec w;

    ck_assert_double_gt(settle(&tiny, linear_net[_i], &feedback_net), 0.99);
    w = learner_l_drl.weights(tiny.self);
    for (int n = 2; n <= feedback_net.n_layer; n++)
        ck_assert_double_lt(apart(feedback_layer_back(&feedback_net.layer[n],
                                                      w.data + feedback_net.n_weight),
                                  feedback_layer_weight(&feedback_net.layer[n], w.data)),
                            0.05);
    tiny_close(&tiny);
}
END_TEST

/* Also where images are flat and every position of a pool is as good: the noise must not
 * choose among them. */
START_TEST(ties_do_not_mislead_it)
{
    const char *net = linear_net[1];
    struct feedback_net feedback_net;
    struct tiny tiny;
    struct vec w;

    cut(&feedback_net, net);
    open_rule(&tiny, net, "10", "1e-12");
    w = learner_l_drl.weights(tiny.self);
    reference_draw(w.data, w.n, 0.4, 5);
    memset(tiny.x, 0, sizeof tiny.x);
    tiny_train(&tiny, 0, 800);
    ck_assert_double_lt(
        apart(feedback_layer_back(&feedback_net.layer[2], w.data + feedback_net.n_weight),
              feedback_layer_weight(&feedback_net.layer[2], w.data)),
        0.05);
    tiny_close(&tiny);
}
END_TEST

/* Where slopes differ between G and F the transpose is near, not exact. */
START_TEST(through_curved_blocks_it_comes_near)
{
    struct feedback_net feedback_net;
    struct tiny tiny;

    ck_assert_double_gt(settle(&tiny, curved_net[_i], &feedback_net),
                        0.94); /* 20 degrees */
    tiny_close(&tiny);
}
END_TEST

Suite *l_drl_suite(void)
{
    Suite *suite = suite_create("l_drl");
    TCase *tcase = tcase_create("l-drl");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(
        tcase, with_the_transpose_its_updates_are_those_of_backpropagation, 0, 2);
    tcase_add_loop_test(tcase, the_feedback_becomes_the_transpose, 0, 2);
    tcase_add_test(tcase, ties_do_not_mislead_it);
    tcase_add_loop_test(tcase, through_curved_blocks_it_comes_near, 0, 2);
    return suite;
}
