/* The values of NoProp's objectives where the answers of the blocks and of the head are
 * known: means over many draws against their expectations, by hand or by quadrature. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "noprop/gamma.h"
#include "noprop/schedule.h"
#include "tests/support/hand.h"
#include "tests/support/reference.h"

extern const struct learner learner_noprop_dt, learner_noprop_ct, learner_noprop_fm,
    learner_noprop_backprop, learner_noprop_ensemble, learner_noprop_adjoint;

static const double none[HAND_M];

static double loss_of(struct tiny *tiny, uint64_t seed)
{
    real *g = calloc(tiny->learner->weights(tiny->self).n, sizeof *g);
    real loss = tiny->learner->grad(tiny->self, &tiny->batch, rng_seed(seed), g);

    free(g);
    return (double)loss;
}

static struct draws losses_of(struct tiny *tiny, int n)
{
    struct draws draws = {0};

    for (int i = 0; i < n; i++)
        draws_add(&draws, loss_of(tiny, (uint64_t)i));
    return draws;
}

/* KL(N(sqrt(abar) u, 1 - abar) || N(0, I)) in d dimensions */
static double divergence(double abar, double square, int d)
{
    return (abar * square - d * abar - d * log(1 - abar)) / 2;
}

/* ---------------------------------------------------------------- quadrature */

/* What is read of z is z_0 alone, the coordinate of class 0: it gets the logit SLOPE z_0,
 * the others 0. `own`: is class 0 the label? */
static const double SLOPE = 2;

typedef double reading(double z, bool own);

static double cross_entropy(double z, bool own)
{
    return log(exp(SLOPE * z) + HAND_M - 1) - (own ? SLOPE * z : 0);
}

/* || p - e_y ||^2 = sum p^2 - 2 p_y + 1 */
static double squared_error(double z, bool own)
{
    double sum = exp(SLOPE * z) + HAND_M - 1, p = exp(SLOPE * z) / sum, q = 1 / sum;

    return p * p + (HAND_M - 1) * q * q - 2 * (own ? p : q) + 1;
}

/* Class 0 is the label of every other row. */
static void label_half(struct tiny *tiny)
{
    for (int i = 0; i < TINY_TRAIN; i++)
        tiny->y[i] = i % 2;
}

/* E f(z_0) over the labels of a batch: z_0 ~ N(shift, sd^2), or around shift + mean where
 * class 0 is the label. */
static double expected(const struct tiny *tiny, reading *f, double mean, double shift,
                       double sd)
{
    const double h = 0.05;
    double sum = 0, share = 0;

    for (int i = 0; i < TINY_TRAIN; i++)
        share += (tiny->y[i] == 0) / (double)TINY_TRAIN;
    for (int i = -160; i <= 160; i++) {
        double e = i * h, p = h * exp(-e * e / 2) / sqrt(2 * acos(-1));

        sum += p * (share * f(shift + mean + sd * e, true) +
                    (1 - share) * f(shift + sd * e, false));
    }
    return sum;
}

/* Of z ~ N(sqrt(abar) e_y, 1 - abar). */
static double expected_at(const struct tiny *tiny, reading *f, double abar)
{
    return expected(tiny, f, sqrt(abar), 0, sqrt(1 - abar));
}

/* ---------------------------------------------------------------- NoProp-CT */

/* SNR from exp(-1) to exp(1), hence abar_0. */
static const double FIRST = 0.26894142, RISE = 2.71828183 - 0.36787944;

/* Weights 0: ||uhat - u_y||^2 = 1 - 1/n where n compete, and the mean of SNR'(t) over t
 * is SNR(1) - SNR(0). The head costs log n. */
