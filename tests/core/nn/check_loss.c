#include "core/nn/loss.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/reference.h"

enum { N = 6, K = 5 };

/* Two tasks: outputs 0 1 3 compete for the rows of the first, 2 4 for those of the
 * second. */
static const uint8_t on[2][K] = {{1, 1, 0, 1, 0}, {0, 0, 1, 0, 1}};
static const struct classes among[2] = {{on[0], K}, {on[1], K}};
static const int32_t task[N] = {0, 1, 0, 0, 1, 1}, label[N] = {0, 2, 3, 1, 4, 4};
static const float weight[N] = {0.5F, 2, 0, 1, 0.25F, 3};

static struct batch make_batch(const float *weights)
{
    return (struct batch){
        .y = label, .task = task, .competing = among, .weight = weights};
}

static double row_weight(const float *weights, int i)
{
    return weights ? (double)weights[i] : 1;
}

START_TEST(softmax_by_hand)
{
    real logit[] = {(real)log(1), (real)log(2), 50, (real)log(5), 60};

    softmax_row(logit, on[0], K);
    ck_assert_double_eq_tol(logit[0], 0.125, 1e-6);
    ck_assert_double_eq_tol(logit[1], 0.25, 1e-6);
    ck_assert_double_eq_tol(logit[3], 0.625, 1e-6);
    ck_assert(logit[2] == 0 && logit[4] == 0);
}
END_TEST

START_TEST(softmax_of_large_logits)
{
    real logit[] = {10000, 10000, INFINITY, -10000, (real)NAN};

    softmax_row(logit, on[0], K);
    ck_assert_double_eq_tol(logit[0], 0.5, 1e-6);
    ck_assert_double_eq_tol(logit[1], 0.5, 1e-6);
    for (int k = 2; k < K; k++)
        ck_assert(logit[k] == 0);
}
END_TEST

START_TEST(cross_entropy_agrees_with_its_formula)
{
    const float *weights = _i ? weight : NULL;
    struct batch batch = make_batch(weights);
    real logit[N * K];
    double *wide, want = 0, dwant[N * K];

    reference_draw(logit, N * K, 2, 1);
    wide = reference_widen(logit, N * K);
    for (int i = 0; i < N; i++) {
        double share = row_weight(weights, i) / N, sum = 0;

        want += share * reference_cross_entropy(wide + i * K, on[task[i]], label[i], K);
        for (int k = 0; k < K; k++)
            sum += on[task[i]][k] ? exp(wide[i * K + k]) : 0;
        for (int k = 0; k < K; k++) /* share (softmax - onehot) where it competes */
            dwant[i * K + k] =
                on[task[i]][k] ? share * (exp(wide[i * K + k]) / sum - (k == label[i]))
                               : 0;
    }
    ck_assert_double_eq_tol(loss_cross_entropy(mat_of(logit, N, K), &batch), want, 1e-6);
    ck_assert_double_lt(reference_error(logit, dwant, N * K), 1e-4);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < K; k++)
            ck_assert(on[task[i]][k] || logit[i * K + k] == 0);
    free(wide);
}
END_TEST

/* ln 10 for equal logits of ten outputs: what an untrained net must show. */
START_TEST(equal_logits_cost_the_log_of_their_number)
{
    static const uint8_t all[10] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    const struct classes ten = {all, 10};
    const int32_t zero = 0;
    struct batch batch = {.y = &zero, .task = &zero, .competing = &ten};
    real logit[10] = {0};

    ck_assert_double_eq_tol(loss_cross_entropy(mat_of(logit, 1, 10), &batch), log(10),
                            1e-6);
}
END_TEST

START_TEST(nan_in_a_competing_logit_passes_through)
{
    struct batch batch = make_batch(NULL);
    real logit[N * K] = {0};

    logit[3] = (real)NAN; /* row 0, output 3: competes */
    ck_assert(isnan(loss_cross_entropy(mat_of(logit, N, K), &batch)));
    memset(logit, 0, sizeof logit);
    logit[2] = (real)NAN; /* output 2 does not */
    ck_assert(isfinite(loss_cross_entropy(mat_of(logit, N, K), &batch)));
    memset(logit, 0, sizeof logit);
    logit[0] = INFINITY;
    ck_assert(!isfinite(loss_cross_entropy(mat_of(logit, N, K), &batch)));
}
END_TEST

START_TEST(a_hopeless_row_stays_finite)
{
    struct batch batch = make_batch(NULL);
    real logit[N * K] = {0};
    double loss;

    logit[0] = -3e4F;
    loss = loss_cross_entropy(mat_of(logit, N, K), &batch);
    ck_assert(isfinite(loss));
    ck_assert_double_gt(loss, 80.0 / N);
    ck_assert_double_eq_tol(logit[0], -1.0 / N, 1e-6);
}
END_TEST

START_TEST(squared_agrees_with_its_formula)
{
    const float *weights = _i ? weight : NULL;
    struct batch batch = make_batch(weights);
    real y[N * K], target[N * K];
    double want = 0, dwant[N * K];

    reference_draw(y, N * K, 1, 1);
    reference_draw(target, N * K, 1, 2);
    for (int i = 0; i < N * K; i++) {
        double d = (double)y[i] - (double)target[i],
               share = row_weight(weights, i / K) / N;

        want += share * d * d;
        dwant[i] = 2 * share * d;
    }
    ck_assert_double_eq_tol(loss_squared(mat_of(y, N, K), mat_of(target, N, K), &batch),
                            want, 1e-5);
    ck_assert_double_lt(reference_error(y, dwant, N * K), 1e-4);
}
END_TEST

