/* Whole runs in this process on images made by hand: the edges of streams and batches. */
#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "bench/plan/plan.h"
#include "bench/run/run.h"
#include "bench/run/stream_record.h"
#include "bench/study/worker.h"
#include "core/base/file.h"
#include "results/data/environment.h"
#include "results/data/metrics.h"
#include "tests/support/sample.h"
#include "tests/support/suite_files.h"

enum { SIDE = 8, N_PIXEL = SIDE * SIDE, MOST_CLASSES = 128, EACH = 24, EACH_TEST = 6 };

static struct arena arena;
static struct dataset data;
static struct suite suite;
static struct plan plan;
static struct run run;

/* An image has the bits of its class in its rows, and some noise. */
static void draw(uint8_t *pixel, int class, uint32_t *noise)
{
    for (int p = 0; p < N_PIXEL; p++) {
        *noise = *noise * 1664525 + 1013904223;
        pixel[p] =
            (uint8_t)((*noise >> 24) / 2 + ((class + 1) >> (p / SIDE) & 1 ? 100 : 0));
    }
}

static struct images draw_images(int n_class, int each)
{
    int n = n_class * each;
    uint8_t *pixel = arena_take(&arena, TAG_FIXED, (size_t)n, N_PIXEL);
    uint8_t *label = arena_take(&arena, TAG_FIXED, (size_t)n, 1);
    uint32_t noise = (uint32_t)n;

    for (int i = 0; i < n; i++) {
        label[i] = (uint8_t)(i % n_class);
        draw(pixel + (size_t)i * N_PIXEL, label[i], &noise);
    }
    return (struct images){pixel, label, n};
}

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

/* The plan of a suite with this stream and these further lines, on n_class classes. */
static void make_plan(int n_class, const char *stream, const char *more)
{
    struct error err = {0};
    char text[2048];

    data = (struct dataset){.name = "toy", .shape = {SIDE, SIDE, 1}, .n_class = n_class};
    data.train = draw_images(n_class, EACH);
    data.test = draw_images(n_class, EACH_TEST);
    snprintf(text, sizeof text,
             "suite: run\nseeds: 1\n"
             "streams: [{stream: split, dataset: {idx: toy}, %s}]\n"
             "learners: [{learner: backprop, net: mlp-32, lr: 0.002}]\n%s",
             stream, more);
    ck_assert_msg(suite_files_load(text, NULL, &suite, &arena, &err) == OK &&
                      plan_make(&plan, &suite, NULL, &arena, &err) == OK,
                  "%s", err.text);
}

static void go(const struct cell *cell)
{
    struct error err = {0};

    run_close(&run);
    ck_assert_msg(run_open(&run, cell, &data, &err) == OK && run_train(&run, &err) == OK,
                  "%s", err.text);
}

static double metric_of(enum metric metric)
{
    struct outcome outcome = {.ending = END_OK, .id.scenario = "class"};
    struct metrics metrics;

    run_outcome(&run, 0, &outcome);
    outcome.tests.pooled = run.cell->strategy->train_on == TRAIN_ON_ALL;
    metrics_compute(&outcome, &arena, &metrics);
    return metrics.value[metric];
}

/* ---------------------------------------------------------------- masks */

static void score_by_chance(const void *self, struct mat x, struct classes among,
                            struct rng rng, struct mat out)
{
    for (int i = 0; i < out.rows; i++)
        rng_normal(&rng, mat_row(out, i), (size_t)out.cols, 1);
}