START_TEST(an_ignorant_net_in_continuous_time)
{
    static const char *const how[3][2] = {
        {"stratified", "yes"}, {"stratified", "no"}, {"weight", "uniform"}};
    double factor = _i == 2 ? 1 : 3.0 / 2 * RISE, want = 0, kl = divergence(FIRST, 1, 5);
    struct tiny tiny;
    struct draws draws;

    HAND_OPEN(&tiny, &learner_noprop_ct, {"weight", "snr"}, {"gamma", "1"}, {"eta", "3"},
              {how[_i][0], how[_i][1]});
    if (_i > 0)
        tiny_mask(&tiny);
    for (int i = 0; i < TINY_TRAIN; i++) {
        double n = _i == 0 ? 5 : tiny.task[i] ? 2 : 3;
        double weight = _i == 0 ? 1 : (double)tiny.weight[i];

        want += weight / TINY_TRAIN * (factor * (1 - 1 / n) + log(n) + kl);
    }
    draws = losses_of(&tiny, 700);
    draws_agree(&draws, want);
    tiny_close(&tiny);
}
END_TEST

/* The head reads z_1, the block a z_t: the mean of SNR'(t) F(abar_t) over t is that of F
 * over SNR, from exp(-1) to exp(1) and whatever the way between them. */
START_TEST(what_is_read_in_continuous_time)
{
    enum { STEPS = 400 };
    const double low = exp(-1), high = exp(1);
    struct tiny tiny;
    struct model *model =
        HAND_OPEN(&tiny, &learner_noprop_ct, {"weight", "snr"}, {"gamma", "1"},
                  {"stratified", "no"}, {"eta", _i ? "1" : "0"});
    double want = divergence(low / (1 + low), 1, 5);
    struct draws draws;

    label_half(&tiny);
    if (_i == 0) {
        hand_head(model, SLOPE, 1);
        want += expected_at(&tiny, cross_entropy, high / (1 + high));
    } else {
        hand_linear(model, 1, SLOPE, 1, none);
        want += log(5);
        for (int i = 0; i < STEPS; i++) {
            double snr = low + (high - low) * (i + 0.5) / STEPS;

            want += 0.5 * (high - low) / STEPS *
                    expected_at(&tiny, squared_error, snr / (1 + snr));
        }
    }
    draws = losses_of(&tiny, 1500);
    draws_agree(&draws, want);
    tiny_close(&tiny);
}
END_TEST

/* Cross-entropy of the head on q(z_1 | y) and KL of q(z_0 | y), where gamma goes from
 * `high` to `low`. */
static double end_loss(const struct tiny *tiny, double low, double high)
{
    return expected_at(tiny, cross_entropy, 1 / (1 + exp(low))) +
           divergence(1 / (1 + exp(high)), 1, 5);
}

/* A schedule that does all its rise, of gamma from 2 to -2, within the first or the last
 * thousandth of the time and is flat elsewhere: read at .99 in place of 1, or at .01 in
 * place of 0, it gives quite another loss. The ends alone decide, so the weights of the
 * way between get nothing. */
START_TEST(the_ends_are_read_at_their_times)
{
    enum { UNITS = 3 * GAMMA_UNITS };
    const double h = 1e-4, k = 4000;
    struct tiny tiny;
    struct model *model = HAND_OPEN(&tiny, &learner_noprop_ct, {"schedule", "yes"},
                                    {"gamma", "2"}, {"weight", "snr"}, {"eta", "0"});
    real *w = model->w.data + model->extra, *g = calloc(model->w.n, sizeof *g);
    struct draws loss = {0}, by_low = {0}, by_high = {0};

    label_half(&tiny);
    hand_head(model, SLOPE, 1);
    for (int j = 0; j < GAMMA_UNITS; j++) {
        w[GAMMA_UNITS + j] = (real)k;
        w[2 * GAMMA_UNITS + j] = _i ? -(real)k : 0;
    }
    for (uint64_t seed = 0; seed < 1500; seed++) {
        memset(g, 0, model->w.n * sizeof *g);
        draws_add(&loss, (double)learner_noprop_ct.grad(tiny.self, &tiny.batch,
                                                        rng_seed(seed), g));
        for (int j = 0; j < UNITS; j++)
            ck_assert_double_eq_tol((double)g[model->extra + (size_t)j], 0, 1e-6);
        draws_add(&by_low, (double)g[model->extra + UNITS]);
        draws_add(&by_high, (double)g[model->extra + UNITS + 1]);
    }
    draws_agree(&loss, end_loss(&tiny, -2, 2));
    draws_agree(&by_low,
                (end_loss(&tiny, -2 + h, 2) - end_loss(&tiny, -2 - h, 2)) / (2 * h));
    draws_agree(&by_high,
                (end_loss(&tiny, -2, 2 + h) - end_loss(&tiny, -2, 2 - h)) / (2 * h));
    free(g);
    tiny_close(&tiny);
}
END_TEST

