/* What a run trains with and how it counts, told by a learner whose answers are known: it
 * looks at which outputs compete, and answers by what the pixels say. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/plan.h"
#include "bench/run/run.h"
#include "tests/support/suite_files.h"

enum { N_PIXEL = 8 * 8, CLASSES = 8, TASKS = 4, TRAIN = 8 * CLASSES, TEST = 1200 };

static struct arena arena;
static struct dataset data;
static struct suite suite;
static struct plan plan;
static struct run run;

/* ---------------------------------------------------------------- images */

/* What an image says: its class, its number, and how it is to be answered. */
enum pixel { CLASS, NUMBER, HUNDREDS, ANSWER };

enum answer { RIGHT, WRONG, EQUAL };

/* Of two classes the first is three times as frequent. */
static int class_of(int i)
{
    static const int class[16] = {0, 2, 0, 2, 0, 2, 1, 3, 4, 6, 4, 6, 4, 6, 5, 7};

    return class[i % 16];
}

typedef enum answer answering(int i);

static enum answer all_right(int i)
{
    return RIGHT;
}

static enum answer every_seventh_wrong(int i)
{
    return i % 7 == 3 ? WRONG : RIGHT;
}

static enum answer all_equal(int i)
{
    return EQUAL;
}

static struct images make_images(int n, answering *how)
{
    uint8_t *pixel = arena_take(&arena, TAG_FIXED, (size_t)n, N_PIXEL);
    uint8_t *label = arena_take(&arena, TAG_FIXED, (size_t)n, 1);

    for (int i = 0; i < n; i++) {
        uint8_t *image = pixel + (size_t)i * N_PIXEL;

        label[i] = (uint8_t)class_of(i);
        image[CLASS] = label[i];
        image[NUMBER] = (uint8_t)(i % 100);
        image[HUNDREDS] = (uint8_t)(i / 100);
        image[ANSWER] = (uint8_t)how(i);
    }
    return (struct images){pixel, label, n};
}

static int says(struct mat x, int i, enum pixel which)
{
    return (int)lround(255 * (double)mat_row(x, i)[which]);
}

/* ---------------------------------------------------------------- a run */

static void open_all(void)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
}

static void close_all(void)
{
    run_close(&run);
    arena_close(&arena);
}

typedef real training(void *self, const struct batch *batch, struct rng rng);
typedef void scoring(const void *self, struct mat x, struct classes among, struct rng rng,
                     struct mat out);

static real train_nothing(void *self, const struct batch *batch, struct rng rng)
{
    return 1;
}

/* Four tasks of two classes in natural order, three steps each. */
static void go(const char *stream, const char *evaluation, answering *how,
               training *train, scoring *score)
{
    struct learner learner;
    struct error err = {0};
    char text[1024];

    data = (struct dataset){.name = "toy", .shape = {8, 8, 1}, .n_class = CLASSES};
    data.train = make_images(TRAIN, all_right);
    data.test = make_images(TEST, how);
    snprintf(text, sizeof text,
             "suite: run\nseeds: 1\ntraining: {batch: 4, steps: 3}\n"
             "streams: [{stream: split, dataset: {idx: toy}, tasks: 4, classes: natural, "
             "normalise: unit, %s}]\n"
             "learners: [{learner: backprop, net: mlp-4}]\nevaluation: {%s}\n",
             stream, evaluation);
    ck_assert_msg(suite_files_load(text, NULL, &suite, &arena, &err) == OK &&
                      plan_make(&plan, &suite, NULL, &arena, &err) == OK,
                  "%s", err.text);
    learner = *plan.cell[0].learner;
    learner.train = train;
    learner.score = score;
    plan.cell[0].learner = &learner;
    ck_assert_msg(run_open(&run, &plan.cell[0], &data, &err) == OK &&
                      run_train(&run, &err) == OK,
                  "%s", err.text);
}

/* ---------------------------------------------------------------- masks */

static int trained_last; /* task */

static void are_seen(struct classes among)
{
    ck_assert_int_eq(among.n, CLASSES);
    for (int k = 0; k < among.n; k++)
        ck_assert_int_eq(among.on[k], k < 2 * (trained_last + 1));
}

/* Also for rows of tasks before, which a strategy may add. */
static real train_and_look(void *self, const struct batch *batch, struct rng rng)
{
    trained_last = batch->progress.task;
    for (int t = 0; t <= trained_last; t++)
        are_seen(batch->competing[t]);
    return 1;
}

static void score_and_look(const void *self, struct mat x, struct classes among,
                           struct rng rng, struct mat out)
{
    are_seen(among);
    for (int i = 0; i < out.rows; i++)
        memset(mat_row(out, i), 0, (size_t)out.cols * sizeof(real));
}

/* In training, in tests on the way, and in those at the end of a task. */
START_TEST(what_was_seen_competes)
{
    go("outputs: {train: seen, test: seen}", "every: 1 steps", all_right, train_and_look,
       score_and_look);
    ck_assert_int_eq(trained_last, 3);
    ck_assert_int_eq(run.position.tested[0].n_eval, 3 * (1 + 2 + 3 + 4));
}
END_TEST

/* ---------------------------------------------------------------- counting */

static int asked[TEST]; /* how often an image was scored */

/* What does not compete has the highest scores. */
static void score_by_heart(const void *self, struct mat x, struct classes among,
                           struct rng rng, struct mat out)
{
    for (int i = 0; i < x.rows; i++) {
        int class = says(x, i, CLASS), how = says(x, i, ANSWER);

        asked[100 * says(x, i, HUNDREDS) + says(x, i, NUMBER)]++;
        for (int k = 0; k < out.cols; k++)
            mat_row(out, i)[k] = among.on[k] ? 0 : 9;
        if (how != EQUAL)
            mat_row(out, i)[(how == RIGHT ? class : class ^ 1) % out.cols] = 1;
    }
}

/* Of equal scores the first wins. */
static int hits_of(int task, answering *how)
{
    int hits = 0;

    for (int i = 0; i < TEST; i++)
        if (class_of(i) / 2 == task)
            hits += how(i) == RIGHT || (how(i) == EQUAL && class_of(i) % 2 == 0);
    return hits;
}

/* 300 images in each task, in several calls; outputs of their own or shared. */
START_TEST(right_answers_are_counted)
{
    static answering *const table[] = {all_right, every_seventh_wrong, all_equal};
    answering *how = table[_i / 2];
    int n = 0;

    memset(asked, 0, sizeof asked);
    go(_i % 2 ? "scenario: domain" : "scenario: task", "every: task", how, train_nothing,
       score_by_heart);
    for (int after = 1; after <= TASKS; after++)
        for (int t = 0; t < after; t++, n++) {
            ck_assert_int_eq(run.results.eval[0][n].task, t);
            ck_assert_int_eq(run.results.eval[0][n].total, TEST / TASKS);
            ck_assert_int_eq(run.results.eval[0][n].hits, hits_of(t, how));
        }
    ck_assert_int_eq(run.position.tested[0].n_eval, n);
    for (int i = 0; i < TEST; i++)
        ck_assert_int_eq(asked[i], TASKS - class_of(i) / 2);
}
END_TEST

Suite *scoring_suite(void)
{
    Suite *tests = suite_create("scoring");
    TCase *tcase = tcase_create("scoring");

    suite_add_tcase(tests, tcase);
    tcase_add_checked_fixture(tcase, open_all, close_all);
    tcase_add_test(tcase, what_was_seen_competes);
    tcase_add_loop_test(tcase, right_answers_are_counted, 0, 6);
    return tests;
}