/* For the same scores: what wins among more outputs wins among fewer. */
START_TEST(fewer_outputs_are_never_harder)
{
    struct learner guessing;
    int64_t hits[3] = {0};

    make_plan(8, "tasks: 4, outputs: {test: [task, seen, all]}",
              "training: {batch: 8, steps: 6}\nevaluation: {every: 1 steps}\n");
    ck_assert_int_eq(plan.n, 3);
    plan.cell[0].next_sharing = &plan.cell[1];
    plan.cell[1].next_sharing = &plan.cell[2];
    guessing = *plan.cell[0].learner;
    guessing.score = score_by_chance;
    plan.cell[0].learner = &guessing;
    go(&plan.cell[0]);
    for (int i = 0; i < run.position.tested[0].n_eval; i++)
        for (int k = 0; k < 3; k++) {
            ck_assert(k == 0 ||
                      run.results.eval[k][i].hits <= run.results.eval[k - 1][i].hits);
            ck_assert_int_eq(run.results.eval[k][i].task, run.results.eval[0][i].task);
            hits[k] += run.results.eval[k][i].hits;
        }
    ck_assert_int_gt(run.position.tested[0].n_eval, 8);
    ck_assert_int_gt(hits[0], hits[1]);
    ck_assert_int_gt(hits[1], hits[2]);
}
END_TEST

static int favoured; /* class */

static void score_favoured(const void *self, struct mat x, struct classes among,
                           struct rng rng, struct mat out)
{
    for (int i = 0; i < out.rows; i++)
        for (int k = 0; k < out.cols; k++)
            mat_row(out, i)[k] = k == favoured;
}

/* The first batch has class 0 alone. Watched or not, the weights and the counts are the
 * same. */
START_TEST(who_watches_sees_the_accuracy_on_new_batches)
{
    struct learner learner;
    struct live_progress live;
    struct outcome watched = {0}, alone = {0};
    struct error err = {0};

    make_plan(4, "tasks: 4, classes: natural, outputs: {test: all}",
              "training: {batch: 8, steps: 5}\n");
    learner = *plan.cell[0].learner;
    learner.score = score_favoured;
    plan.cell[0].learner = &learner;
    for (favoured = 0; favoured < 2; favoured++) {
        run_close(&run);
        ck_assert_int_eq(run_open(&run, &plan.cell[0], &data, &err), OK);
        run.control.live = &live;
        ck_assert_int_eq(run_train(&run, &err), OK);
        ck_assert_int_eq(live.online, favoured == 0 ? 10000 : 0);
    }
    run_outcome(&run, 0, &watched);
    go(&plan.cell[0]);
    run_outcome(&run, 0, &alone);
    ck_assert_uint_eq(watched.weights_hash, alone.weights_hash);
    ck_assert_double_eq(watched.cost.train_flops, alone.cost.train_flops);
    ck_assert_uint_eq(watched.cost.peak.total, alone.cost.peak.total);
}
END_TEST

static void score_nothing(const void *self, struct mat x, struct classes among,
                          struct rng rng, struct mat out)
{
    for (int i = 0; i < out.rows; i++)
        for (int k = 0; k < out.cols; k++)
            mat_row(out, i)[k] = k == 3 ? NAN : 0;
}

/* A score of class 3, which competes in the second task. */
START_TEST(a_score_that_is_no_number_ends_the_run)
{
    struct learner broken;
    struct error err = {0};

    make_plan(4, "tasks: 2, classes: natural, scenario: task",
              "training: {batch: 8, steps: 5}\n");
    broken = *plan.cell[0].learner;
    broken.score = score_nothing;
    plan.cell[0].learner = &broken;
    ck_assert_int_eq(run_open(&run, &plan.cell[0], &data, &err), OK);
    ck_assert_int_eq(run_train(&run, &err), ERR_DIVERGED);
    ck_assert_str_eq(err.text,
                     "a score was not a number at step 10; the learning rate is "
                     "probably too high: lower 'lr' (0.002), or give the rate a "
                     "warmup");
    ck_assert_int_eq(run.position.tested[0].n_eval, 2); /* the first task, twice */
}
END_TEST

/* What competes when it must not: all outputs. The first time, in the training that all
 * cells share, a score is not a number; the next time, with one cell alone, the process
 * dies. */
static void score_and_die(const void *self, struct mat x, struct classes among,
                          struct rng rng, struct mat out)
{
    static bool again;
    int n_on = 0;

