/* NoProp-DT with all weights 0: every block's mixture is the mean of the embeddings that
 * compete, so that losses and scores follow from the schedule alone. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/plug/learner.h"
#include "noprop/schedule.h"
#include "tests/support/tiny.h"

extern const struct learner learner_noprop_dt;

enum { T = 3 }; /* blocks of a tiny learner */

/* The schedule at its defaults, in the learner's arena. */
static struct schedule open_zero(struct tiny *tiny, const char *name, const char *value)
{
    void *self = tiny_options(&learner_noprop_dt, "mlp-5");
    struct schedule schedule;
    struct vec w;

    tiny_set(&learner_noprop_dt, self, "norm", "none");
    tiny_set(&learner_noprop_dt, self, "decision", "nearest");
    tiny_set(&learner_noprop_dt, self, name, value);
    tiny_open(tiny, &learner_noprop_dt, self, 1);
    w = learner_noprop_dt.weights(self);
    memset(w.data, 0, w.n * sizeof *w.data);
    schedule_cosine(&schedule, T, 0.001, &tiny->arena);
    return schedule;
}

/* ||uhat - u_y||^2 = (1 - 1/n)^2 + (n - 1) / n^2 = 1 - 1/n where n classes compete. The
 * block weights telescope to T eta / 2 (SNR(T) - SNR(0)); the head costs log n. */
START_TEST(the_loss_of_an_ignorant_net)
{
    struct tiny tiny;
    struct schedule s = open_zero(&tiny, "eta", "0.1");
    double factor = T * 0.1 / 2 * (schedule_snr(&s, T) - schedule_snr(&s, 0)), want = 0;
    struct vec w = learner_noprop_dt.weights(tiny.self);
    real *g = calloc(w.n, sizeof *g);

    ck_assert_double_eq_tol(
        learner_noprop_dt.grad(tiny.self, &tiny.batch, rng_seed(1), g),
        factor * (1 - 1.0 / 5) + log(5), 1e-4 * factor);
    tiny_mask(&tiny);
    for (int i = 0; i < TINY_TRAIN; i++) {
        double n = tiny.task[i] ? 2 : 3;

        want += (double)tiny.weight[i] / TINY_TRAIN * (factor * (1 - 1 / n) + log(n));
    }
    ck_assert_double_eq_tol(
        learner_noprop_dt.grad(tiny.self, &tiny.batch, rng_seed(1), g), want,
        1e-4 * factor);
    free(g);
    tiny_close(&tiny);
}
END_TEST

/* The gradient of every weight at the paper's weights, from that with weights of 1: same
 * weights, batch and noise. (T/2) eta (SNR(t) - SNR(t-1)) at T = 3, eta = 0.1, by hand:
 * abar = .001, .24645, .74288, .999. */
START_TEST(a_gradient_is_its_factor_times_that_of_weight_1)
{
    static const double factor[T + 1] = {0.048907, 0.384336, 149.4166, 1};
    struct tiny tiny[2];
    real *g[2];
    size_t n = 0;

    for (int i = 0; i < 2; i++) {
        void *self = tiny_options(&learner_noprop_dt, "mlp-5");

        tiny_set(&learner_noprop_dt, self, "norm", "none");
        tiny_set(&learner_noprop_dt, self, "weight", i ? "uniform" : "snr");
        tiny_open(&tiny[i], &learner_noprop_dt, self, 1);
        n = learner_noprop_dt.weights(self).n;
        g[i] = calloc(n, sizeof **g);
        learner_noprop_dt.grad(self, &tiny[i].batch, rng_seed(1), g[i]);
    }
    for (size_t i = 0; i < n; i++) {
        size_t block = i / ((n - (TINY_CLASSES + 1) * TINY_CLASSES) / T);
        double want = factor[block < T ? block : T];

        ck_assert_double_eq(learner_noprop_dt.loss_factor(tiny[1].self, i), 1);
        ck_assert_double_eq_tol(learner_noprop_dt.loss_factor(tiny[0].self, i), want,
                                1e-4 * want);
        ck_assert_double_eq_tol((double)g[0][i], want * (double)g[1][i],
                                2e-4 * fabs((double)g[0][i]) + 1e-7);
    }
    for (int i = 0; i < 2; i++) {
        free(g[i]);
        tiny_close(&tiny[i]);
    }
}
END_TEST

