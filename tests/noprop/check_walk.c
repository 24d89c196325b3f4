/* What the variants of NoProp score where their answers are known: walks in closed form,
 * the order of their methods, and what is read at their end. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "noprop/gamma.h"
#include "noprop/ode.h"
#include "tests/support/hand.h"

extern const struct learner learner_noprop_ct, learner_noprop_fm, learner_noprop_backprop,
    learner_noprop_ensemble, learner_noprop_adjoint;

enum { N = TINY_SCORE * HAND_M };

static const uint8_t on[HAND_M] = {1, 1, 0, 1, 0};
static const double bias[HAND_M] = {0.5, -1, 2, 1.5, 0};

static void score(struct tiny *tiny, uint64_t seed, real *out)
{
    tiny->learner->score(tiny->self, tiny_images(tiny, TINY_SCORE),
                         (struct classes){on, HAND_M}, rng_seed(seed),
                         mat_of(out, TINY_SCORE, HAND_M));
}

/* ---------------------------------------------------------------- the schedule by hand
 */

enum { RANGE = 4 }; /* gamma from 4 to -4 */

static const double K = 3, B = -1;

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* All units alike: gbar(t) = (s(K t + B) - s(B)) / (s(K + B) - s(B)), s the sigmoid. */
static double abar(double t)
{
    double bar = (sigmoid(K * t + B) - sigmoid(B)) / (sigmoid(K + B) - sigmoid(B));

    return sigmoid(RANGE * (2 * bar - 1));
}

/* NoProp-CT that scores its z. */
static struct model *open_ct(struct tiny *tiny, const char *sampler, const char *steps,
                             const char *noise)
{
    struct model *model = HAND_OPEN(
        tiny, &learner_noprop_ct, {"sampler", sampler}, {"inference_steps", steps},
        {"noise", noise}, {"gamma", "4"}, {"schedule", "yes"}, {"time_scale", "2"});
    real *w = model->w.data + model->extra;

    for (int j = 0; j < GAMMA_UNITS; j++) {
        w[GAMMA_UNITS + j] = (real)log(expm1(K)); /* its softplus is K */
        w[2 * GAMMA_UNITS + j] = (real)B;
    }
    hand_head(model, 1, HAND_M);
    return model;
}

/* ---------------------------------------------------------------- NoProp-CT */

/* From `before` to `now` by eq. 3, alpha = before / now: mean = a uhat + b mean, variance
 * = b^2 variance + c, or without c where the noise is off. */
static void follow(double before, double now, const double *uhat, bool noise,
                   double *mean, double *variance)
{
    double alpha = before / now, b = sqrt(alpha) * (1 - now) / (1 - before);
    double a = sqrt(now) * (1 - alpha) / (1 - before);

    for (int k = 0; k < HAND_M; k++)
        mean[k] = a * uhat[k] + b * mean[k];
    *variance = b * b * *variance + noise * (1 - now) * (1 - alpha) / (1 - before);
}

/* From N(0, 1) on: uhat is softmax(bias sin(2 t)) at the beginning of a step. */
START_TEST(ancestral_steps_in_continuous_time)
{
    struct draws first[HAND_M] = {{0}}, second[HAND_M] = {{0}};
    double mean[HAND_M] = {0}, variance = 1;
    struct tiny tiny;
    real out[N];

    for (int t = 0; t < 3; t++) {
        double logit[HAND_M], uhat[HAND_M];

        for (int k = 0; k < HAND_M; k++)
            logit[k] = bias[k] * sin(2 * t / 3.0);
        hand_softmax(logit, on, uhat);
        follow(abar(t / 3.0), abar((t + 1) / 3.0), uhat, _i, mean, &variance);
    }
    hand_wave(open_ct(&tiny, "ancestral", "3", _i ? "yes" : "no"), bias);
    for (uint64_t seed = 0; seed < 300; seed++) {
        score(&tiny, seed, out);
        for (int i = 0; i < N; i++) {
            draws_add(&first[i % HAND_M], (double)out[i]);
            draws_add(&second[i % HAND_M], pow((double)out[i] - mean[i % HAND_M], 2));
        }
    }
    for (int k = 0; k < HAND_M; k++) {
        draws_agree(&first[k], mean[k]);
        draws_agree(&second[k], variance);
    }
    tiny_close(&tiny);
}
END_TEST

/* One step along the probability flow at t = 0: z_0 + s / 2 (sqrt(abar) uhat - abar z_0),
 * uhat = softmax(0), s = -gamma'(0) = 2 RANGE K s(B) (1 - s(B)) / (s(K + B) - s(B)). */