/* ---------------------------------------------------------------- NoProp-FM */

/* Of v = c sin(1.5 t) + s z_t: v - (u - z_0) = c sin(1.5 t) + (s t - 1) u
 * + (1 + s (1 - t)) z_0 + s sigma eps, its square in five dimensions. */
static double field_error(const struct tiny *tiny, const double *c, double s,
                          double sigma, double t)
{
    double fixed = 0;

    for (int i = 0; i < TINY_TRAIN; i++)
        for (int k = 0; k < HAND_M; k++)
            fixed += pow(c[k] * sin(1.5 * t) + (tiny->y[i] == k) * (s * t - 1), 2);
    return fixed / TINY_TRAIN + HAND_M * (pow(1 + s * (1 - t), 2) + pow(s * sigma, 2));
}

/* Its mean over t; a head of zeros costs log 5. */
START_TEST(the_loss_of_a_field)
{
    enum { STEPS = 400 };
    static const struct {
        double c[HAND_M], slope;
        const char *sigma, *decision;
    } row[] = {{{0}, 0, "0", "nearest"},
               {{0}, 0, "0", "head"},
               {{0}, -1, "0", "nearest"},
               {{2}, -1, "0", "nearest"},
               {{1, 1, 1, 1, 1}, 0.5, "2", "head"}};
    const double *c = row[_i].c, s = row[_i].slope;
    double sigma = strtod(row[_i].sigma, NULL), want = 0;
    struct tiny tiny;
    struct model *model = HAND_OPEN(
        &tiny, &learner_noprop_fm, {"noise_sigma", row[_i].sigma},
        {"decision", row[_i].decision}, {"time_scale", "1.5"}, {"stratified", "no"});
    struct draws draws;

    label_half(&tiny);
    hand_linear(model, 1, s, HAND_M, none);
    hand_wave(model, c);
    for (int i = 0; i < STEPS; i++)
        want += field_error(&tiny, c, s, sigma, (i + 0.5) / STEPS) / STEPS;
    draws = losses_of(&tiny, 700);
    draws_agree(&draws, want + (*row[_i].decision == 'h' ? log(5) : 0));
    tiny_close(&tiny);
}
END_TEST

/* The anchor is what the loss is more where the head decides, for the same noise. With v
 * = c - z_t it reads z_t + (1 - t) v = t z_t + (1 - t) c, z_t = t u + (1 - t) z_0. */
START_TEST(the_anchor_stands_at_the_end_of_the_way)
{
    static const double c[HAND_M] = {0.5};
    enum { STEPS = 400 };
    struct tiny tiny[2];
    struct draws draws = {0};
    double want = 0;

    for (int i = 0; i < 2; i++) {
        struct model *model =
            HAND_OPEN(&tiny[i], &learner_noprop_fm, {"decision", i ? "head" : "nearest"});

        label_half(&tiny[i]);
        hand_linear(model, 1, -1, 1, c);
        hand_head(model, SLOPE, 1);
    }
    for (int i = 0; i < STEPS; i++) {
        double t = (i + 0.5) / STEPS;

        want +=
            expected(&tiny[0], cross_entropy, t * t, (1 - t) * c[0], t * (1 - t)) / STEPS;
    }
    for (uint64_t seed = 0; seed < 1500; seed++)
        draws_add(&draws, loss_of(&tiny[1], seed) - loss_of(&tiny[0], seed));
    draws_agree(&draws, want);
    tiny_close(&tiny[0]);
    tiny_close(&tiny[1]);
}
END_TEST

/* ---------------------------------------------------------------- NoProp-DT */

static struct schedule schedule_of(struct tiny *tiny, double clip)
{
    struct schedule schedule;

    schedule_cosine(&schedule, 3, clip, &tiny->arena);
    return schedule;
}

/* Weights 0, and abar from 0.4 to 0.6: every block answers the mean of the embeddings, at
 * T eta / 2 (SNR(T) - SNR(0)); KL is that of 40 dimensions, the head costs log 5. */