/* z_T is normal. Per step the mean becomes a uhat + b mean, the variance b^2 variance + c
 * (c = 0 without noise), from N(0, 1); uhat = 1/n where n classes compete, else 0. The
 * score of class k is -||z - e_k||^2, so that z_j - z_k = (score_j - score_k) / 2. */
START_TEST(scores_follow_the_chain)
{
    static const uint8_t on[TINY_CLASSES] = {1, 1, 0, 1, 0};
    struct tiny tiny;
    struct schedule s = open_zero(&tiny, "noise", _i ? "yes" : "no");
    double mean = 0, variance = 1, sum = 0, square = 0;
    const int n = 400 * TINY_SCORE;

    for (int t = 1; t <= T; t++) {
        struct transition step = schedule_transition(&s, t);

        mean = step.a / 3 + step.b * mean;
        variance = step.b * step.b * variance + (_i ? step.c : 0);
    }
    for (uint64_t seed = 0; seed < 400; seed++) {
        real out[TINY_SCORE * TINY_CLASSES];

        learner_noprop_dt.score(tiny.self, tiny_images(&tiny, TINY_SCORE),
                                (struct classes){on, TINY_CLASSES}, rng_seed(seed),
                                mat_of(out, TINY_SCORE, TINY_CLASSES));
        for (int i = 0; i < TINY_SCORE; i++) {
            double apart =
                (double)(out[i * TINY_CLASSES] - out[i * TINY_CLASSES + 2]) / 2;

            sum += apart / n;
            square += pow(apart - mean, 2) / n;
        }
    }
    ck_assert_double_eq_tol(sum, mean, 5 * sqrt(2 * variance / n));
    ck_assert_double_eq_tol(square, 2 * variance, 5 * 2 * variance * sqrt(2.0 / n));
    tiny_close(&tiny);
}
END_TEST

/* `draws: 0` in a suite: the noise term is off whatever the option says. */
START_TEST(the_harness_can_switch_the_noise_off)
{
    struct tiny quiet;
    void *self = tiny_options(&learner_noprop_dt, "mlp-5");
    struct error err = {0};
    real out[2][TINY_SCORE * TINY_CLASSES];
    struct arena arena;
    struct learner_env env = tiny_env(&arena, 1);

    open_zero(&quiet, "noise", "no");
    tiny_set(&learner_noprop_dt, self, "norm", "none");
    tiny_set(&learner_noprop_dt, self, "decision", "nearest");
    tiny_set(&learner_noprop_dt, self, "noise", "yes");
    env.noise = false;
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    ck_assert_int_eq(learner_noprop_dt.init(self, &env, &err), OK);
    memset(learner_noprop_dt.weights(self).data, 0,
           learner_noprop_dt.weights(self).n * sizeof(real));
    for (int i = 0; i < 2; i++)
        learner_noprop_dt.score(i ? self : quiet.self, tiny_images(&quiet, TINY_SCORE),
                                tiny_all(), rng_seed(1),
                                mat_of(out[i], TINY_SCORE, TINY_CLASSES));
    ck_assert_mem_eq(out[0], out[1], sizeof out[0]);
    arena_close(&arena);
    free(self);
    tiny_close(&quiet);
}
END_TEST

/* A zero head gives equal scores, a biased head the biases: it reads z_T linearly. */
START_TEST(the_head_decides_where_it_should)
{
    struct tiny tiny;
    real out[TINY_CLASSES], *bias;
    struct vec w;

    open_zero(&tiny, "decision", "head");
    w = learner_noprop_dt.weights(tiny.self);
    bias = w.data + w.n - TINY_CLASSES;
    for (int k = 0; k < TINY_CLASSES; k++)
        bias[k] = (real)k;
    learner_noprop_dt.score(tiny.self, tiny_images(&tiny, 1), tiny_all(), rng_seed(1),
                            mat_of(out, 1, TINY_CLASSES));
    for (int k = 0; k < TINY_CLASSES; k++)
        ck_assert(out[k] == (real)k);
    tiny_close(&tiny);
}
END_TEST

/* The input of block 1 is z_0, all but pure noise: where the images say nothing either,
 * there is nothing to learn. Were it z_1, the label would shine through. */