    score_by_chance(self, x, among, rng, out);
    for (int k = 0; k < among.n; k++)
        n_on += among.on[k];
    if (n_on < among.n)
        return;
    if (again)
        raise(SIGKILL);
    again = true;
    mat_row(out, 0)[0] = NAN;
}

START_TEST(a_cell_that_crashes_leaves_the_others_their_results)
{
    static const enum ending ending[] = {END_OK, END_CRASHED, END_CRASHED};
    struct environment environment;
    char path[SAMPLE_FOLDER];
    struct error err = {0};
    struct learner deadly;
    struct folder folder;
    struct worker_settings settings = {&folder, &environment, 60};
    struct worker worker = {.settings = &settings};
    int status;

    make_plan(8, "tasks: 4, outputs: {test: [task, seen, all]}",
              "training: {batch: 8, steps: 6}\n");
    plan.cell[0].next_sharing = &plan.cell[1];
    plan.cell[1].next_sharing = &plan.cell[2];
    deadly = *plan.cell[0].learner;
    deadly.score = score_and_die;
    for (int i = 0; i < 3; i++)
        plan.cell[i].learner = &deadly;
    sample_open(path);
    environment_read(&environment, "", "");
    ck_assert(folder_name(&folder, path, &err) == OK &&
              worker_start(&worker, &plan.cell[0], &data, &err) == OK);
    ck_assert_int_eq(waitpid(worker.pid, &status, 0), worker.pid);
    ck_assert_int_eq(worker_finish(&worker, status, 4096, &err), WORKER_FINISHED);
    for (int i = 0; i < 3; i++) {
        struct outcome outcome;
        bool found;

        ck_assert_int_eq(
            folder_outcome(&folder, &plan.cell[i], &arena, &outcome, &found, &err), OK);
        ck_assert(found);
        ck_assert_int_eq(outcome.ending, ending[i]);
        ck_assert_str_eq(outcome.origin.commit, environment.commit);
        ck_assert(i == 0 ? outcome.timing.peak_rss > 1 << 20
                         : outcome.timing.peak_rss == 4096);
    }
    sample_close(path);
}
END_TEST

/* Nothing of a cell that ended is lost with the process that started its worker: the file
 * has the figures of the process before anybody has asked how it ended. */
START_TEST(a_worker_needs_nobody_to_finish_its_outcome)
{
    struct environment environment;
    char path[SAMPLE_FOLDER], file[FOLDER_PATH], *before, *after;
    struct error err = {0};
    struct outcome outcome;
    struct folder folder;
    struct worker_settings settings = {&folder, &environment, 60};
    struct worker worker = {.settings = &settings};
    struct rusage use;
    int status;
    bool found;

    make_plan(4, "tasks: 2", "training: {batch: 8, steps: 6}\n");
    sample_open(path);
    environment_read(&environment, "", "");
    ck_assert(folder_name(&folder, path, &err) == OK &&
              worker_start(&worker, &plan.cell[0], &data, &err) == OK);
    ck_assert_int_eq(wait4(worker.pid, &status, 0, &use), worker.pid);
    ck_assert_int_eq(
        folder_outcome(&folder, &plan.cell[0], &arena, &outcome, &found, &err), OK);
    ck_assert(found && outcome.ending == END_OK);
    ck_assert_double_eq_tol((double)outcome.timing.peak_rss,
                            1024.0 * (double)use.ru_maxrss, 1 << 20);
    ck_assert_str_eq(outcome.origin.host, environment.host);
    folder_cell_path(&folder, &plan.cell[0], "status.json", file);
    ck_assert_int_eq(file_read(file, &arena, &before, NULL, &err), OK);
    ck_assert_int_eq(worker_finish(&worker, status, 4096, &err), WORKER_FINISHED);
    ck_assert_int_eq(file_read(file, &arena, &after, NULL, &err), OK);
    ck_assert_str_eq(before, after);
    sample_close(path);
}
END_TEST

/* ---------------------------------------------------------------- batches */

