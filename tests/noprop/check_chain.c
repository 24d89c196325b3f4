/* What NoProp-DT's chain makes of blocks that are as good as can be, eq. 3: of blocks
 * that know the label, and of blocks that know how likely each class is.
 *
 * The latter answer with the posterior of u_y given z_{t-1} where class k has the chance
 * p_k: by Bayes' rule q_k ~ p_k exp(sqrt(abar) z_k / (1 - abar)) for one-hot embeddings.
 * Then z_t is distributed as sum_k p_k q(z_t | k) up to the length of a step, and z_T is
 * near u_k with the chance p_k: the chain draws a class, and does not choose the most
 * likely one. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "noprop/schedule.h"
#include "tests/support/hand.h"

extern const struct learner learner_noprop_dt;

/* With perfect predictions a walk that starts in q(z_0 | y) ends in q(z_T | y):
 * N(sqrt(abar_T) u, 1 - abar_T). */
START_TEST(perfect_predictions_reproduce_the_label)
{
    enum { N = 20000 };
    static real z[N], u[N], eps[N];
    struct arena arena;
    struct error err = {0};
    struct schedule s;
    double mean = 0, square = 0, abar;

    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    schedule_cosine(&s, 10, 0.05, &arena);
    for (int i = 0; i < N; i++)
        u[i] = 2;
    rng_normal(&(struct rng){.key = 1}, z, N, (real)sqrt(1 - s.abar[0]));
    for (int i = 0; i < N; i++)
        z[i] += (real)sqrt(s.abar[0]) * u[i];
    for (int t = 1; t <= 10; t++) {
        struct transition step = schedule_transition(&s, t);
        struct rng rng = rng_seed((uint64_t)t);

        rng_normal(&rng, eps, N, (real)sqrt(step.c));
        schedule_move(step, mat_of(z, N, 1), mat_of(u, N, 1), mat_of(eps, N, 1));
    }
    abar = s.abar[10];
    for (int i = 0; i < N; i++)
        mean += (double)z[i] / N;
    for (int i = 0; i < N; i++)
        square += pow((double)z[i] - mean, 2) / N;
    ck_assert_double_eq_tol(mean, 2 * sqrt(abar), 5 * sqrt((1 - abar) / N));
    ck_assert_double_eq_tol(square, 1 - abar, 5 * (1 - abar) * sqrt(2.0 / N));
    arena_close(&arena);
}
END_TEST

/* ---------------------------------------------------------------- calibrated blocks */

enum { M = HAND_M, DRAWS = 250, N = DRAWS * TINY_SCORE };

static const double chance[M] = {0.4, 0.3, 0.15, 0.1, 0.05};

static void open_calibrated(struct tiny *tiny, int T, const char *noise)
{
    double known[M];
    struct model *model;
    struct schedule s;
    char blocks[16];

    snprintf(blocks, sizeof blocks, "%d", T);
    model = HAND_OPEN(tiny, &learner_noprop_dt, {"blocks", blocks}, {"noise", noise},
                      {"decision", "nearest"});
    schedule_cosine(&s, T, 0.001, &tiny->arena);
    for (int k = 0; k < M; k++)
        known[k] = log(chance[k]);
    for (int t = 1; t <= T; t++) {
        double before = s.abar[t - 1];

        hand_linear(model, t, sqrt(before) / (1 - before), M, known);
    }
}

/* How often each class is the answer. */
static void count_answers(struct tiny *tiny, double share[M])
{
    real out[TINY_SCORE * M];

    memset(share, 0, M * sizeof *share);
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        learner_noprop_dt.score(tiny->self, tiny_images(tiny, TINY_SCORE), tiny_all(),
                                rng_seed(seed), mat_of(out, TINY_SCORE, M));
        for (int i = 0; i < TINY_SCORE; i++) {
            int best = 0;

            for (int k = 1; k < M; k++)
                if (out[i * M + k] > out[i * M + best])
                    best = k;
            share[best] += 1.0 / N;
        }
    }
}

START_TEST(a_long_chain_draws_the_class)
{
    struct tiny tiny;
    double share[M];

    open_calibrated(&tiny, 100, "yes");
    count_answers(&tiny, share);
    for (int k = 0; k < M; k++)
        ck_assert_double_eq_tol(share[k], chance[k],
                                5 * sqrt(chance[k] * (1 - chance[k]) / N) + 0.01);
    tiny_close(&tiny);
}
END_TEST

/* A short chain stands between: its last steps are longer than the way that is left. */
START_TEST(a_short_chain_leans_to_the_likeliest_class)
{
    struct tiny tiny;
    double share[M], right = 0, drawn = 0;

    open_calibrated(&tiny, 5, "yes");
    count_answers(&tiny, share);
    for (int k = 0; k < M; k++) {
        right += chance[k] * share[k];
        drawn += chance[k] * chance[k];
    }
    ck_assert_double_gt(right, drawn + 0.005);
    ck_assert_double_lt(right, chance[0] - 0.05);
    tiny_close(&tiny);
}
END_TEST

/* T = 1 is a classifier with a noisy input, whose answers 0.4 and 0.3 are told apart in
 * spite of the noise of variance 0.001; and so, in what it answers, is the chain of any
 * length without the noise term. */
START_TEST(without_noise_the_likeliest_class_is_chosen)
{
    static const struct {
        int T;
        const char *noise;
        double least;
    } quiet[] = {
        {1, "yes", 0.96}, {1, "no", 0.9996}, {5, "no", 0.9996}, {100, "no", 0.9996}};
    struct tiny tiny;
    double share[M];

    open_calibrated(&tiny, quiet[_i].T, quiet[_i].noise);
    count_answers(&tiny, share);
    ck_assert_double_ge(share[0], quiet[_i].least);
    tiny_close(&tiny);
}
END_TEST

Suite *chain_suite(void)
{
    Suite *suite = suite_create("chain");
    TCase *tcase = tcase_create("chain");

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, perfect_predictions_reproduce_the_label);
    tcase_add_test(tcase, a_long_chain_draws_the_class);
    tcase_add_test(tcase, a_short_chain_leans_to_the_likeliest_class);
    tcase_add_loop_test(tcase, without_noise_the_likeliest_class_is_chosen, 0, 4);
    return suite;
}
