/* The variants of NoProp against what must hold whatever they have learned: limits, fixed
 * points, what is kept in memory, and the traps of the method. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/plug/trace.h"
#include "noprop/gamma.h"
#include "tests/support/tiny.h"

extern const struct learner learner_noprop_dt, learner_noprop_ct, learner_noprop_fm,
    learner_noprop_backprop, learner_noprop_adjoint;

static void open_with(struct tiny *tiny, const struct learner *learner,
                      const char *const (*option)[2], int n)
{
    void *self = tiny_options(learner, "mlp-5");

    for (int i = 0; i < n; i++) {
        ck_assert_ptr_nonnull(param_find(learner->params, option[i][0]));
        tiny_set(learner, self, option[i][0], option[i][1]);
    }
    tiny_open(tiny, learner, self, 1);
}

#define OPEN(tiny, learner, ...)                                                         \
    open_with(tiny, learner, (const char *const[][2]){__VA_ARGS__},                      \
              (int)(sizeof((const char *const[][2]){__VA_ARGS__}) / sizeof(char *[2])))

/* ---------------------------------------------------------------- the learned schedule
 */

START_TEST(the_learned_schedule_is_monotone)
{
    real w[GAMMA_WEIGHTS];

    for (uint64_t seed = 1; seed < 20; seed++) {
        struct rng rng = rng_seed(seed);

        rng_normal(&rng, w, GAMMA_WEIGHTS, 2);
        w[GAMMA_WEIGHTS - 2] = -3;
        w[GAMMA_WEIGHTS - 1] = 4;
        ck_assert_double_eq_tol(gamma_at(w, 0).gamma, 4, 1e-9);
        ck_assert_double_eq_tol(gamma_at(w, 1).gamma, -3, 1e-9);
        for (double t = 0.01; t < 1; t += 0.01) {
            struct gamma_point at = gamma_at(w, t);
            double above = gamma_at(w, t + 1e-5).gamma;
            double below = gamma_at(w, t - 1e-5).gamma;
            double snr = gamma_abar(at.gamma) / (1 - gamma_abar(at.gamma));

            ck_assert_double_le(at.slope, 0);
            ck_assert_double_eq_tol(at.slope, (above - below) / 2e-5,
                                    1e-4 * (1 + fabs(at.slope)));
            ck_assert_double_eq_tol(snr, exp(-at.gamma), 1e-9 * snr);
            /* SNR' = -gamma' exp(-gamma) */
            ck_assert_double_eq_tol(-at.slope * exp(-at.gamma),
                                    (exp(-above) - exp(-below)) / 2e-5,
                                    1e-3 * (1 + exp(-at.gamma) * fabs(at.slope)));
        }
    }
}
END_TEST

/* ---------------------------------------------------------------- walks */

/* All weights 0 but the last biases: the field is the constant c W = c, and a walk of any
 * number of steps, by either sampler, ends in z_0 + c. */
START_TEST(a_constant_field_is_walked_exactly)
{
    static const char *const steps[] = {"1", "7", "7"};
    real out[3][TINY_SCORE * TINY_CLASSES];

    for (int i = 0; i < 3; i++) {
        struct tiny tiny;
        size_t last;
        struct vec w;

        OPEN(&tiny, &learner_noprop_fm, {"inference_steps", steps[i]},
             {"sampler", i == 2 ? "heun" : "euler"});
        w = learner_noprop_fm.weights(tiny.self);
        memset(w.data, 0, w.n * sizeof *w.data);
        /* behind the block stands the head: d x m, m */
        last = w.n - TINY_CLASSES * (TINY_CLASSES + 1) - TINY_CLASSES;
        for (int k = 0; k < TINY_CLASSES; k++)
            w.data[last + (size_t)k] = (real)(0.3 * k - 0.5);
        learner_noprop_fm.score(tiny.self, tiny_images(&tiny, TINY_SCORE), tiny_all(),
                                rng_seed(3), mat_of(out[i], TINY_SCORE, TINY_CLASSES));
        tiny_close(&tiny);
    }
    for (int i = 0; i < TINY_SCORE * TINY_CLASSES; i++) {
        ck_assert_double_eq_tol((double)out[0][i], (double)out[1][i], 1e-4);
        ck_assert_double_eq_tol((double)out[0][i], (double)out[2][i], 1e-4);
    }
    /* -|z - e_j|^2 + |z - e_k|^2 = 2 (z_j - z_k), whose mean is 2 (c_j - c_k) */
    for (int k = 1; k < TINY_CLASSES; k++) {
        double sum = 0;

        for (int i = 0; i < TINY_SCORE; i++)
            sum += (double)(out[0][i * TINY_CLASSES + k] - out[0][i * TINY_CLASSES]) / 2 /
                   TINY_SCORE;
        ck_assert_double_eq_tol(sum, 0.3 * k, 5 * sqrt(2.0 / TINY_SCORE));
    }
}
END_TEST