/* A task has 48 images. */
START_TEST(batches_of_a_task)
{
    static const struct {
        const char *training;
        int64_t steps;
        double rows;
    } row[] = {
        {"{batch: 20, epochs: 2}", 2 * 2 * 2, 2 * 2 * 40},
        {"{batch: 20, epochs: 2, last_partial_batch: keep}", 2 * 2 * 3, 2 * 2 * 48},
        {"{batch: 48, epochs: 1}", 2, 2 * 48},
        {"{batch: 1000, epochs: 3}", 2 * 3, 2 * 3 * 48},
        {"{batch: 1000, epochs: 3, last_partial_batch: keep}", 2 * 3, 2 * 3 * 48},
        {"{batch: 1000, steps: 7}", 2 * 7, 2 * 7 * 48},
    };
    char more[128];

    snprintf(more, sizeof more, "training: %s\n", row[_i].training);
    make_plan(4, "tasks: 2", more);
    go(&plan.cell[0]);
    ck_assert_int_eq(run.position.step, row[_i].steps);
    ck_assert_double_eq(run.position.samples, row[_i].rows);
}
END_TEST

/* ---------------------------------------------------------------- tasks */

START_TEST(one_task_is_learnt_and_has_no_past)
{
    make_plan(4, "tasks: 1", "training: {batch: 8, epochs: 4}\n");
    go(&plan.cell[0]);
    ck_assert_int_eq(run.position.tested[0].n_eval, 1);
    ck_assert_double_gt(metric_of(METRIC_ACCURACY), 0.5);
    ck_assert(isnan(metric_of(METRIC_FORGETTING)) && isnan(metric_of(METRIC_BWT)));
}
END_TEST

/* After task i the tasks 1..i, in the order of their numbers. */
START_TEST(more_than_a_hundred_classes_one_by_one)
{
    int k = 0;

    make_plan(MOST_CLASSES, "tasks: 128, per_task: 4, test_per_task: 1",
              "training: {batch: 4, steps: 1}\n");
    go(&plan.cell[0]);
    ck_assert_int_eq(run.position.tested[0].n_eval,
                     MOST_CLASSES * (MOST_CLASSES + 1) / 2);
    for (int after = 1; after <= MOST_CLASSES; after++)
        for (int t = 0; t < after; t++, k++) {
            ck_assert_int_eq(run.results.eval[0][k].after_task, after);
            ck_assert_int_eq(run.results.eval[0][k].task, t);
            ck_assert_int_eq(run.results.eval[0][k].total, 1);
        }
    ck_assert(!isnan(metric_of(METRIC_FORGETTING)));
}
END_TEST

/* Who forgets completely keeps one task of four; who sees all at once keeps them all. */
/* ---------------------------------------------------------------- visits */

enum { VISITS = 4 };

static struct {
    int begun[VISITS], n_begun;
    int trained[VISITS]; /* batches of each visit */
    uint8_t first[VISITS][N_PIXEL];
} seen;

static void note_task(void *self, const struct task_view *task, struct rng rng)
{
    ck_assert_int_lt(seen.n_begun, VISITS);
    seen.begun[seen.n_begun++] = task->task;
}

/* The rows of a visit are those of its task: two classes, as outputs of the stream. */
static real note_rows(void *self, const struct batch *batch, struct rng rng)
{
    int v = seen.n_begun - 1, task = seen.begun[v];

    ck_assert_int_eq(batch->progress.task, task);
    for (int i = 0; i < batch->x.rows; i++)
        ck_assert(batch->task[i] == task && batch->y[i] / 2 == task);
    if (seen.trained[v]++ == 0)
        for (int p = 0; p < N_PIXEL; p++)
            seen.first[v][p] = (uint8_t)lround(255 * (double)mat_row(batch->x, 0)[p]);
    return 0;
}

