/* DiffusionBlocks: the factors of EDM by what they are made for, the ranges of noise by
 * quantiles of the normal distribution from tables, and its walk with nets that say
 * nothing. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "noprop/edm.h"
#include "tests/support/hand.h"

extern const struct learner learner_diffusion_blocks;

static const struct edm wide = {-1.2, 1.2, 0.5, 1e-9, 1e9};

/* What F is fed and what it learns have variance 1, labels having that of `data`; the
 * denoiser of almost clean labels copies, that of pure noise does not look at it. */
START_TEST(factors_keep_the_variance)
{
    for (double sigma = 0.01; sigma < 100; sigma *= 1.7) {
        struct edm_factors c = edm_factors(&wide, sigma);
        double label = wide.data * wide.data, noise = sigma * sigma;

        ck_assert_double_eq_tol(c.in * c.in * (label + noise), 1, 1e-12);
        ck_assert_double_eq_tol((pow(1 - c.skip, 2) * label + c.skip * c.skip * noise) /
                                    (c.out * c.out),
                                1, 1e-9);
        ck_assert_double_eq_tol((noise + label) / (noise * label) * c.out * c.out, 1,
                                1e-12);
        ck_assert_double_eq_tol(exp(4 * c.noise), sigma, 1e-9 * sigma);
    }
    ck_assert_double_gt(edm_factors(&wide, 1e-4).skip, 1 - 1e-6);
    ck_assert_double_lt(edm_factors(&wide, 1e4).skip, 1e-6);
}
END_TEST

/* Of the standard normal distribution, from a table: below each lies that share. */
static const double table[][2] = {
    {0.1, -1.2815515655}, {0.25, -0.6744897502}, {0.5, 0},
    {0.75, 0.6744897502}, {0.9, 1.2815515655},   {0.975, 1.9599639845}};

START_TEST(shares_are_those_of_the_normal_distribution)
{
    double sigma = edm_sigma(&wide, wide.low, wide.high, table[_i][0]);

    ck_assert_double_eq_tol((log(sigma) + 1.2) / 1.2, table[_i][1], 1e-8);
}
END_TEST

/* Within a range the probability is that of the range: half of what lies between the
 * quartile and three quarters is at 1/2; the ends are the ends. */
START_TEST(shares_of_a_range)
{
    double low = exp(-1.2 + 1.2 * table[1][1]), high = exp(-1.2 + 1.2 * table[3][1]);

    ck_assert_double_eq_tol(log(edm_sigma(&wide, low, high, 0.5)), -1.2, 1e-9);
    ck_assert_double_eq_tol(edm_sigma(&wide, low, high, 0), low, 1e-9);
    ck_assert_double_eq_tol(edm_sigma(&wide, low, high, 1), high, 1e-9);
    ck_assert_double_eq_tol(
        log(edm_sigma(&wide, low, wide.high, (0.9 - 0.25) / (1 - 0.25))),
        -1.2 + 1.2 * table[4][1], 1e-8);
}
END_TEST

/* Differences of the scores of class 0 and the others, -||z - u_k||^2, are 2 (z_0 - z_k):
 * with F = 0 the walk only scales z. */
static void walk(const char *blocks, const char *steps, double *out)
{
    real score[TINY_SCORE * HAND_M];
    struct tiny tiny;

    HAND_OPEN(&tiny, &learner_diffusion_blocks, {"blocks", blocks},
              {"inference_steps", steps}, {"sigma_min", "0.5"}, {"sigma_max", "8"},
              {"noise_mean", "0.69314718055994531"});
    learner_diffusion_blocks.score(tiny.self, tiny_images(&tiny, TINY_SCORE), tiny_all(),
                                   rng_seed(3), mat_of(score, TINY_SCORE, HAND_M));
    for (int i = 0; i < TINY_SCORE; i++)
        out[i] = (double)(score[i * HAND_M] - score[i * HAND_M + 1]);
    tiny_close(&tiny);
}

/* By how much z is scaled on the way through these sigmas, the last one being 0; D =
 * z / (1 + 4 sigma^2). */
static double scaled(const double *sigma, int n)
{
    double scale = 1;

    for (int i = 0; i + 1 < n; i++)
        scale *= 1 + (sigma[i + 1] - sigma[i]) / sigma[i] *
                         (1 - 1 / (1 + 4 * sigma[i] * sigma[i]));
    return scale;
}

/* The middle of 0.5 to 8 is 2, by ratio as by probability: ln sigma has the mean ln 2. Two
 * steps of a block and a step of each of two blocks go there, four steps to 4 and 1 too. */
START_TEST(the_walk_goes_from_range_to_range)
{
    static const double path[3][5] = {{8, 0}, {8, 2, 0}, {8, 4, 2, 1, 0}};
    static const char *const blocks[] = {"1", "2", "1", "2"};
    static const char *const steps[] = {"1", "1", "2", "2"};
    static const int of[] = {0, 1, 1, 2}, n[] = {2, 3, 5};
    double once[TINY_SCORE], out[TINY_SCORE];

    walk("1", "1", once);
    walk(blocks[_i], steps[_i], out);
    for (int i = 0; i < TINY_SCORE; i++)
        ck_assert_double_eq_tol(out[i] / once[i],
                                scaled(path[of[_i]], n[of[_i]]) / scaled(path[0], 2),
                                1e-4 * fabs(out[i] / once[i]));
}
END_TEST

/* A net that says nothing has the loss of its target, which has the variance 1 in each of
 * the d dimensions of labels of that variance; one-hot labels of 5 classes have the square
 * 1 in all, whatever the class: ((1 - skip)^2 + 5 skip^2 sigma^2) / out^2. */
START_TEST(an_ignorant_net_has_the_loss_of_its_target)
{
    enum { DRAWS = 300 };
    const struct edm edm = {-1.2, 1.2, 0.5, 0.999, 1.001};
    struct edm_factors c = edm_factors(&edm, 1);
    double want = (pow(1 - c.skip, 2) + 5 * c.skip * c.skip) / (c.out * c.out);
    struct tiny tiny;
    struct model *model = HAND_OPEN(&tiny, &learner_diffusion_blocks, {"blocks", "1"},
                                    {"sigma_min", "0.9999"}, {"sigma_max", "1.0001"});
    real *g = calloc(model->w.n, sizeof *g);
    struct draws draws = {0};

    for (uint64_t seed = 0; seed < DRAWS; seed++)
        draws_add(&draws, (double)learner_diffusion_blocks.grad(tiny.self, &tiny.batch,
                                                                rng_seed(seed), g));
    draws_agree(&draws, want);
    free(g);
    tiny_close(&tiny);
}
END_TEST

Suite *diffusion_blocks_suite(void)
{
    Suite *suite = suite_create("diffusion_blocks");
    TCase *tcase = tcase_create("diffusion_blocks");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, factors_keep_the_variance);
    tcase_add_loop_test(tcase, shares_are_those_of_the_normal_distribution, 0,
                        sizeof table / sizeof table[0]);
    tcase_add_test(tcase, shares_of_a_range);
    tcase_add_loop_test(tcase, the_walk_goes_from_range_to_range, 0, 4);
    tcase_add_test(tcase, an_ignorant_net_has_the_loss_of_its_target);
    return suite;
}