/* All weights 0, the schedule as it began: uhat = 1/n, and without noise each step of
 * eq. 3 is linear in z. The three walks agree in the limit of many steps only for the two
 * of the probability flow. */
START_TEST(heun_and_euler_walk_the_same_flow)
{
    real out[2][TINY_SCORE * TINY_CLASSES];

    for (int i = 0; i < 2; i++) {
        struct tiny tiny;
        struct vec w;

        OPEN(&tiny, &learner_noprop_ct, {"inference_steps", i ? "400" : "3000"},
             {"sampler", i ? "heun" : "euler"}, {"decision", "nearest"},
             {"schedule", "no"});
        w = learner_noprop_ct.weights(tiny.self);
        memset(w.data, 0, w.n * sizeof *w.data);
        learner_noprop_ct.score(tiny.self, tiny_images(&tiny, TINY_SCORE), tiny_all(),
                                rng_seed(3), mat_of(out[i], TINY_SCORE, TINY_CLASSES));
        tiny_close(&tiny);
    }
    for (int i = 0; i < TINY_SCORE * TINY_CLASSES; i++)
        ck_assert_double_eq_tol((double)out[0][i], (double)out[1][i], 2e-2);
}
END_TEST

/* The walk of continuous time takes the image branch once for all its steps: were it in
 * the loop, 200 steps would take about 200 times as long as one. */
START_TEST(an_image_is_seen_once)
{
    const struct learner *const learner[] = {&learner_noprop_ct, &learner_noprop_fm};
    double seconds[2] = {INFINITY, INFINITY};

    for (int i = 0; i < 2; i++) {
        void *self = tiny_options(learner[_i], "mlp-800-800");
        real out[TINY_SCORE * TINY_CLASSES];
        struct tiny tiny;

        tiny_set(learner[_i], self, "inference_steps", i ? "200" : "1");
        tiny_open(&tiny, learner[_i], self, 1);
        for (int again = 0; again < 5; again++) {
            clock_t start = clock();

            learner[_i]->score(tiny.self, tiny_images(&tiny, TINY_SCORE), tiny_all(),
                               rng_seed(1), mat_of(out, TINY_SCORE, TINY_CLASSES));
            seconds[i] = fmin(seconds[i], (double)(clock() - start));
        }
        tiny_close(&tiny);
    }
    ck_assert_double_lt(seconds[1], 60 * fmax(seconds[0], 1));
}
END_TEST

/* ---------------------------------------------------------------- limits and traps */

/* eta = 0: blocks get no gradient and stay as they are; the head learns. */
START_TEST(without_eta_no_block_moves)
{
    struct tiny tiny;
    struct vec w;
    real *before;
    size_t head = TINY_CLASSES * (TINY_CLASSES + 1);

    OPEN(&tiny, &learner_noprop_dt, {"eta", "0"}, {"weight_decay", "0"});
    w = learner_noprop_dt.weights(tiny.self);
    before = calloc(w.n, sizeof *before);
    memcpy(before, w.data, w.n * sizeof *before);
    tiny_train(&tiny, 0, 3);
    ck_assert_mem_eq(before, w.data, (w.n - head) * sizeof *before);
    ck_assert(memcmp(before + w.n - head, w.data + w.n - head, head * sizeof *before) !=
              0);
    free(before);
    tiny_close(&tiny);
}
END_TEST

