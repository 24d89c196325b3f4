/* The weight-perturbed forward gradient against back-propagation: one step of SGD with lr
 * 1 moves the weights by (grad . v) v, v being the normals of the stream that train is
 * given. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/reference.h"
#include "tests/support/tiny.h"

extern const struct learner learner_backprop, learner_fg_w;

struct both {
    struct tiny forward, reference;
    struct vec w;
    double *start, *gradient;
};

static void open_both(struct both *both, const char *net)
{
    void *self = tiny_options(&learner_fg_w, net);

    tiny_set(&learner_fg_w, self, "lr", "1");
    tiny_open(&both->forward, &learner_fg_w, self, 1);
    tiny_open(&both->reference, &learner_backprop, tiny_options(&learner_backprop, net),
              1);
    tiny_mask(&both->forward);
    tiny_mask(&both->reference);
    both->w = learner_fg_w.weights(self);
    ck_assert_uint_eq(both->w.n, learner_backprop.weights(both->reference.self).n);
    reference_draw(both->w.data, both->w.n, 0.5, 4);
    memcpy(learner_backprop.weights(both->reference.self).data, both->w.data,
           both->w.n * sizeof(real));
    both->start = reference_widen(both->w.data, both->w.n);
    both->gradient = calloc(both->w.n, sizeof(double));
    learner_backprop.grad(both->reference.self, &both->reference.batch, rng_seed(1),
                          both->gradient);
}

static void close_both(struct both *both)
{
    free(both->start);
    free(both->gradient);
    tiny_close(&both->forward);
    tiny_close(&both->reference);
}

static void step(struct both *both, uint64_t seed)
{
    memcpy(both->w.data, both->start, both->w.n * sizeof(real));
    learner_fg_w.train(both->forward.self, &both->forward.batch, rng_seed(seed));
}

START_TEST(a_step_is_the_slope_times_the_direction)
{
    static const char *const net[] = {"dense 6, tanh, dense 5, relu", "mlp-7",
                                      "dense 4, elu"};
    struct rng rng = rng_seed(17);
    struct both both;
    double slope = 0, *v;

    open_both(&both, net[_i]);
    v = calloc(both.w.n, sizeof *v);
    rng_normal(&rng, v, both.w.n, 1);
    step(&both, 17);
    for (size_t i = 0; i < both.w.n; i++)
        slope += both.gradient[i] * v[i];
    for (size_t i = 0; i < both.w.n; i++)
        ck_assert_double_eq_tol(both.start[i] - both.w.data[i], slope * v[i],
                                1e-9 * fabs(slope));
    free(v);
    close_both(&both);
}
END_TEST

/* The mean of K estimates points along the gradient with cos^2 near K / (K + P + 1), and
 * is as long as it is there. */
START_TEST(the_mean_of_many_is_the_gradient)
{
    enum { K = 4000 };
    struct both both;
    double *mean, product = 0, length = 0, want = 0, P;

    open_both(&both, "dense 3, tanh");
    P = (double)both.w.n;
    mean = calloc(both.w.n, sizeof *mean);
    for (uint64_t seed = 0; seed < K; seed++) {
        step(&both, seed);
        for (size_t i = 0; i < both.w.n; i++)
            mean[i] += (both.start[i] - both.w.data[i]) / K;
    }
    for (size_t i = 0; i < both.w.n; i++) {
        product += mean[i] * both.gradient[i];
        length += mean[i] * mean[i];
        want += both.gradient[i] * both.gradient[i];
    }
    ck_assert_double_eq_tol(product * product / (length * want), K / (K + P + 1), 0.015);
    ck_assert_double_eq_tol(product / want, 1, 5 * sqrt(2.0 / K));
    free(mean);
    close_both(&both);
}
END_TEST

Suite *forward_gradient_suite(void)
{
    Suite *suite = suite_create("forward_gradient");
    TCase *tcase = tcase_create("forward gradient");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_step_is_the_slope_times_the_direction, 0, 3);
    tcase_add_test(tcase, the_mean_of_many_is_the_gradient);
    return suite;
}
