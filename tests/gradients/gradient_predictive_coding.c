/* Predictive coding: its energy by central differences, and back-propagation as the limit
 * in which it must end. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/difference.h"
#include "tests/support/reference.h"
#include "tests/support/tiny.h"

extern const struct learner learner_predictive_coding, learner_backprop;

enum { N = TINY_TRAIN, H = 6, K = TINY_CLASSES };
enum { W2 = (TINY_PIXELS + 1) * H, W3 = W2 + (H + 1) * H, ALL = W3 + (H + 1) * K };

/* The same net twice: a window as large as the image, or as one position, is dense. */
static const char *const nets[] = {"dense 6, tanh, dense 6, tanh",
                                   "conv 6 6 valid, tanh, conv 6 1, tanh"};
static const char *net; /* of the case that runs */

enum { NETS = sizeof nets / sizeof *nets };

/* One step of SGD with lr 1 from these weights: g, what the step went along. */
static void step_from(const double *w, const char *update, const char *steps,
                      const char *gamma, const char *error, bool masked, double *g)
{
    void *self = tiny_options(&learner_predictive_coding, net);
    struct tiny tiny;
    struct vec now;

    tiny_set(&learner_predictive_coding, self, "optimizer", "sgd");
    tiny_set(&learner_predictive_coding, self, "lr", "1");
    tiny_set(&learner_predictive_coding, self, "update", update);
    tiny_set(&learner_predictive_coding, self, "steps", steps);
    tiny_set(&learner_predictive_coding, self, "gamma", gamma);
    tiny_set(&learner_predictive_coding, self, "error", error);
    tiny_open(&tiny, &learner_predictive_coding, self, 1);
    if (masked)
        tiny_mask(&tiny);
    now = learner_predictive_coding.weights(self);
    ck_assert_uint_eq(now.n, ALL);
    memcpy(now.data, w, ALL * sizeof *w);
    tiny_train(&tiny, 0, 1);
    for (int i = 0; i < ALL; i++)
        g[i] = w[i] - now.data[i];
    tiny_close(&tiny);
}

static void backprop_at(const double *w, bool masked, double *g)
{
    void *self = tiny_options(&learner_backprop, net);
    struct tiny tiny;

    tiny_open(&tiny, &learner_backprop, self, 1);
    if (masked)
        tiny_mask(&tiny);
    memcpy(learner_backprop.weights(self).data, w, ALL * sizeof *w);
    learner_backprop.grad(self, &tiny.batch, rng_seed(1), g);
    tiny_close(&tiny);
}

/* ||a - b|| / ||b|| */
static double apart(const double *a, const double *b, int n)
{
    double off = 0, all = 0;

    for (int i = 0; i < n; i++) {
        off += (a[i] - b[i]) * (a[i] - b[i]);
        all += b[i] * b[i];
    }
    return sqrt(off / all);
}

START_TEST(zero_divergence_is_backpropagation)
{
    double w[ALL], g[ALL], want[ALL];

    net = nets[_i];
    reference_draw(w, ALL, 0.5, 5);
    step_from(w, "zero", "1", "0.1", "softmax", true, g);
    backprop_at(w, true, want);
    for (int i = 0; i < ALL; i++)
        ck_assert_double_eq_tol(g[i], want[i], 1e-12);
}
END_TEST

/* In any net, with the same dropout. */
START_TEST(so_it_is_in_a_convolutional_net)
{
    static const char *const text[] = {
        "conv 3 3, relu, pool 2, dropout 0.3, conv 4 3, tanh, dense 6, layernorm, silu",
        "pool 2, conv 16 3, silu, conv 16 3, rmsnorm, relu, pool 3"};
    const struct learner *learner[] = {&learner_predictive_coding, &learner_backprop};
    struct tiny tiny[2];
    struct vec w[2];

    for (int k = 0; k < 2; k++) {
        void *self = tiny_options(learner[k], text[_i]);

        tiny_set(learner[k], self, "update", "zero");
        tiny_set(learner[k], self, "optimizer", "sgd");
        tiny_set(learner[k], self, "lr", "1");
        tiny_open(&tiny[k], learner[k], self, 1);
        tiny_mask(&tiny[k]);
        w[k] = learner[k]->weights(self);
        reference_draw(w[k].data, w[k].n, 0.5, 5);
        tiny_train(&tiny[k], 0, 1);
    }
    ck_assert_uint_eq(w[0].n, w[1].n);
    for (size_t i = 0; i < w[0].n; i++)
        ck_assert_double_eq_tol(w[0].data[i], w[1].data[i], 1e-12);
    tiny_close(&tiny[0]);
    tiny_close(&tiny[1]);
}
END_TEST

START_TEST(batch_norm_is_refused)
{
    struct error err = {0};
    struct arena arena;
    struct learner_env env = tiny_env(&arena, 1);
    void *self = tiny_options(&learner_predictive_coding, "conv 3 3, batchnorm, relu");

    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    ck_assert_int_eq(learner_predictive_coding.init(self, &env, &err), ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "layernorm or leave it out (layer 2 "));
    arena_close(&arena);
    free(self);
}
END_TEST

/* Outputs that are nearly right leave small errors: the nearer, the nearer the settled
 * updates are to those of back-propagation, which brings the outputs there. */