START_TEST(euler_looks_from_where_it_stands)
{
    double s =
        2 * RANGE * K * sigmoid(B) * (1 - sigmoid(B)) / (sigmoid(K + B) - sigmoid(B));
    struct tiny tiny;
    real out[N], z[N];

    hand_wave(open_ct(&tiny, "euler", "1", "yes"), bias);
    hand_start(z, N, rng_seed(2));
    score(&tiny, 2, out);
    for (int i = 0; i < N; i++) {
        double uhat = on[i % HAND_M] / 3.0;

        ck_assert_double_eq_tol((double)(out[i] - z[i]),
                                s / 2 * (sqrt(abar(0)) * uhat - abar(0) * (double)z[i]),
                                1e-5);
    }
    tiny_close(&tiny);
}
END_TEST

/* dz/dt = s / 2 (sqrt(abar) uhat - abar z) keeps (z - sqrt(abar) uhat) / sqrt(1 - abar)
 * while uhat stays: the noise that z was made of (Song et al. 2021, the step of DDIM). */
static double flow_error(const char *sampler, const char *steps)
{
    double uhat[HAND_M], off = 0;
    struct tiny tiny;
    real out[N], z[N];

    hand_constant(open_ct(&tiny, sampler, steps, "yes"), 1, bias);
    hand_softmax(bias, on, uhat);
    hand_start(z, N, rng_seed(2));
    score(&tiny, 2, out);
    for (int i = 0; i < N; i++) {
        double eps =
            ((double)z[i] - sqrt(abar(0)) * uhat[i % HAND_M]) / sqrt(1 - abar(0));
        double end = sqrt(abar(1)) * uhat[i % HAND_M] + sqrt(1 - abar(1)) * eps;

        off = fmax(off, fabs((double)out[i] - end));
    }
    tiny_close(&tiny);
    return off;
}

START_TEST(the_probability_flow_to_its_order)
{
    const char *sampler = _i ? "heun" : "euler";
    double coarse = flow_error(sampler, "50"), fine = flow_error(sampler, "100");
    double order = _i ? 4 : 2; /* times more exact with half the step */

    ck_assert_double_lt(fine, _i ? 2e-3 : 5e-2);
    ck_assert_double_eq_tol(coarse / fine, order, 0.15 * order);
}
END_TEST

/* ---------------------------------------------------------------- fields */

static const struct {
    const struct learner *learner;
    const char *option[5][2];
    bool heun;
} fields[] = {
    {&learner_noprop_fm,
     {{"inference_steps", "4"}, {"time_scale", "2"}, {"decision", "head"}},
     false},
    {&learner_noprop_fm,
     {{"inference_steps", "4"},
      {"time_scale", "2"},
      {"decision", "head"},
      {"sampler", "heun"}},
     true},
    {&learner_noprop_adjoint, {{"steps", "4"}, {"time_scale", "2"}}, false},
};

/* v = bias sin(2 t), of which four steps see 0, sin .5, sin 1, sin 1.5: Euler's method is
 * the sum of a quarter of each, Heun's the trapezoidal rule, which adds sin(2) / 8. The
 * integral is (1 - cos 2) / 2 = .70807; they give .57958, .69324. Classes that do not
 * compete have no part in v, and their z stays. */
START_TEST(a_field_that_changes_with_time)
{
    double way = (sin(0.5) + sin(1) + sin(1.5) + fields[_i].heun * sin(2) / 2) / 4;
    struct tiny tiny;
    struct model *model = hand_open(&tiny, fields[_i].learner, fields[_i].option);
    real out[N], z[N];

    hand_wave(model, bias);
    hand_head(model, 1, HAND_M);
    hand_start(z, N, rng_seed(2));
    score(&tiny, 2, out);
    for (int i = 0; i < N; i++)
        ck_assert_double_eq_tol((double)(out[i] - z[i]),
                                on[i % HAND_M] * bias[i % HAND_M] * way, 1e-5);
    tiny_close(&tiny);
}
END_TEST

/* v = bias - z/2 in four steps of h = 1/4: the way to the resting point 2 bias that is
 * left shrinks by 1 - h/2 in each of Euler's, by 1 - h/2 + h^2/8 in each of Heun's. */
START_TEST(a_field_that_pulls)
{
    double left = pow(1 - 1.0 / 8 + fields[_i].heun / 128.0, 4);
    struct tiny tiny;
    struct model *model = hand_open(&tiny, fields[_i].learner, fields[_i].option);
    real out[N], z[N];

    hand_linear(model, 1, -0.5, HAND_M, bias);
    hand_head(model, 1, HAND_M);
    hand_start(z, N, rng_seed(2));
    score(&tiny, 2, out);
    for (int i = 0; i < N; i++) {
        double rest = 2 * bias[i % HAND_M];
        double end = on[i % HAND_M] ? rest + left * ((double)z[i] - rest) : (double)z[i];

        ck_assert_double_eq_tol((double)out[i], end, 1e-5);
    }
    tiny_close(&tiny);
}
END_TEST

/* ---------------------------------------------------------------- partners */

/* Eq. 17-19 with uhat = 1/n: z_T - 1/n is z_0 - 1/n times all 1 - A_t; in the beginning
 * A_t = 1/2, and later tanh(w_t). */
