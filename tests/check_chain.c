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

#include "noprop/block.h"
#include "noprop/schedule.h"
#include "tests/tiny.h"

extern const struct learner noprop_dt;

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

enum { M = TINY_CLASSES, WIDTH = 4 * M, DRAWS = 250, N = DRAWS * TINY_SCORE };

static const double chance[M] = {0.4, 0.3, 0.15, 0.1, 0.05};

static void put(real *w, int cols, int row, int col, double value)
{
    w[row * cols + col] = (real)value;
}

/* Logits log p_k + slope z_k, whatever the image: relu(z) and relu(-z) are carried to the
 * last layer, all else is 0. */
static void calibrate(const struct block *block, real *w, double slope)
{
    real *label = w + block->weight[PART_LABEL], *join = w + block->weight[PART_JOIN];
    real *half = w + block->weight[PART_FUSION];
    real *last = half + WIDTH * (WIDTH / 2) + WIDTH / 2;

    memset(w, 0, block->n_weight * sizeof *w);
    for (int k = 0; k < M; k++) {
        put(label, WIDTH, k, k, 1);
        put(label, WIDTH, k, M + k, -1);
        put(last, M, k, k, slope);
        put(last, M, M + k, k, -slope);
        last[WIDTH / 2 * M + k] = (real)log(chance[k]);
    }
    for (int i = 0; i < 2 * M; i++) {
        put(join, WIDTH, WIDTH + i, i, 1); /* the second half of [f e] is the label's */
        put(half, WIDTH / 2, i, i, 1);
    }
}

static void open_calibrated(struct tiny *tiny, int T, const char *noise)
{
    void *self = tiny_options(&noprop_dt, "mlp-5");
    struct block_spec spec = {.form = BLOCK_DISCRETE,
                              .trunk = "mlp-5",
                              .width = WIDTH,
                              .image = {6, 6, 1},
                              .d = M,
                              .m = M};
    struct schedule s;
    struct block block;
    struct error err = {0};
    char blocks[16], width[16];

    snprintf(blocks, sizeof blocks, "%d", T);
    snprintf(width, sizeof width, "%d", WIDTH);
    tiny_set(&noprop_dt, self, "blocks", blocks);
    tiny_set(&noprop_dt, self, "width", width);
    tiny_set(&noprop_dt, self, "norm", "none");
    tiny_set(&noprop_dt, self, "noise", noise);
    tiny_set(&noprop_dt, self, "decision", "nearest");
    tiny_open(tiny, &noprop_dt, self, 1);
    schedule_cosine(&s, T, 0.001, &tiny->arena);
    ck_assert_int_eq(block_plan(&block, &spec, &err), OK);
    for (int t = 1; t <= T; t++)
        calibrate(&block, noprop_dt.weights(self).at + (size_t)(t - 1) * block.n_weight,
                  sqrt(s.abar[t - 1]) / (1 - s.abar[t - 1]));
}

/* How often each class is the answer. */
static void count_answers(struct tiny *tiny, double share[M])
{
    real out[TINY_SCORE * M];

    memset(share, 0, M * sizeof *share);
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        noprop_dt.score(tiny->self, tiny_images(tiny, TINY_SCORE), tiny_all(),
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

int main(void)
{
    Suite *suite = suite_create("chain");
    TCase *tcase = tcase_create("chain");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, perfect_predictions_reproduce_the_label);
    tcase_add_test(tcase, a_long_chain_draws_the_class);
    tcase_add_test(tcase, a_short_chain_leans_to_the_likeliest_class);
    tcase_add_loop_test(tcase, without_noise_the_likeliest_class_is_chosen, 0, 4);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