START_TEST(an_ignorant_net_of_learned_embeddings)
{
    const double factor = 3 * 0.1 / 2 * (0.6 / 0.4 - 0.4 / 0.6);
    struct tiny tiny;
    struct model *model = HAND_OPEN(&tiny, &learner_noprop_dt, {"embedding", "learned"},
                                    {"dim", "40"}, {"clip", "0.4"}, {"eta", "0.1"});
    struct mat w = model->embedding.w;
    double want = log(5);

    reference_draw(w.data, HAND_M * 40, 0.5, 1);
    for (int i = 0; i < TINY_TRAIN; i++) {
        const real *u = mat_row(w, tiny.y[i]);
        double square = 0, off = 0;

        for (int j = 0; j < 40; j++) {
            double mean = 0;

            for (int k = 0; k < HAND_M; k++)
                mean += (double)mat_row(w, k)[j] / HAND_M;
            square += (double)(u[j] * u[j]);
            off += pow(mean - (double)u[j], 2);
        }
        want += (factor * off + divergence(0.4, square, 40)) / TINY_TRAIN;
    }
    ck_assert_double_eq_tol(loss_of(&tiny, 1), want, 1e-5 * want);
    tiny_close(&tiny);
}
END_TEST

/* The head reads z_T, of which no block knows; block t reads z_{t-1}. */
START_TEST(what_is_read_in_discrete_time)
{
    struct tiny tiny;
    struct model *model =
        HAND_OPEN(&tiny, &learner_noprop_dt, {"clip", "0.1"}, {"eta", _i ? "0.1" : "0"});
    struct schedule s = schedule_of(&tiny, 0.1);
    double want = divergence(0.1, 1, 5);
    struct draws draws;

    label_half(&tiny);
    if (_i == 0) {
        hand_head(model, SLOPE, 1);
        want += expected_at(&tiny, cross_entropy, 0.9);
    } else {
        want += log(5);
        for (int t = 1; t <= 3; t++) {
            hand_linear(model, t, SLOPE, 1, none);
            want += 3 * 0.1 / 2 * (schedule_snr(&s, t) - schedule_snr(&s, t - 1)) *
                    expected_at(&tiny, squared_error, s.abar[t - 1]);
        }
    }
    draws = losses_of(&tiny, 1500);
    draws_agree(&draws, want);
    tiny_close(&tiny);
}
END_TEST

/* A step of plain gradient descent: blocks and embeddings follow the gradient, given the
 * same noise. KL is next to nothing, and the head is 0: its own noise reaches the head
 * alone, but for what a second step makes of the first one's, lr^2. */
START_TEST(a_step_follows_the_gradient)
{
    enum { DIM = 7 };
    struct tiny tiny;
    struct model *model = HAND_OPEN(
        &tiny, &learner_noprop_dt, {"blocks", _i ? "3" : "1"}, {"embedding", "learned"},
        {"dim", "7"}, {"optimizer", "sgd"}, {"lr", "0.001"}, {"weight_decay", "0"},
        {"clip", "1e-6"}, {"weight", "uniform"});
    size_t table = model->w.n - HAND_M * DIM, n = model->w.n;
    real *g = calloc(n, sizeof *g), *before = calloc(n, sizeof *before);
    double most = 0, loss, trained = 0;

    reference_draw(model->w.data, model->joint, 0.5, 3);
    memcpy(before, model->w.data, n * sizeof *before);
    loss = (double)learner_noprop_dt.grad(tiny.self, &tiny.batch, rng_seed(4), g);
    for (uint64_t seed = 3; seed <= 4; seed++) { /* the first leaves nothing behind */
        memcpy(model->w.data, before, n * sizeof *before);
        trained = (double)learner_noprop_dt.train(tiny.self, &tiny.batch, rng_seed(seed));
    }
    ck_assert_double_eq_tol(trained, loss, 1e-3);
    for (size_t i = 0; i < n; i++) {
        if (i < model->joint || i >= table)
            ck_assert_double_eq_tol((double)(model->w.data[i] - before[i]),
                                    -0.001 * (double)g[i], 3e-7);
        if (i >= table)
            most = fmax(most, fabs((double)g[i]));
    }
    ck_assert_double_gt(most, 0.1);
    free(g);
    free(before);
    tiny_close(&tiny);
}
END_TEST