START_TEST(the_unrolled_chain_mixes)
{
    struct tiny tiny;
    struct model *model = HAND_OPEN(&tiny, &learner_noprop_backprop, {"blocks", "3"});
    double left = 1.0 / 8;
    real out[N], z[N];

    hand_head(model, 1, HAND_M);
    for (int t = 1; _i && t <= 3; t++) {
        model->w.data[model->extra + (size_t)t - 1] = (real)(0.3 * t);
        left *= 2 * (1 - tanh(0.3 * t));
    }
    hand_start(z, N, rng_seed(2));
    score(&tiny, 2, out);
    for (int i = 0; i < N; i++) {
        double uhat = on[i % HAND_M] / 3.0;

        ck_assert_double_eq_tol((double)out[i], uhat + left * ((double)z[i] - uhat),
                                1e-5);
    }
    tiny_close(&tiny);
}
END_TEST

/* The log of the mean of the softmaxes, not of the last, and not the mean of logits. */
START_TEST(the_ensemble_averages_chances)
{
    static const double other[HAND_M] = {3, 0, 1, -2, 0};
    struct tiny tiny;
    struct model *model = HAND_OPEN(&tiny, &learner_noprop_ensemble, {"blocks", "2"});
    double p[2][HAND_M];
    real out[N];

    hand_constant(model, 1, bias);
    hand_constant(model, 2, other);
    hand_softmax(bias, on, p[0]);
    hand_softmax(other, on, p[1]);
    score(&tiny, 2, out);
    for (int i = 0; i < N; i++)
        if (on[i % HAND_M])
            ck_assert_double_eq_tol((double)out[i],
                                    log((p[0][i % HAND_M] + p[1][i % HAND_M]) / 2), 1e-5);
    tiny_close(&tiny);
}
END_TEST

/* ---------------------------------------------------------------- the end, the time */

/* u = (1, 0), (0, 2), (5, 5), of which the last does not compete; z A + b = (log 3, 0,
 * 9): y~ = 3/4 u_0 + 1/4 u_1 = (3/4, 1/2). With sigma = 1/2 the scores are -2 ||y~ -
 * u_k||^2: -2 (1/16 + 1/4), -2 (9/16 + 9/4). */
START_TEST(the_radial_head_by_hand)
{
    static const uint8_t two[3] = {1, 1, 0};
    real u[6] = {1, 0, 0, 2, 5, 5}, z[2] = {2, 1}, out[3];
    real w[9] = {0, 0, 4, (real)log(3), 0, 0, 0, 0, 1}; /* A, b */
    struct embedding e = {.kind = EMBEDDING_LEARNED, .w = mat_of(u, 3, 2)};
    struct head head = {
        .posterior = POSTERIOR_RADIAL, .decision = DECISION_HEAD, .sigma = 0.5};
    struct error err = {0};
    struct arena arena;

    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    head_open(&head, &e, 1, &arena);
    head_score(&head, w, mat_of(z, 1, 2), (struct classes){two, 3}, mat_of(out, 1, 3));
    ck_assert_double_eq_tol((double)out[0], -0.625, 1e-6);
    ck_assert_double_eq_tol((double)out[1], -5.625, 1e-6);
    arena_close(&arena);
}
END_TEST

/* scale t = 1: the sines of 10000^(-i/31), then the cosines. */
START_TEST(features_of_the_time_by_hand)
{
    static const struct {
        int i;
        double sine, cosine;
    } row[] = {{0, 0.841470985, 0.540302306},   /* of 1 */
               {8, 0.092708137, 0.995693327},   /* of .0928414545 */
               {31, 0.000100000, 0.999999995}}; /* of .0001 */
    real out[BLOCK_TIME];

    ode_features(out, 0.25, 4);
    for (int r = 0; r < 3; r++) {
        ck_assert_double_eq_tol((double)out[row[r].i], row[r].sine, 1e-7);
        ck_assert_double_eq_tol((double)out[32 + row[r].i], row[r].cosine, 1e-7);
    }
}
END_TEST

Suite *walk_suite(void)
{
    Suite *suite = suite_create("walk");
    TCase *tcase = tcase_create("walk");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, ancestral_steps_in_continuous_time, 0, 2);
    tcase_add_test(tcase, euler_looks_from_where_it_stands);
    tcase_add_loop_test(tcase, the_probability_flow_to_its_order, 0, 2);
    tcase_add_loop_test(tcase, a_field_that_changes_with_time, 0, 3);
    tcase_add_loop_test(tcase, a_field_that_pulls, 0, 3);
    tcase_add_loop_test(tcase, the_unrolled_chain_mixes, 0, 2);
    tcase_add_test(tcase, the_ensemble_averages_chances);
    tcase_add_test(tcase, the_radial_head_by_hand);
    tcase_add_test(tcase, features_of_the_time_by_hand);
    return suite;
}
