/* iCaRL around a learner whose two features are its two pixels: herding, shares and the
 * decision by hand. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/nn/loss.h"
#include "core/plug/strategy.h"

extern const struct strategy strategy_icarl;

enum { PIXELS = 2, OUT = 3, BATCH = 10, SCORE_ROWS = 2, ROWS = 4 };

static const uint8_t all[OUT] = {1, 1, 1};
static const struct classes among[OUT] = {{all, OUT}, {all, OUT}, {all, OUT}};

static struct arena arena;
static struct error err;
static void *self;
static struct learner plug;
static unsigned can;
static struct learner_handle handle;
static double score_flops;

/* A learner that always says 2. */
static void say_two(const void *learner, struct mat x, struct classes competing,
                    struct rng rng, struct mat out)
{
    for (int i = 0; i < x.rows; i++)
        for (int k = 0; k < OUT; k++)
            mat_row(out, i)[k] = k == 2;
}

static double flops(const void *learner)
{
    return 1;
}

static int n_feature(const void *learner)
{
    return PIXELS;
}

static void features(const void *learner, struct mat x, struct rng rng, struct mat out)
{
    ck_assert_int_le(x.rows, SCORE_ROWS);
    mat_copy(out, x);
}

static void convert(void *harness, const uint8_t *pixel, struct mat x)
{
    for (int i = 0; i < x.rows; i++)
        for (int j = 0; j < PIXELS; j++)
            mat_row(x, i)[j] = pixel[i * PIXELS + j];
}

static void set(const char *name, const char *value)
{
    ck_assert_int_eq(
        param_set(param_find(strategy_icarl.params, name), self, value, &err), OK);
}

static enum status open_set(int n_out, const char *const *options)
{
    struct strategy_env env = {.arena = &arena,
                               .n_task = OUT,
                               .n_class = OUT,
                               .n_out = n_out,
                               .n_pixel = PIXELS,
                               .batch = BATCH,
                               .class_rows = ROWS};

    self = calloc(1, strategy_icarl.size);
    param_defaults(strategy_icarl.params, self);
    for (; *options; options += 2)
        set(options[0], options[1]);
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    plug = (struct learner){.name = "two",
                            .can = can,
                            .score = say_two,
                            .flops = flops,
                            .score_flops = flops,
                            .n_feature = n_feature,
                            .features = features};
    handle = (struct learner_handle){.plug = &plug,
                                     .n_in = PIXELS,
                                     .n_out = n_out,
                                     .n_train = 2 * BATCH,
                                     .n_score = SCORE_ROWS,
                                     .competing = among,
                                     .score_flops = &score_flops,
                                     .arena = &arena,
                                     .convert = convert};
    return strategy_icarl.init(self, &env, &err) == OK
               ? strategy_icarl.attach(self, &handle, &err)
               : err.status;
}

static enum status open_around(int n_out, const char *name, const char *value)
{
    return open_set(n_out, (const char *const[]){name, value, NULL});
}

static void close_around(void)
{
    arena_close(&arena);
    free(self);
    err = (struct error){0};
}

struct shown {
    uint8_t pixel[ROWS][PIXELS];
    int32_t y[ROWS];
};

static void read_row(const void *from, int i, uint8_t *pixel, int32_t *y)
{
    const struct shown *shown = from;

    if (pixel)
        memcpy(pixel, shown->pixel[i], PIXELS);
    *y = shown->y[i];
}

static void learn_by(uint64_t seed, int task, const struct shown *shown, int n)
{
    struct task_view view = {task, n, shown, read_row};

    strategy_icarl.task_begin(self, &view, rng_seed(seed));
    strategy_icarl.task_end(self, &view, rng_seed(seed));
}

static void learn(int task, const struct shown *shown, int n)
{
    learn_by(1, task, shown, n);
}

/* Every slot that a batch of the next task can draw from, by its pixels. */
static bool holds(uint8_t a, uint8_t b)
{
    uint8_t pixel[2 * BATCH][PIXELS];
    int32_t y[2 * BATCH], task[2 * BATCH];
    float weight[2 * BATCH];

    for (int draw = 0; draw < 50; draw++) {
        struct batch_builder builder = {pixel[0], y, task, weight, BATCH, 2 * BATCH};

        strategy_icarl.mix(self, &builder, 1, rng_seed((uint64_t)draw));
        for (int i = BATCH; i < builder.n; i++)
            if (pixel[i][0] == a && pixel[i][1] == b)
                return true;
    }
    return false;
}

static void decide(real a, real b, real out[OUT])
{
    real x[PIXELS] = {a, b};

    strategy_icarl.prepare(self, rng_seed(2));
    strategy_icarl.score(self, mat_of(x, 1, PIXELS), among[0], rng_seed(3),
                         mat_of(out, 1, OUT));
}

/* Normalised (1, 0), (0, 1), (.6, .8): their mean is (.664, .747), nearest to (3, 4);
 * from there 2 mu - (.6, .8) = (.729, .695) asks for (1, 0), though (0, 1) is nearer to
 * mu. */