static void train_for(double *w, int steps)
{
    void *self = tiny_options(&learner_backprop, net);
    struct tiny tiny;

    tiny_set(&learner_backprop, self, "lr", "0.01");
    tiny_open(&tiny, &learner_backprop, self, 1);
    memcpy(learner_backprop.weights(self).data, w, ALL * sizeof *w);
    tiny_train(&tiny, 0, steps);
    memcpy(w, learner_backprop.weights(self).data, ALL * sizeof *w);
    tiny_close(&tiny);
}

START_TEST(settled_with_small_errors_it_is_backpropagation)
{
    double w[ALL], g[ALL], want[ALL], off[2];

    net = nets[_i];
    reference_draw(w, ALL, 0.5, 5);
    for (int i = 0; i < 2; i++) {
        train_for(w, i ? 3000 : 300);
        step_from(w, "end", "3000", "0.03", "softmax", false, g);
        backprop_at(w, false, want);
        off[i] = apart(g, want, ALL);
    }
    ck_assert_double_lt(off[0], 0.3);
    ck_assert_double_lt(off[1], 0.02);
    ck_assert_double_lt(off[1], off[0] / 4);
}
END_TEST

/* Far from it they differ: this is another rule. */
START_TEST(settled_with_large_errors_it_is_not)
{
    double w[ALL], g[ALL], want[ALL];

    net = nets[_i];
    reference_draw(w, ALL, 0.5, 5);
    step_from(w, "end", "3000", "0.03", "softmax", false, g);
    backprop_at(w, false, want);
    ck_assert_double_gt(apart(g, want, W3), 0.1);
}
END_TEST

/* Half the squared errors, mean over rows, z_1 and z_2 of all rows in z, linear output.
 */
struct energy {
    const struct tiny *tiny;
    double z[2 * N * H], w[ALL];
};

static void activity(double *h, const double *z)
{
    reference_activation(ACT_TANH, h, z, N * H);
}

static double energy(void *context)
{
    const struct energy *at = context;
    const double *w = at->w;
    double h[N * H], mu[3][N * H], sum = 0;

    reference_dense(mu[0], at->tiny->x, w, w + TINY_PIXELS * H, N, TINY_PIXELS, H);
    activity(h, at->z);
    reference_dense(mu[1], h, w + W2, w + W2 + H * H, N, H, H);
    activity(h, at->z + N * H);
    reference_dense(mu[2], h, w + W3, w + W3 + H * K, N, H, K);
    for (int i = 0; i < 2 * N * H; i++) {
        double e = at->z[i] - mu[i / (N * H)][i % (N * H)];

        sum += e * e / 2;
    }
    for (int i = 0; i < N * K; i++) {
        double e = (i % K == at->tiny->y[i / K]) - mu[2][i];

        sum += e * e / 2;
    }
    return sum;
}

static void set_values(struct energy *at)
{
    const double *w = at->w;
    double h[N * H];

    reference_dense(at->z, at->tiny->x, w, w + TINY_PIXELS * H, N, TINY_PIXELS, H);
    activity(h, at->z);
    reference_dense(at->z + N * H, h, w + W2, w + W2 + H * H, N, H, H);
}

/* Two steps of inference down the energy, written out with its derivative by differences,
 * then the weights: by the same energy. */
START_TEST(inference_and_learning_descend_the_energy)
{
    static struct energy at;
    static double d[2 * N * H];
    void *self = tiny_options(&learner_predictive_coding, nets[_i]);
    double g[ALL], want[ALL];
    struct tiny tiny;

    net = nets[_i];
    tiny_open(&tiny, &learner_predictive_coding, self, 1); /* for its images */
    at.tiny = &tiny;
    reference_draw(at.w, ALL, 0.5, 5);
    step_from(at.w, "end", "3", "0.3", "linear", false, g);
    set_values(&at);
    for (int t = 0; t < 2; t++) {
        ck_assert(difference(energy, &at, at.z, 2 * N * H, d));
        for (int i = 0; i < 2 * N * H; i++)
            at.z[i] -= 0.3 * d[i];
    }
    ck_assert(difference(energy, &at, at.w, ALL, want));
    for (int i = 0; i < ALL; i++)
        want[i] /= N;
    ck_assert_double_lt(apart(g, want, ALL), 1e-6);
    tiny_close(&tiny);
}
END_TEST

/* iPC with one step is the gradient of the output layer alone; with two, the layer below
 * learns as well. */
START_TEST(errors_travel_a_layer_a_step)
{
    const int from[] = {W3, W2, 0};
    double w[ALL], g[ALL];
    char steps[8];

    net = nets[0];
    reference_draw(w, ALL, 0.5, 5);
    snprintf(steps, sizeof steps, "%d", _i);
    step_from(w, "step", steps, "0.3", "softmax", false, g);
    for (int i = 0; i < ALL; i++)
        ck_assert_int_eq(g[i] != 0, i >= from[_i - 1]);
}
END_TEST

Suite *predictive_coding_suite(void)
{
    Suite *suite = suite_create("predictive_coding");
    TCase *tcase = tcase_create("predictive coding");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, zero_divergence_is_backpropagation, 0, NETS);
    tcase_add_loop_test(tcase, settled_with_small_errors_it_is_backpropagation, 0, NETS);
    tcase_add_loop_test(tcase, settled_with_large_errors_it_is_not, 0, NETS);
    tcase_add_loop_test(tcase, inference_and_learning_descend_the_energy, 0, NETS);
    tcase_add_loop_test(tcase, so_it_is_in_a_convolutional_net, 0, 2);
    tcase_add_test(tcase, batch_norm_is_refused);
    tcase_add_loop_test(tcase, errors_travel_a_layer_a_step, 1, 4);
    return suite;
}