START_TEST(tasks_return_in_the_order_of_the_visits)
{
    static const int want[VISITS] = {0, 1, 0, 1};
    struct learner noting;

    make_plan(6, "tasks: 3, visits: 1 2, rounds: 2",
              "training: {batch: 8, steps: 5}\nevaluation: {every: task}\n");
    noting = *plan.cell[0].learner;
    noting.task_begin = note_task;
    noting.train = note_rows;
    plan.cell[0].learner = &noting;
    memset(&seen, 0, sizeof seen);
    go(&plan.cell[0]);
    ck_assert_mem_eq(seen.begun, want, sizeof want);
    for (int v = 0; v < VISITS; v++)
        ck_assert_int_eq(seen.trained[v], 5);
    ck_assert(memcmp(seen.first[0], seen.first[2], N_PIXEL) != 0); /* another order */
    ck_assert_int_eq(run.position.tested[0].n_eval, 1 + 2 + 2 + 2);
    for (int i = 0, row = 1; row <= VISITS; row++)
        for (int t = 0; t < (row > 1 ? 2 : 1); t++, i++) {
            ck_assert_int_eq(run.results.eval[0][i].after_task, row);
            ck_assert_int_eq(run.results.eval[0][i].task, t);
        }
}
END_TEST

START_TEST(joint_training_keeps_what_the_stream_forgets)
{
    double none;

    make_plan(8, "tasks: 4",
              "training: {batch: 16, steps: 200}\nstrategies: [none, joint]\n");
    go(&plan.cell[0]);
    none = metric_of(METRIC_ACCURACY);
    ck_assert_double_eq_tol(none, 0.25, 0.05);
    go(&plan.cell[1]);
    ck_assert_double_gt(metric_of(METRIC_ACCURACY), 0.9);
    ck_assert(isnan(metric_of(METRIC_FORGETTING)));
}
END_TEST

static void score_and_look(const void *self, struct mat x, struct classes among,
                           struct rng rng, struct mat out)
{
    for (int k = 0; k < among.n; k++)
        ck_assert_int_eq(among.on[k], 1);
    score_by_chance(self, x, among, rng, out);
}

/* Who is trained on all tasks at once has seen the classes of all. */
START_TEST(joint_training_has_seen_every_class)
{
    struct learner looking;

    make_plan(8, "tasks: 4, outputs: {test: seen}",
              "training: {batch: 16, steps: 1}\nstrategies: [joint]\n");
    looking = *plan.cell[0].learner;
    looking.score = score_and_look;
    plan.cell[0].learner = &looking;
    go(&plan.cell[0]);
    ck_assert_int_eq(run.position.tested[0].n_eval, 4);
}
END_TEST

/* Published: (x / 255 - mean) / std; unit: x / 255. */
START_TEST(pixels_are_normalised_as_published)
{
    static const uint8_t pixel[N_PIXEL] = {0, 51, 255};
    static const double want[2][3] = {{0, 0.2, 1}, {-2, -0.4, 6}};
    real x[N_PIXEL];

    make_plan(4, "tasks: 2, normalise: [unit, published]",
              "training: {batch: 8, steps: 1}\n");
    data.mean[0] = 0.25f;
    data.std[0] = 0.125f;
    go(&plan.cell[_i]);
    scenario_convert(&run.scenario, pixel, mat_of(x, 1, N_PIXEL));
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq_tol((double)x[i], want[_i][i], 1e-5);
}
END_TEST

START_TEST(an_image_is_not_moved_out_of_sight)
{
    static const char training[] = "training: {batch: 8, steps: 1}\n";
    struct error err = {0};

    make_plan(4, "tasks: 2, augment: {crop: 7}", training);
    go(&plan.cell[0]);
    make_plan(4, "tasks: 2, augment: {crop: 8}", training);
    run_close(&run);
    ck_assert_int_eq(run_open(&run, &plan.cell[0], &data, &err), ERR_SUITE);
    ck_assert_str_eq(err.text, "augment.crop: 8 pixels move an image of 8 x 8 out of "
                               "sight; it takes up to 7");
}
END_TEST

/* ---------------------------------------------------------------- memory */