/* The SNR weights and eta are inert with fixed embeddings and one Adam for each block:
 * steps are invariant to the scale of a gradient, but for epsilon. */
START_TEST(weights_of_blocks_are_inert_under_adam)
{
    static const char *const how[2][2] = {{"weight", "snr"}, {"weight", "uniform"}};
    struct tiny tiny[2];
    double far = 0;

    for (int i = 0; i < 2; i++) {
        OPEN(&tiny[i], &learner_noprop_dt, {how[i][0], how[i][1]}, {"epsilon", "1e-20"},
             {"norm", "none"});
        tiny_train(&tiny[i], 0, 5);
    }
    for (size_t j = 0; j < learner_noprop_dt.weights(tiny[0].self).n; j++) {
        real a = learner_noprop_dt.weights(tiny[0].self).data[j];
        real b = learner_noprop_dt.weights(tiny[1].self).data[j];

        far = fmax(far, fabs((double)(a - b)));
    }
    ck_assert_double_lt(far, 2e-3); /* of five steps of 1e-2 */
    tiny_close(&tiny[0]);
    tiny_close(&tiny[1]);
}
END_TEST

/* Least distance between two learned embeddings of dimension 20, which start at sqrt 2.
 */
static double apart_after(const char *weight, int steps)
{
    struct tiny tiny;
    struct mat u;
    double least = INFINITY;

    OPEN(&tiny, &learner_noprop_dt, {"blocks", "10"}, {"embedding", "learned"},
         {"dim", "20"}, {"weight", weight});
    tiny_train(&tiny, 0, steps);
    u = mat_of(learner_noprop_dt.weights(tiny.self).data +
                   learner_noprop_dt.weights(tiny.self).n - TINY_CLASSES * 20,
               TINY_CLASSES, 20);
    for (int i = 0; i < u.rows; i++)
        for (int k = 0; k < i; k++) {
            double square = 0;

            for (int j = 0; j < u.cols; j++)
                square += pow((double)(mat_row(u, i)[j] - mat_row(u, k)[j]), 2);
            least = fmin(least, sqrt(square));
        }
    tiny_close(&tiny);
    return least;
}

/* The last block's weight drags all embeddings together long before the head parts them;
 * weights of 1 let them be. */
START_TEST(literal_weights_collapse_the_embeddings)
{
    ck_assert_double_eq_tol(apart_after("snr", 0), sqrt(2), 1e-5);
    ck_assert_double_lt(apart_after("snr", 60), 0.2);
    ck_assert_double_gt(apart_after("uniform", 60), 0.4);
}
END_TEST

/* ---------------------------------------------------------------- memory */

static struct arena_use memory(const struct learner *learner, const char *blocks,
                               const char *name, const char *value, int *held)
{
    struct tiny tiny;
    struct arena_use use;

    OPEN(&tiny, learner, {"blocks", blocks}, {name, value});
    use = tiny.arena.now;
    *held = learner->blocks_in_memory(tiny.self);
    tiny_close(&tiny);
    return use;
}

/* What the backward pass keeps is one block's for NoProp-DT, T for its partner, one with
 * recomputation but for the labels along the way. */