static const struct shown first = {{{10, 0}, {0, 1}, {3, 4}}, {0, 0, 0}};
static const struct shown second = {{{0, 9}}, {1}};

START_TEST(herding_by_hand)
{
    ck_assert_int_eq(open_around(OUT, "buffer.per_class", "2"), OK);
    learn(0, &first, 3);
    ck_assert(holds(3, 4) && holds(10, 0) && !holds(0, 1));
    close_around();

    ck_assert_int_eq(open_around(OUT, "buffer.per_class", "1"), OK);
    learn(0, &first, 3);
    ck_assert(holds(3, 4) && !holds(10, 0) && !holds(0, 1));
    close_around();
}
END_TEST

/* Two of three, whatever their features: each of them stays behind in a third of the
 * draws, to four standard deviations of 300. */
START_TEST(random_exemplars_are_any)
{
    const char *const options[] = {"exemplars", "random", "buffer.per_class", "2", NULL};
    int left[3] = {0};

    for (uint64_t seed = 0; seed < 300; seed++) {
        bool held[3];

        ck_assert_int_eq(open_set(OUT, options), OK);
        learn_by(seed, 0, &first, 3);
        for (int i = 0; i < 3; i++) {
            held[i] = holds(first.pixel[i][0], first.pixel[i][1]);
            left[i] += !held[i];
        }
        ck_assert_int_eq(held[0] + held[1] + held[2], 2);
        close_around();
    }
    for (int i = 0; i < 3; i++)
        ck_assert_int_le(abs(left[i] - 100), 33);
}
END_TEST

/* Normalised (1, 0), (0, 1), (.6, .8), (.96, .28): mu = (.776, .631), nearest to (3, 4).
 * From there 2 mu - (.6, .8) = (.952, .461) asks for (24, 7); mu alone, less what is
 * there, is (.176, -.169) and would ask for (1, 0). */
START_TEST(the_aim_grows_by_the_mean)
{
    static const struct shown four = {{{1, 0}, {0, 1}, {3, 4}, {24, 7}}, {0, 0, 0, 0}};

    ck_assert_int_eq(open_around(OUT, "buffer.per_class", "2"), OK);
    learn(0, &four, 4);
    ck_assert(holds(3, 4) && holds(24, 7) && !holds(1, 0) && !holds(0, 1));
    close_around();
}
END_TEST

/* Three in all: with a second class each has one, the best. */
START_TEST(a_smaller_share_drops_the_last)
{
    ck_assert_int_eq(open_around(OUT, "buffer", "3"), OK);
    learn(0, &first, 3);
    ck_assert(holds(3, 4) && holds(10, 0) && holds(0, 1));
    learn(1, &second, 1);
    ck_assert(holds(3, 4) && holds(0, 9) && !holds(10, 0) && !holds(0, 1));
    close_around();
}
END_TEST

START_TEST(every_class_has_a_share)
{
    ck_assert_int_eq(open_around(OUT, "buffer", "2"), ERR_USAGE);
    ck_assert(strstr(err.text, "`buffer: 3` or more") != NULL);
    close_around();
}
END_TEST

/* The exemplars (.6, .8) and (1, 0) have the mean (.8, .4), at length 1 (.894, .447); of
 * class 1 it is (0, 1). From (1, 1) / sqrt 2 they are 2 - 2 cos away. */
START_TEST(the_nearest_mean_by_hand)
{
    real out[OUT];

    ck_assert_int_eq(open_around(OUT, "buffer.per_class", "2"), OK);
    learn(0, &first, 3);
    learn(1, &second, 1);
    decide(7, 7, out);
    ck_assert_double_eq_tol((double)out[0], -(2 - 2 * 3 / sqrt(10)), 1e-6);
    ck_assert_double_eq_tol((double)out[1], -(2 - 2 / sqrt(2)), 1e-6);
    ck_assert(isinf((double)out[2]) && out[2] < 0);
    decide(1, 5, out);
    ck_assert(out[1] > out[0]);
    close_around();
}
END_TEST

START_TEST(without_exemplars_the_learner_decides)
{
    real out[OUT];

    ck_assert_int_eq(open_around(OUT, "buffer.per_class", "2"), OK);
    decide(7, 7, out);
    ck_assert(out[2] == 1 && out[0] == 0);
    close_around();
}
END_TEST

/* Where tasks share outputs a task has means of its own: the nearest of each output. */
START_TEST(shared_outputs_have_a_mean_for_each_task)
{
    real out[OUT];

    ck_assert_int_eq(open_around(1, "buffer.per_class", "2"), OK);
    learn(0, &first, 3);
    learn(1, &(struct shown){{{0, 9}}, {0}}, 1);
    strategy_icarl.prepare(self, rng_seed(2));
    for (int k = 0; k < 2; k++) {
        real x[PIXELS] = {k == 0, k == 1};

        strategy_icarl.score(self, mat_of(x, 1, PIXELS), (struct classes){all, 1},
                             rng_seed(3), mat_of(out, 1, 1));
        ck_assert_double_eq_tol((double)out[0], k ? 0 : -(2 - 4 / sqrt(5)), 1e-6);
    }
    close_around();
}
END_TEST