/* ---------------------------------------------------------------- partners */

/* Mean cross-entropy of five logits for each row. */
static double mean_cross_entropy(const struct tiny *tiny, const double *logit)
{
    double sum = 0;

    for (int i = 0; i < TINY_TRAIN; i++)
        sum += reference_cross_entropy(logit + i * HAND_M, tiny_all().on, tiny->y[i],
                                       HAND_M) /
               TINY_TRAIN;
    return sum;
}

/* Both are trained on what the head makes of the end of the way from z_0: eq. 17 with A =
 * 1/2 and uhat = 1/5, three times; or Euler's steps along v = sin(2 t) - z, four times,
 * but that class 0 alone has the sine. */
START_TEST(the_loss_at_the_end_of_the_way)
{
    static const double sine[HAND_M] = {1};
    struct tiny tiny;
    double logit[TINY_TRAIN * HAND_M];
    real z[TINY_TRAIN * HAND_M];
    struct model *model =
        _i ? HAND_OPEN(&tiny, &learner_noprop_adjoint, {"steps", "4"},
                       {"time_scale", "2"})
           : HAND_OPEN(&tiny, &learner_noprop_backprop, {"blocks", "3"});

    if (_i) {
        hand_linear(model, 1, -1, HAND_M, none);
        hand_wave(model, sine);
    }
    hand_head(model, SLOPE, HAND_M);
    hand_start(z, TINY_TRAIN * HAND_M, rng_seed(2));
    for (int i = 0; i < TINY_TRAIN * HAND_M; i++) {
        double at = (double)z[i];

        for (int k = 0; k < (_i ? 4 : 3); k++)
            at += _i ? (sine[i % HAND_M] * sin(k / 2.0) - at) / 4 : (0.2 - at) / 2;
        logit[i] = SLOPE * at;
    }
    ck_assert_double_eq_tol(loss_of(&tiny, 2), mean_cross_entropy(&tiny, logit), 1e-5);
    tiny_close(&tiny);
}
END_TEST

/* Every block is a classifier: the losses add up. */
START_TEST(the_losses_of_an_ensemble)
{
    static const double bias[2][HAND_M] = {{0.5, -1, 2, 1.5, 0}, {3, 0, 1, -2, 0}};
    double logit[TINY_TRAIN * HAND_M], want = 0;
    struct tiny tiny;
    struct model *model = HAND_OPEN(&tiny, &learner_noprop_ensemble, {"blocks", "2"});

    for (int t = 0; t < 2; t++) {
        hand_constant(model, t + 1, bias[t]);
        for (int i = 0; i < TINY_TRAIN * HAND_M; i++)
            logit[i] = bias[t][i % HAND_M];
        want += mean_cross_entropy(&tiny, logit);
    }
    ck_assert_double_eq_tol(loss_of(&tiny, 2), want, 1e-5);
    tiny_close(&tiny);
}
END_TEST

Suite *objective_suite(void)
{
    Suite *suite = suite_create("objective");
    TCase *tcase = tcase_create("objective");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, an_ignorant_net_in_continuous_time, 0, 3);
    tcase_add_loop_test(tcase, what_is_read_in_continuous_time, 0, 2);
    tcase_add_loop_test(tcase, the_ends_are_read_at_their_times, 0, 2);
    tcase_add_loop_test(tcase, the_loss_of_a_field, 0, 5);
    tcase_add_test(tcase, the_anchor_stands_at_the_end_of_the_way);
    tcase_add_test(tcase, an_ignorant_net_of_learned_embeddings);
    tcase_add_loop_test(tcase, what_is_read_in_discrete_time, 0, 2);
    tcase_add_loop_test(tcase, a_step_follows_the_gradient, 0, 2);
    tcase_add_loop_test(tcase, the_loss_at_the_end_of_the_way, 0, 2);
    tcase_add_test(tcase, the_losses_of_an_ensemble);
    return suite;
}