START_TEST(activations_of_one_block)
{
    enum { FEW, MANY, TRAINED2, TRAINED16, APART, BP2, BP16, LESS, RUNS };
    static const struct {
        const struct learner *learner;
        const char *blocks, *name, *value;
        int held;
    } run[RUNS] = {
        [FEW] = {&learner_noprop_dt, "2", "norm", "batch", 1},
        [MANY] = {&learner_noprop_dt, "16", "norm", "batch", 1},
        [TRAINED2] = {&learner_noprop_dt, "2", "embedding", "learned", 1},
        [TRAINED16] = {&learner_noprop_dt, "16", "embedding", "learned", 1},
        [APART] = {&learner_noprop_dt, "16", "order", "task", 1},
        [BP2] = {&learner_noprop_backprop, "2", "recompute", "no", 2},
        [BP16] = {&learner_noprop_backprop, "16", "recompute", "no", 16},
        [LESS] = {&learner_noprop_backprop, "16", "recompute", "yes", 1},
    };
    size_t labels = 17 * 256; /* of TINY_TRAIN x TINY_CLASSES reals, rounded up */
    struct arena_use use[RUNS];

    for (int i = 0; i < RUNS; i++) {
        int held;

        use[i] = memory(run[i].learner, run[i].blocks, run[i].name, run[i].value, &held);
        ck_assert_int_eq(held, run[i].held);
    }
    ck_assert_uint_eq(use[MANY].part[TAG_ACTIVATION], use[FEW].part[TAG_ACTIVATION]);
    ck_assert_uint_eq(use[MANY].part[TAG_GRADIENT], use[FEW].part[TAG_GRADIENT]);
    ck_assert_uint_eq(use[TRAINED16].part[TAG_GRADIENT],
                      use[TRAINED2].part[TAG_GRADIENT]);
    ck_assert_uint_gt(use[BP16].part[TAG_ACTIVATION], 7 * use[BP2].part[TAG_ACTIVATION]);
    ck_assert_uint_le(use[LESS].part[TAG_ACTIVATION],
                      use[FEW].part[TAG_ACTIVATION] + labels);
    /* finished blocks need no moments: those of one, and of the head */
    ck_assert_uint_lt(use[APART].part[TAG_OPTIMIZER], use[MANY].part[TAG_OPTIMIZER] / 8);
}
END_TEST

START_TEST(recomputation_changes_no_bit)
{
    struct tiny tiny[2];
    struct vec a, b;

    for (int i = 0; i < 2; i++) {
        OPEN(&tiny[i], &learner_noprop_backprop, {"recompute", i ? "yes" : "no"},
             {"embedding", "learned"}, {"net", "dense 5, relu, dropout 0.2"});
        tiny_train(&tiny[i], 0, 4);
    }
    a = learner_noprop_backprop.weights(tiny[0].self);
    b = learner_noprop_backprop.weights(tiny[1].self);
    ck_assert_mem_eq(a.data, b.data, a.n * sizeof *a.data);
    tiny_close(&tiny[0]);
    tiny_close(&tiny[1]);
}
END_TEST

/* order: task trains block after block for the whole task, each from fresh moments. */
START_TEST(a_block_is_finished_before_the_next)
{
    enum { T = 3, EPOCHS = 2 };
    struct tiny tiny;
    struct vec w;
    real *before;
    size_t n;

    OPEN(&tiny, &learner_noprop_dt, {"order", "task"}, {"weight_decay", "0"},
         {"epsilon", "1e-20"}, {"lr", "0.01"});
    w = learner_noprop_dt.weights(tiny.self);
    n = (w.n - TINY_CLASSES * (TINY_CLASSES + 1)) / T;
    before = calloc(w.n, sizeof *before);
    for (int step = 0; step < T * EPOCHS; step++) {
        memcpy(before, w.data, w.n * sizeof *before);
        tiny.batch.progress =
            (struct progress){.task_step = step, .n_task_step = T * EPOCHS};
        learner_noprop_dt.train(tiny.self, &tiny.batch, rng_seed((uint64_t)step));
        for (int t = 0; t < T; t++) {
            size_t at = (size_t)t * n;
            bool moved = memcmp(before + at, w.data + at, n * sizeof *before) != 0;

            ck_assert_int_eq(moved, t == step / EPOCHS);
            /* Adam's first step is lr in every coordinate that has a gradient */
            for (size_t i = at; step % EPOCHS == 0 && i < at + n; i++)
                ck_assert(w.data[i] == before[i] ||
                          fabs(fabs((double)(w.data[i] - before[i])) - 0.01) < 1e-5);
        }
    }
    free(before);
    tiny_close(&tiny);
}
END_TEST