/* 2x2, weights 1 and 3: 1/2 (1 (1 + 4) + 3 (9 + 0)) = 16 */
START_TEST(squared_by_hand)
{
    const float weights[] = {1, 3};
    struct batch batch = make_batch(weights);
    real y[] = {1, 2, 3, 4}, target[] = {0, 0, 0, 4};

    ck_assert(loss_squared(mat_of(y, 2, 2), mat_of(target, 2, 2), &batch) == 16);
    ck_assert(y[0] == 1 && y[1] == 2 && y[2] == 9 && y[3] == 0);
}
END_TEST

/* One output, at 0, for two rows that weigh 3 and 1/2: the mean of 3 ln 2 and ln 2 / 2,
 * and of the slopes s - 1 = -1/2 a half of 3 and of 1/2 times each. */
START_TEST(sigmoids_weigh_as_their_rows)
{
    static const uint8_t one[1] = {1}, none[1] = {0};
    static const int32_t zero[2] = {0, 0};
    static const float weights[2] = {3, 0.5F};
    const struct classes competing = {one, 1}, group = {none, 1};
    real z[2] = {0, 0}, target[2] = {0, 0};
    struct soft soft = {
        .target = mat_of(target, 2, 1), .sigmoid = &group, .temperature = 1};
    struct batch batch = {.y = zero,
                          .task = zero,
                          .competing = &competing,
                          .weight = weights,
                          .soft = &soft};

    ck_assert_double_eq_tol((double)loss_cross_entropy(mat_of(z, 2, 1), &batch),
                            1.75 * log(2), 1e-6);
    ck_assert_double_eq_tol((double)z[0], -0.75, 1e-6);
    ck_assert_double_eq_tol((double)z[1], -0.125, 1e-6);
}
END_TEST

/* Logit ln 3 has the sigmoid 3/4. Output 0 is the label: -ln 3/4, slope -1/4. Output 1
 * has the target s(2 ln 3 / 2) = 3/4 and is there: its entropy, no slope. Output 2 should
 * be 0: -ln 1/4, slope 3/4. Output 3 does not compete. */
START_TEST(sigmoids_by_hand)
{
    static const uint8_t all[4] = {1, 1, 1, 0}, past[4] = {0, 1, 0, 1};
    static const int32_t zero = 0;
    const struct classes competing = {all, 4}, group = {past, 4};
    const double h = log(3);
    real z[4] = {(real)h, (real)h, (real)h, 5}, target[4] = {-7, 2 * (real)h, 9, 9};
    struct soft soft = {
        .target = mat_of(target, 1, 4), .sigmoid = &group, .temperature = 2};
    struct batch batch = {
        .y = &zero, .task = &zero, .competing = &competing, .soft = &soft};
    double want = log(4.0 / 3) + (0.75 * log(4.0 / 3) + 0.25 * log(4)) + log(4);

    ck_assert_double_eq_tol((double)loss_cross_entropy(mat_of(z, 1, 4), &batch), want,
                            1e-5);
    ck_assert_double_eq_tol((double)z[0], -0.25, 1e-6);
    ck_assert_double_eq_tol((double)z[1], 0, 1e-6);
    ck_assert_double_eq_tol((double)z[2], 0.75, 1e-6);
    ck_assert_double_eq((double)z[3], 0);
}
END_TEST

/* Labels that weigh nothing, and logits to match. Three outputs compete for the first
 * row, which are off by 1, -2, 3, and two for the second, off by -2, 1. The loss is
 * 1/2 (3 (1 + 4 + 9) / 3 + 4 (4 + 1) / 2) = 12; the slopes are 3/2 2/3 = 1 and 4/2 2/2 =
 * 2 times what they are off. The other outputs are off too and do not count. */
START_TEST(logits_are_matched_where_outputs_compete)
{
    static const real slope[2 * K] = {1, -2, 0, 3, 0, 0, 0, -4, 0, 2};
    static const int32_t own[2] = {0, 2};
    static const float nothing[2] = {0, 0}, match[2] = {3, 4};
    real z[2 * K] = {1, 2, 9, 3, 7, 8, 8, 1, 8, 0};
    real target[2 * K] = {0, 4, -5, 0, 1, 0, 0, 3, 0, -1}, spare[K];
    struct soft soft = {.target = mat_of(target, 2, K), .match = match, .spare = spare};
    struct batch batch = {
        .y = own, .task = task, .competing = among, .weight = nothing, .soft = &soft};

    ck_assert_double_eq_tol((double)loss_cross_entropy(mat_of(z, 2, K), &batch), 12,
                            1e-5);
    for (int i = 0; i < 2 * K; i++)
        ck_assert_double_eq_tol((double)z[i], (double)slope[i], 1e-6);
}
END_TEST

Suite *loss_suite(void)
{
    Suite *suite = suite_create("loss");
    TCase *tcase = tcase_create("loss");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, softmax_by_hand);
    tcase_add_test(tcase, sigmoids_by_hand);
    tcase_add_test(tcase, logits_are_matched_where_outputs_compete);
    tcase_add_test(tcase, softmax_of_large_logits);
    tcase_add_loop_test(tcase, cross_entropy_agrees_with_its_formula, 0, 2);
    tcase_add_test(tcase, equal_logits_cost_the_log_of_their_number);
    tcase_add_test(tcase, nan_in_a_competing_logit_passes_through);
    tcase_add_test(tcase, a_hopeless_row_stays_finite);
    tcase_add_loop_test(tcase, squared_agrees_with_its_formula, 0, 2);
    tcase_add_test(tcase, squared_by_hand);
    tcase_add_test(tcase, sigmoids_weigh_as_their_rows);
    return suite;
}