START_TEST(a_block_does_not_see_its_answer)
{
    void *self = tiny_options(&learner_noprop_dt, "mlp-5");
    double chance = 0.1 / 2 * (999 - 0.001) * (1 - 1.0 / 5), loss = 0;
    struct tiny tiny;

    tiny_set(&learner_noprop_dt, self, "blocks", "1");
    tiny_open(&tiny, &learner_noprop_dt, self, 1);
    memset(tiny.x, 0, sizeof tiny.x);
    tiny_train(&tiny, 0, 500);
    for (int step = 500; step < 600; step++)
        loss += (double)tiny_train(&tiny, step, 1) / 100;
    ck_assert_double_gt(loss, 0.8 * chance);
    tiny_close(&tiny);
}
END_TEST

/* Algorithm 1: T passes over the data per epoch, pass t for block t and the head alone.
 */
START_TEST(blocks_take_turns_by_the_epoch)
{
    void *self = tiny_options(&learner_noprop_dt, "mlp-5");
    struct tiny tiny;
    struct vec w;
    real *before;
    size_t n;

    tiny_set(&learner_noprop_dt, self, "order", "epoch");
    tiny_open(&tiny, &learner_noprop_dt, self, 1);
    w = learner_noprop_dt.weights(self);
    n = (w.n - (TINY_CLASSES + 1) * TINY_CLASSES) / T; /* weights of one block */
    before = calloc(w.n, sizeof *before);
    ck_assert_int_eq(learner_noprop_dt.passes(self, 0), T);
    for (int pass = 0; pass < T; pass++) {
        memcpy(before, w.data, w.n * sizeof *before);
        tiny_train(&tiny, pass, 1);
        for (int t = 0; t <= T; t++) { /* the blocks, then the head */
            size_t bytes = (t < T ? n : w.n - T * n) * sizeof *before;
            bool moved =
                memcmp(before + (size_t)t * n, w.data + (size_t)t * n, bytes) != 0;

            ck_assert_int_eq(moved, t == pass || t == T);
        }
    }
    free(before);
    tiny_close(&tiny);
}
END_TEST

/* Trains with that many threads; the weights, to be freed. */
static real *trained(const char *net, int n, size_t *n_weight, size_t *bytes)
{
    struct threads *pool;
    struct error err = {0};
    struct tiny tiny;
    struct vec w;
    real *copy;
    void *self = tiny_options(&learner_noprop_dt, net);

    ck_assert_int_eq(threads_open(&pool, n, &err), OK);
    tiny_set(&learner_noprop_dt, self, "embedding", "learned"); /* every block feeds it */
    tiny_open_threads(&tiny, &learner_noprop_dt, self, 1, n, pool);
    tiny_mask(&tiny);
    ck_assert(tiny_train(&tiny, 0, 20) > 0);
    w = learner_noprop_dt.weights(tiny.self);
    copy = malloc(w.n * sizeof *copy);
    memcpy(copy, w.data, w.n * sizeof *copy);
    *n_weight = w.n;
    *bytes = tiny.arena.peak.part[TAG_ACTIVATION];
    tiny_close(&tiny);
    threads_close(pool);
    return copy;
}

/* Three blocks: with 1, 2, 3 and 5 threads. Memory grows with each that has work. */
START_TEST(weights_do_not_depend_on_threads)
{
    static const int many[] = {2, 3, 5};
    size_t n, n_one, one, bytes, before;
    real *want = trained(tiny_nets[_i], 1, &n_one, &one);

    before = one;
    for (int i = 0; i < 3; i++) {
        real *got = trained(tiny_nets[_i], many[i], &n, &bytes);

        ck_assert_uint_eq(n, n_one);
        ck_assert_mem_eq(got, want, n * sizeof *got);
        if (many[i] <= 3)
            ck_assert_uint_gt(bytes, before);
        else
            ck_assert_uint_eq(bytes, before);
        before = bytes;
        free(got);
    }
    free(want);
}
END_TEST

Suite *dt_suite(void)
{
    Suite *suite = suite_create("dt");
    TCase *tcase = tcase_create("dt");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, the_loss_of_an_ignorant_net);
    tcase_add_test(tcase, a_gradient_is_its_factor_times_that_of_weight_1);
    tcase_add_loop_test(tcase, scores_follow_the_chain, 0, 2);
    tcase_add_test(tcase, the_harness_can_switch_the_noise_off);
    tcase_add_test(tcase, the_head_decides_where_it_should);
    tcase_add_test(tcase, a_block_does_not_see_its_answer);
    tcase_add_test(tcase, blocks_take_turns_by_the_epoch);
    tcase_add_loop_test(tcase, weights_do_not_depend_on_threads, 0, TINY_NETS);
    return suite;
}