/* The features are the blocks' own, side by side: those of a block change when it trains,
 * and no others. */
START_TEST(features_stand_block_by_block)
{
    enum { T = 3 };
    struct tiny tiny;
    real *before, *now;
    int n;

    OPEN(&tiny, &learner_noprop_dt, {"order", "task"}, {"norm", "none"}, {"width", "4"});
    n = learner_noprop_dt.n_feature(tiny.self);
    ck_assert_int_eq(n, T * 4);
    before = calloc((size_t)n, sizeof *before);
    now = calloc((size_t)n, sizeof *now);
    for (int step = 0; step < T; step++) {
        struct mat x = tiny_images(&tiny, 1);

        learner_noprop_dt.features(tiny.self, x, rng_seed(1), mat_of(before, 1, n));
        tiny.batch.progress = (struct progress){.task_step = step, .n_task_step = T};
        learner_noprop_dt.train(tiny.self, &tiny.batch, rng_seed((uint64_t)step));
        learner_noprop_dt.features(tiny.self, x, rng_seed(1), mat_of(now, 1, n));
        for (int t = 0; t < T; t++)
            ck_assert_int_eq(memcmp(before + 4 * t, now + 4 * t, 4 * sizeof *now) != 0,
                             t == step);
    }
    free(before);
    free(now);
    tiny_close(&tiny);
}
END_TEST

/* ---------------------------------------------------------------- diagnostics */

/* A decision on the chain's end; no block answers, so there is no loss. */
static bool decides(const char *what)
{
    return strncmp(what, "head", 4) == 0 || strncmp(what, "nearest", 7) == 0;
}

/* The trace follows the chain that score follows: the same decisions from the same
 * numbers. And where labels are random, an answer to a label that was given is not
 * mistaken for an answer to the image. */
START_TEST(the_trace_counts_what_it_says)
{
    struct tiny tiny;
    static struct trace trace;
    int32_t task[TINY_SCORE] = {0};
    struct batch batch;

    OPEN(&tiny, &learner_noprop_dt, {"blocks", "3"});
    tiny_train(&tiny, 0, 300);
    batch = tiny.batch;
    batch.task = task;
    trace.n = 0;
    learner_noprop_dt.trace(tiny.self, &batch, rng_seed(1), &trace);
    learner_noprop_dt.trace(tiny.self, &batch, rng_seed(2), &trace);
    ck_assert_int_eq(trace.n, 4 * 3 + 4); /* four kinds of T points, four decisions */
    for (int i = 0; i < trace.n; i++) {
        ck_assert_int_eq(trace.point[i].total, 2 * TINY_TRAIN);
        ck_assert_int_le(trace.point[i].hits, trace.point[i].total);
        ck_assert(trace.point[i].loss >= 0 || decides(trace.point[i].what));
        ck_assert_int_eq(trace.point[i].graded,
                         decides(trace.point[i].what) ? 0 : 2 * TINY_TRAIN);
    }
    ck_assert_str_eq(trace.point[0].what, "chain");
    ck_assert_int_eq(trace.point[0].hits, 2 * TINY_TRAIN); /* separable images */
    tiny_close(&tiny);
}
END_TEST

/* Of bins of a fifteenth: a hit and a miss at 1/2 are one bin that is right half the
 * time, no gap; a hit at .875, a miss at 1, and a miss at .25, where .625 is of a class
 * that does not compete, lie in bins of their own: (0 + .125 + 1 + .25) / 5. */