START_TEST(a_run_does_not_inherit_the_peak_of_another)
{
    size_t alone;

    make_plan(4, "tasks: 2", "training: {batch: {grid: [4, 64]}, steps: 3}\n");
    go(&plan.cell[0]);
    alone = run.memory.peak.total;
    go(&plan.cell[1]);
    ck_assert_uint_gt(run.memory.peak.total, alone);
    go(&plan.cell[0]);
    ck_assert_uint_eq(run.memory.peak.total, alone);
}
END_TEST

/* ---------------------------------------------------------------- the order of classes
 */

/* The stream of the run, as it is put on record. */
static char *recorded(char folder[SAMPLE_FOLDER])
{
    char path[SAMPLE_PATH], *text;
    struct error err = {0};

    snprintf(path, sizeof path, "%s/stream.csv", folder);
    ck_assert_msg(stream_record_save(&run.scenario, path, &err) == OK &&
                      file_read(path, &arena, &text, NULL, &err) == OK,
                  "%s", err.text);
    return text;
}

/* "2 0 / 3 1", from the second column. */
static void groups_of(const char *table, char *groups)
{
    *groups = '\0';
    for (const char *line = strchr(table, '\n') + 1; *line;
         line = strchr(line, '\n') + 1) {
        const char *classes = strchr(line, ',') + 1;

        sprintf(groups + strlen(groups), "%s%.*s", *groups ? " / " : "",
                (int)strcspn(classes, ","), classes);
    }
}

START_TEST(a_recorded_order_gives_the_same_stream)
{
    char folder[SAMPLE_FOLDER], groups[256], stream[512], *shuffled;
    static const char training[] = "training: {batch: 8, steps: 5}\n";
    struct outcome a = {0}, b = {0}, c = {0};

    sample_open(folder);
    make_plan(6, "tasks: 3, classes: shuffled, label_noise: 0.1", training);
    go(&plan.cell[0]);
    run_outcome(&run, 0, &a);
    shuffled = recorded(folder);
    groups_of(shuffled, groups);
    snprintf(stream, sizeof stream, "tasks: 3, label_noise: 0.1, classes: %s", groups);
    make_plan(6, stream, training);
    go(&plan.cell[0]);
    run_outcome(&run, 0, &b);
    ck_assert_str_eq(recorded(folder), shuffled);
    ck_assert_uint_eq(a.weights_hash, b.weights_hash);
    make_plan(6, "tasks: 3, classes: natural, label_noise: 0.1", training);
    go(&plan.cell[0]);
    run_outcome(&run, 0, &c);
    ck_assert_str_ne(recorded(folder), shuffled);
    ck_assert_uint_ne(a.weights_hash, c.weights_hash);
    sample_close(folder);
}
END_TEST

Suite *run_suite(void)
{
    Suite *tests = suite_create("run");
    TCase *runs = tcase_create("runs");

    tcase_add_checked_fixture(runs, open_all, close_all);
    tcase_add_test(runs, fewer_outputs_are_never_harder);
    tcase_add_test(runs, who_watches_sees_the_accuracy_on_new_batches);
    tcase_add_test(runs, a_score_that_is_no_number_ends_the_run);
    tcase_add_test(runs, a_cell_that_crashes_leaves_the_others_their_results);
    tcase_add_test(runs, a_worker_needs_nobody_to_finish_its_outcome);
    tcase_add_loop_test(runs, batches_of_a_task, 0, 6);
    tcase_add_test(runs, one_task_is_learnt_and_has_no_past);
    tcase_add_test(runs, more_than_a_hundred_classes_one_by_one);
    tcase_add_test(runs, tasks_return_in_the_order_of_the_visits);
    tcase_add_test(runs, joint_training_keeps_what_the_stream_forgets);
    tcase_add_test(runs, joint_training_has_seen_every_class);
    tcase_add_loop_test(runs, pixels_are_normalised_as_published, 0, 2);
    tcase_add_test(runs, an_image_is_not_moved_out_of_sight);
    tcase_add_test(runs, a_run_does_not_inherit_the_peak_of_another);
    tcase_add_test(runs, a_recorded_order_gives_the_same_stream);
    suite_add_tcase(tests, runs);
    return tests;
}
