/* The probe against nearest class means in plain loops, on generated digits. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/plan.h"
#include "bench/run/probe.h"
#include "bench/run/run.h"
#include "tasks/formats/load.h"
#include "tests/support/suite_files.h"

enum { N_IN = 28 * 28, UNITS = 7, MOST = 400, CLASSES = 10, TASKS = 2 };

static struct arena arena;
static struct dataset data;
static struct run run;

static void run_suite(const char *scenario, const char *strategy)
{
    static struct suite suite;
    struct error err = {0};
    struct plan plan;
    char path[SUITE_PATH], text[1024];

    snprintf(text, sizeof text,
             "suite: probe\nseeds: 1\ntraining: {batch: 16, steps: 20}\n"
             "evaluation: {probe: ncm}\n"
             "streams: [{stream: split, dataset: synthetic-digits, tasks: 2, "
             "per_task: 100, test_per_task: 60, scenario: %s}]\n"
             "learners: [{learner: backprop, net: mlp-7}]\nstrategies: [%s]\n",
             scenario, strategy);
    suite_files_write(text, path);
    ck_assert_msg(suite_load(&suite, path, NULL, &arena, &err) == OK, "%s", err.text);
    unlink(path);
    ck_assert_int_eq(plan_make(&plan, &suite, NULL, &arena, &err), OK);
    ck_assert_int_eq(plan.n, 1);
    ck_assert_msg(run_open(&run, &plan.cell[0], &data, &err) == OK, "%s", err.text);
    ck_assert_msg(run_train(&run, &err) == OK, "%s", err.text);
}

static void load_data(void)
{
    struct error err = {0};

    ck_assert_int_eq(
        dataset_load(&data, "synthetic-digits", "", (struct dataset_form){0}, &err), OK);
}

static void close_data(void)
{
    dataset_close(&data);
}

static void open_all(void)
{
    struct error err = {0};

    memset(&run, 0, sizeof run);
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
}

static void close_all(void)
{
    run_close(&run);
    arena_close(&arena);
}

/* Features and outputs of a task's part, as the net stands; how many. */
static int look(int task, enum part part, real *h, int32_t *y)
{
    int n = (part == PART_TRAIN ? run.scenario.train : run.scenario.test)[task].n;
    uint8_t pixel[N_IN];
    real x[N_IN];

    ck_assert_int_le(n, MOST);
    for (int i = 0; i < n; i++) {
        scenario_read(&run.scenario, task, part, i, pixel, &y[i]);
        scenario_convert(&run.scenario, pixel, mat_of(x, 1, N_IN));
        run.cell->learner->features(run.model.learner, mat_of(x, 1, N_IN), rng_seed(1),
                                    mat_of(h + (size_t)i * UNITS, 1, UNITS));
    }
    return n;
}

/* Means by task and output, from the training images of the tasks met; tasks share no
 * class. */
static void find_means(int met, double mean[TASKS][CLASSES][UNITS],
                       int count[TASKS][CLASSES])
{
    static real h[MOST * UNITS];
    int32_t y[MOST];

    for (int t = 0; t < met; t++) {
        int n = look(t, PART_TRAIN, h, y);

        for (int i = 0; i < n; i++)
            count[t][y[i]]++;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < UNITS; j++)
                mean[t][y[i]][j] += (double)h[i * UNITS + j] / count[t][y[i]];
    }
}

static int nearest(double mean[TASKS][CLASSES][UNITS], int count[TASKS][CLASSES],
                   const real *h, int first, int last)
{
    double best = INFINITY;
    int found = -1;

    for (int t = first; t <= last; t++)
        for (int k = 0; k < CLASSES; k++) {
            double distance = 0;

            for (int j = 0; j < UNITS; j++)
                distance += pow((double)h[j] - mean[t][k][j], 2);
            if (count[t][k] > 0 && distance < best) {
                best = distance;
                found = k;
            }
        }
    return found;
}

/* The row of the tasks met; in the task scenario only the task's own classes compete. */
static void assert_row(const char *scenario, int met, const struct evaluation *row)
{
    static double mean[TASKS][CLASSES][UNITS];
    static int count[TASKS][CLASSES];
    static real h[MOST * UNITS];
    bool own = strcmp(scenario, "task") == 0;
    int32_t y[MOST];

    memset(mean, 0, sizeof mean);
    memset(count, 0, sizeof count);
    find_means(met, mean, count);
    for (int t = 0; t < met; t++) {
        int n = look(t, PART_TEST, h, y), hits = 0;

        for (int i = 0; i < n; i++)
            hits += nearest(mean, count, h + (size_t)i * UNITS, own ? t : 0,
                            own ? t : TASKS - 1) == y[i];
        ck_assert_int_eq(row[t].task, t);
        ck_assert_int_eq(row[t].after_task, met);
        ck_assert_int_eq(row[t].total, n);
        ck_assert_int_eq(row[t].hits, hits);
        ck_assert_int_gt(hits, 0);
    }
}

START_TEST(hits_are_those_of_the_nearest_class_mean)
{
    static const char *const scenario[] = {"class", "task", "domain"};

    run_suite(scenario[_i], "none");
    ck_assert_int_eq(run.position.tested[0].n_probed, 1 + 2);
    ck_assert_int_eq(run.results.probed[0][0].after_task, 1);
    ck_assert_int_eq(run.results.probed[0][0].step, 20);
    assert_row(scenario[_i], TASKS, run.results.probed[0] + 1);
}
END_TEST

/* In the domain scenario all outputs compete from the start. As if the second task were
 * still to come, with the means of the last probe in memory. */
START_TEST(means_of_tasks_to_come_do_not_compete)
{
    struct error err = {0};

    run_suite("domain", "none");
    run.position.experience = 0;
    ck_assert_int_eq(run_probe(&run, 1, &err), OK);
    ck_assert_int_eq(run.position.tested[0].n_probed, 1 + 2 + 1);
    assert_row("domain", 1, run.results.probed[0] + 3);
}
END_TEST

START_TEST(pooled_training_has_one_row)
{
    run_suite("class", "joint");
    ck_assert_int_eq(run.position.tested[0].n_probed, 2);
    assert_row("class", TASKS, run.results.probed[0]);
}
END_TEST

Suite *probe_suite(void)
{
    Suite *suite = suite_create("probe");
    TCase *tcase = tcase_create("probe");

    suite_add_tcase(suite, tcase);
    tcase_add_unchecked_fixture(tcase, load_data, close_data);
    tcase_add_checked_fixture(tcase, open_all, close_all);
    tcase_add_loop_test(tcase, hits_are_those_of_the_nearest_class_mean, 0, 3);
    tcase_add_test(tcase, means_of_tasks_to_come_do_not_compete);
    tcase_add_test(tcase, pooled_training_has_one_row);
    return suite;
}