START_TEST(the_calibration_error_by_hand)
{
    static const uint8_t on[2][3] = {{1, 1, 1}, {1, 0, 1}};
    static const struct classes among[2] = {{on[0], 3}, {on[1], 3}};
    static const int32_t y[5] = {0, 1, 1, 0, 2}, task[5] = {0, 0, 0, 0, 1};
    static struct trace trace;
    real p[] = {0.5, 0.25, 0.25, 0.5, 0.25, 0.25,  0.125, 0.875,
                0,   0,    0,    1,   0.25, 0.625, 0.125};
    const int cut[] = {0, 2, 5}; /* two calls */

    trace.n = 0;
    for (int i = 0; i < 2; i++) {
        struct batch batch = {.y = y + cut[i], .task = task + cut[i], .competing = among};
        struct mat rows = mat_rows(mat_of(p, 5, 3), cut[i], cut[i + 1] - cut[i]);

        trace_grade(&trace, "chain", 1, rows, &batch);
    }
    ck_assert_double_eq_tol(trace_calibration_error(&trace.point[0]), 0.275, 1e-6);
    trace_note(&trace, "head", 1, (double)NAN, mat_of(p, 1, 3),
               &(struct batch){.y = y, .task = task, .competing = among});
    ck_assert(isnan(trace_calibration_error(&trace.point[1])));
}
END_TEST

/* What fewer steps than the learner's own would have cost, and its own last; by the head
 * only where something trains it. */
START_TEST(walks_are_traced_up_to_the_learners_own)
{
    static const struct {
        const struct learner *learner;
        const char *decision;
        int heads;
    } walker[] = {{&learner_noprop_ct, "nearest", 1},
                  {&learner_noprop_adjoint, "head", 1},
                  {&learner_noprop_fm, "head", 1},
                  {&learner_noprop_fm, "nearest", 0}};
    static const struct {
        const char *steps;
        int at[7];
    } row[] = {{"1", {1}},
               {"2", {1, 2}},
               {"7", {1, 2, 5, 7}},
               {"60", {1, 2, 5, 10, 20, 50, 60}}};
    const struct learner *learner = walker[_i].learner;
    int each = 1 + walker[_i].heads;
    int32_t task[TINY_SCORE] = {0};

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        bool own_steps = param_find(learner->params, "steps") != NULL;
        static struct trace trace;
        struct tiny tiny;
        int n = 0;

        OPEN(&tiny, learner, {own_steps ? "steps" : "inference_steps", row[i].steps},
             {"decision", walker[_i].decision});
        tiny.batch.task = task;
        trace.n = 0;
        learner->trace(tiny.self, &tiny.batch, rng_seed(1), &trace);
        for (; n < 7 && row[i].at[n]; n++) {
            const struct trace_point *point = &trace.point[each * n];

            ck_assert_int_eq(point[0].index, row[i].at[n]);
            ck_assert_str_eq(point[0].what, each == 2 ? "head" : "nearest");
            ck_assert_int_eq(point[each - 1].index, row[i].at[n]);
            ck_assert_str_eq(point[each - 1].what, "nearest");
        }
        ck_assert_int_eq(trace.n, each * n);
        tiny_close(&tiny);
    }
}
END_TEST

Suite *noprop_suite(void)
{
    Suite *suite = suite_create("noprop");
    TCase *tcase = tcase_create("noprop");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, the_learned_schedule_is_monotone);
    tcase_add_test(tcase, a_constant_field_is_walked_exactly);
    tcase_add_test(tcase, heun_and_euler_walk_the_same_flow);
    tcase_add_loop_test(tcase, an_image_is_seen_once, 0, 2);
    tcase_add_test(tcase, without_eta_no_block_moves);
    tcase_add_test(tcase, weights_of_blocks_are_inert_under_adam);
    tcase_add_test(tcase, literal_weights_collapse_the_embeddings);
    tcase_add_test(tcase, activations_of_one_block);
    tcase_add_test(tcase, recomputation_changes_no_bit);
    tcase_add_test(tcase, a_block_is_finished_before_the_next);
    tcase_add_test(tcase, features_stand_block_by_block);
    tcase_add_test(tcase, the_trace_counts_what_it_says);
    tcase_add_test(tcase, the_calibration_error_by_hand);
    tcase_add_loop_test(tcase, walks_are_traced_up_to_the_learners_own, 0, 4);
    return suite;
}