/* As if exemplars and images were one set: 2 exemplars beside 4 images are 5 rows for 10.
 */
START_TEST(exemplars_come_in_proportion)
{
    uint8_t pixel[2 * BATCH][PIXELS];
    int32_t y[2 * BATCH], task[2 * BATCH];
    float weight[2 * BATCH];
    struct batch_builder builder = {pixel[0], y, task, weight, BATCH, 2 * BATCH};
    struct task_view view = {1, 4, &second, read_row};

    ck_assert_int_eq(open_around(OUT, "buffer.per_class", "2"), OK);
    learn(0, &first, 3);
    strategy_icarl.task_begin(self, &view, rng_seed(1));
    for (uint64_t seed = 0; seed < 50; seed++) { /* there is no rest to draw */
        builder.n = BATCH;
        strategy_icarl.mix(self, &builder, 1, rng_seed(seed));
        ck_assert_int_eq(builder.n, BATCH + 5);
    }
    close_around();
}
END_TEST

START_TEST(exemplars_are_counted)
{
    ck_assert_int_eq(open_around(OUT, "buffer.per_class", "20"), OK);
    /* 60 slots of two pixels, a label and a task: whole cache lines */
    ck_assert_uint_eq(arena.now.part[TAG_BUFFER], 128 + 256 + 256);
    close_around();
}
END_TEST

START_TEST(distillation_needs_logits)
{
    ck_assert_int_eq(open_around(OUT, "distil", "1"), ERR_USAGE);
    ck_assert(strstr(err.text, "logits") != NULL);
    close_around();
}
END_TEST

/* Logits of the old model: 2 ln 3 for every output. */
static void say_all(const void *learner, struct mat x, struct classes competing,
                    struct rng rng, struct mat out)
{
    for (int i = 0; i < x.rows * OUT; i++)
        out.data[i] = (real)(2 * log(3));
}

/* The slopes of a row of label y, where the sigmoids of the new logits are 3/4, 1/2, 1/2.
 */
static void slopes(int32_t y, real logit[OUT])
{
    static const int32_t none = 0;
    real x[PIXELS] = {0};
    struct batch batch = {
        .x = mat_of(x, 1, PIXELS), .y = &y, .task = &none, .competing = among};

    logit[0] = (real)log(3);
    logit[1] = logit[2] = 0;
    strategy_icarl.teach(self, &batch, rng_seed(1));
    loss_cross_entropy(mat_of(logit, 1, OUT), &batch);
}

/* Before any task has ended the targets are the label's. Then that of the old output 0 is
 * s(2 ln 3 / T): 3/4 with T = 2, 9/10 with T = 1; the new one has no T. */
START_TEST(sigmoids_by_hand)
{
    const char *const options[] = {
        "loss", "sigmoid", "buffer.per_class", "2", "temperature", _i ? "1" : "2", NULL};
    double old = _i ? 0.9 : 0.75;
    real slope[OUT];

    can = CAN_SOFT;
    ck_assert_int_eq(open_set(OUT, options), OK);
    plug.score = say_all;
    slopes(0, slope);
    ck_assert_double_eq_tol((double)slope[0], 0.75 - 1, 1e-6);
    ck_assert_double_eq_tol((double)slope[1], 0.5, 1e-6);
    learn(0, &first, 3);
    slopes(1, slope);
    ck_assert_double_eq_tol((double)slope[0], 0.75 - old, 1e-6);
    ck_assert_double_eq_tol((double)slope[1], 0.5 - 1, 1e-6);
    ck_assert_double_eq_tol((double)slope[2], 0.5 - 0, 1e-6);
    close_around();
}
END_TEST

START_TEST(sigmoids_leave_nothing_to_distil)
{
    can = CAN_SOFT;
    ck_assert_int_eq(
        open_set(OUT, (const char *const[]){"loss", "sigmoid", "distil", "1", NULL}),
        ERR_USAGE);
    ck_assert(strstr(err.text, "leave distil out") != NULL);
    close_around();
}
END_TEST

Suite *icarl_suite(void)
{
    Suite *suite = suite_create("icarl");
    TCase *tcase = tcase_create("icarl");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, herding_by_hand);
    tcase_add_test(tcase, random_exemplars_are_any);
    tcase_add_test(tcase, the_aim_grows_by_the_mean);
    tcase_add_test(tcase, a_smaller_share_drops_the_last);
    tcase_add_test(tcase, every_class_has_a_share);
    tcase_add_test(tcase, the_nearest_mean_by_hand);
    tcase_add_test(tcase, without_exemplars_the_learner_decides);
    tcase_add_test(tcase, shared_outputs_have_a_mean_for_each_task);
    tcase_add_test(tcase, exemplars_come_in_proportion);
    tcase_add_test(tcase, exemplars_are_counted);
    tcase_add_test(tcase, distillation_needs_logits);
    tcase_add_loop_test(tcase, sigmoids_by_hand, 0, 2);
    tcase_add_test(tcase, sigmoids_leave_nothing_to_distil);
    return suite;
}
