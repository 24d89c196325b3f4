#include "results/data/metrics.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "tests/support/make_outcome.h"

static struct arena arena;

static void open_arena(void)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 1 << 20, &err), OK);
}

static void close_arena(void)
{
    arena_close(&arena);
}

static void expect(const struct metrics *m, enum metric metric, double value)
{
    ck_assert_msg(fabs(m->value[metric] - value) < 1e-12, "%s is %g, not %g",
                  metric_table[metric].name, m->value[metric], value);
    ck_assert_ptr_null(m->reason[metric]);
}

static void expect_undefined(const struct metrics *m, enum metric metric,
                             const char *reason)
{
    ck_assert_msg(isnan(m->value[metric]), "%s is %g", metric_table[metric].name,
                  m->value[metric]);
    ck_assert_ptr_nonnull(m->reason[metric]);
    ck_assert_msg(strstr(m->reason[metric], reason) != NULL, "%s: %s",
                  metric_table[metric].name, m->reason[metric]);
}

/* The toy matrix of the specification: row 0 and three rows. */
static const double toy[] = {
    .10, .10, .10, /* before training */
    .90, .20, .10, /**/
    .70, .95, .15, /**/
    .80, .60, .85,
};

START_TEST(toy_matrix_by_hand)
{
    struct outcome o = make_outcome(toy, 3, 100, &arena);
    struct metrics m;

    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_ACCURACY, .7500);
    expect(&m, METRIC_ACCURACY_SAMPLE, .7500);
    expect(&m, METRIC_INCREMENTAL_ACCURACY, .8250);
    expect(&m, METRIC_LEARNING_ACCURACY, .9000);
    expect(&m, METRIC_BWT, -.2250);
    expect(&m, METRIC_FORGETTING, .2250);
    expect(&m, METRIC_FWT, .0750);
    expect_undefined(&m, METRIC_MIN_ACCURACY, "every: N steps");
    expect_undefined(&m, METRIC_WC_ACCURACY, "every: N steps");
    expect_undefined(&m, METRIC_ANYTIME_ACCURACY, "every: N steps");
}
END_TEST

/* By hand, from the toy matrix; before each task .20 and .15, at first .10 and .10. */
START_TEST(conventions_of_other_suites_by_hand)
{
    struct outcome o = make_outcome(toy, 3, 100, &arena);
    struct metrics m;

    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_ACCURACY_DIAZ, .8000);
    expect(&m, METRIC_FORGETTING_AVALANCHE, .2250);
    expect(&m, METRIC_FORGETTING_FACIL, .2250);
    expect(&m, METRIC_FORGETTING_MAMMOTH, .2250);
    expect(&m, METRIC_FORGETTING_RAPTORMAI, .1500);
    expect(&m, METRIC_BWT_GEM_CODE, -.1500);
    expect(&m, METRIC_BWT_DIAZ, -.65 / 3);
    expect(&m, METRIC_FWT_GEM_CODE, .0500);
    expect(&m, METRIC_FWT_CONTINUUM, .1750);
}
END_TEST

/* Task 1 runs .80 .90 .70, task 2 runs .99 (not yet learnt) .50 .60. */
START_TEST(conventions_differ_in_the_maximum)
{
    const double R[] = {0, 0, 0, .80, .99, 0, .90, .50, 0, .70, .60, .40};
    struct outcome o = make_outcome(R, 3, 100, &arena);
    struct metrics m;

    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_FORGETTING, (.20 - .10) / 2);
    expect(&m, METRIC_FORGETTING_AVALANCHE, (.10 - .10) / 2);
    expect(&m, METRIC_FORGETTING_FACIL, (.20 + .39) / 2);
    expect(&m, METRIC_FORGETTING_MAMMOTH, (.20 + .39) / 2);
    o.tests.eval.data[4].end = false; /* row 1, task 2: not tested before it was learnt */
    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_FORGETTING_FACIL, (.20 - .10) / 2);
    expect(&m, METRIC_FORGETTING_MAMMOTH, (.20 + 0) / 2);
    expect(&m, METRIC_FORGETTING_RAPTORMAI, (.20 + 0) / 3);
}
END_TEST

/* Tasks are numbers, not texts: 2 comes before 10 and 100. Task j ends at j / 1000. */
START_TEST(more_than_a_hundred_tasks_in_the_order_of_numbers)
{
    enum { N = 120 };
    static double R[(N + 1) * N];
    struct outcome o;
    struct metrics m;
    double *matrix;

    for (int k = 0; k < (N + 1) * N; k++)
        R[k] = k / N == k % N + 1 ? .9 : k % N / 1000.0;
    o = make_outcome(R, N, 1000, &arena);
    matrix = accuracy_matrix(&o, &arena);
    for (int j = 0; j < N; j++)
        ck_assert_double_eq_tol(matrix[N * N + j], R[N * N + j], 1e-12);
    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_LEARNING_ACCURACY, .9);
    expect(&m, METRIC_FORGETTING, .9 - (118 * 119 / 2) / 1000.0 / 119);
}
END_TEST

/* One image of one task against a hundred of the other: means of tasks and of images. */
START_TEST(a_task_with_one_test_image)
{
    struct evaluation eval[] = {
        {100, 1, true, 0, 0, 1, 1},
        {200, 2, true, 0, 0, 0, 1},
        {200, 2, true, 1, 0, 90, 100},
    };
    struct outcome o = {.id.scenario = "task",
                        .tests.n_task = 2,
                        .tests.eval.data = eval,
                        .tests.eval.n = 3};
    struct metrics m;

    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_ACCURACY, .45);
    expect(&m, METRIC_ACCURACY_SAMPLE, 90.0 / 101);
    expect(&m, METRIC_FORGETTING, 1);
}
END_TEST

START_TEST(the_matrix_keeps_rows_and_gaps)
{
    struct outcome o = make_outcome(toy, 3, 100, &arena);
    double *R;

    o.tests.eval.data[5].end = false; /* row 1, task 2 */
    R = accuracy_matrix(&o, &arena);
    for (int k = 0; k < 12; k++) {
        if (k == 5)
            ck_assert(isnan(R[k]));
        else
            ck_assert_double_eq_tol(R[k], toy[k], 1e-15);
    }
}
END_TEST

/* Task 1 runs .80 .90 .70: the maximum is not what was just learnt, and a second task
 * gains:
 * (.90 - .70 + .50 - .60) / 2 = .05, where just-learnt would give (.10 - .10) / 2 = 0. */
START_TEST(forgetting_takes_the_maximum_and_stays_negative)
{
    const double rising[] = {0, 0, 0, .80, 0, 0, .90, .50, 0, .70, .60, .40};
    const double gaining[] = {0, 0, .60, 0, .75, .90};
    struct outcome o = make_outcome(rising, 3, 100, &arena);
    struct metrics m;

    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_FORGETTING, .05);
    expect(&m, METRIC_BWT, 0);
    o = make_outcome(gaining, 2, 100, &arena);
    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_FORGETTING, -.15);
    expect(&m, METRIC_BWT, .15);
}
END_TEST

/* Rows from before a task was learnt do not count, though .99 is the highest of all. */
START_TEST(forgetting_starts_when_the_task_was_learnt)
{
    const double R[] = {0, .99, 0, .90, .99, 0, .90, .80, 0, .90, .70, .60};
    struct outcome o = make_outcome(R, 3, 100, &arena);
    struct metrics m;

    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_FORGETTING, .05);
}
END_TEST

START_TEST(one_task_has_no_past)
{
    const double R[] = {.10, .90};
    struct outcome o = make_outcome(R, 1, 10, &arena);
    struct metrics m;

    o.tests.dense = true;
    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_ACCURACY, .9);
    expect(&m, METRIC_INCREMENTAL_ACCURACY, .9);
    expect(&m, METRIC_LEARNING_ACCURACY, .9);
    expect_undefined(&m, METRIC_FORGETTING, "one task");
    expect_undefined(&m, METRIC_BWT, "one task");
    expect_undefined(&m, METRIC_FWT, "one task");
    expect_undefined(&m, METRIC_MIN_ACCURACY, "one task");
    expect_undefined(&m, METRIC_WC_ACCURACY, "one task");
}
END_TEST

START_TEST(pooled_training_has_only_the_last_row)
{
    const double R[] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, .90, .80, .70};
    struct outcome o = make_outcome(R, 3, 10, &arena);
    struct metrics m;

    o.tests.pooled = true;
    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_ACCURACY, .8);
    for (int k = METRIC_INCREMENTAL_ACCURACY; k < METRIC_PROBE_ACCURACY; k++)
        expect_undefined(&m, (enum metric)k, "last row");
}
END_TEST

START_TEST(forward_transfer_needs_the_future_and_no_class_scenario)
{
    struct outcome o = make_outcome(toy, 3, 100, &arena);
    struct metrics m;

    o.tests.future = false;
    metrics_compute(&o, &arena, &m);
    expect_undefined(&m, METRIC_FWT, "future: yes");
    o.tests.future = true;
    strcpy(o.id.scenario, "class");
    metrics_compute(&o, &arena, &m);
    expect_undefined(&m, METRIC_FWT, "class scenario");
}
END_TEST

START_TEST(a_gap_is_missing_never_zero)
{
    double R[12];
    struct outcome o;
    struct metrics m;

    memcpy(R, toy, sizeof R);
    R[1 * 3 + 0] = NAN; /* the first task was not tested when it was learnt */
    o = make_outcome(R, 3, 100, &arena);
    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_ACCURACY, .75);
    expect_undefined(&m, METRIC_FORGETTING, "not measured");
    expect_undefined(&m, METRIC_BWT, "not measured");
    expect_undefined(&m, METRIC_LEARNING_ACCURACY, "not measured");

    memcpy(R, toy, sizeof R);
    R[3 * 3 + 1] = NAN;
    o = make_outcome(R, 3, 100, &arena);
    metrics_compute(&o, &arena, &m);
    expect_undefined(&m, METRIC_ACCURACY, "not measured");
    expect_undefined(&m, METRIC_ACCURACY_SAMPLE, "not measured");
}
END_TEST

START_TEST(a_cell_that_did_not_end_ok_has_no_metrics)
{
    struct outcome o = make_outcome(toy, 3, 100, &arena);
    struct metrics m;

    o.ending = END_DIVERGED;
    metrics_compute(&o, &arena, &m);
    for (int k = 0; k < N_METRIC; k++)
        expect_undefined(&m, (enum metric)k, "did not end ok");
    o = (struct outcome){.ending = END_CRASHED};
    metrics_compute(&o, &arena, &m);
    expect_undefined(&m, METRIC_ACCURACY, "did not end ok");
}
END_TEST

/* Two draws of unequal test sets: task 1 has 7 + 9 of 20, task 2 has 90 + 80 of 200. */
START_TEST(draws_sum_hits_and_tasks_differ_in_size)
{
    struct evaluation eval[] = {
        {100, 1, true, 0, 0, 10, 10}, {100, 1, true, 0, 1, 10, 10},
        {200, 2, true, 0, 0, 7, 10},  {200, 2, true, 1, 0, 90, 100},
        {200, 2, true, 0, 1, 9, 10},  {200, 2, true, 1, 1, 80, 100},
    };
    struct outcome o = {.id.scenario = "task",
                        .tests.n_task = 2,
                        .tests.eval.data = eval,
                        .tests.eval.n = 6};
    struct metrics m;

    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_ACCURACY, (.80 + .85) / 2);
    expect(&m, METRIC_ACCURACY_SAMPLE, 186.0 / 220);
    expect(&m, METRIC_FORGETTING, 1 - .80);
}
END_TEST

/* The probe's own matrix: 9 of 10 of task 1 kept as 6, 8 of 10 of task 2. */
START_TEST(the_probe_has_a_matrix_of_its_own)
{
    struct evaluation probe[] = {
        {100, 1, true, 0, 0, 9, 10},
        {200, 2, true, 0, 0, 6, 10},
        {200, 2, true, 1, 0, 8, 10},
    };
    struct evaluation eval[] = {
        {100, 1, true, 0, 0, 10, 10},
        {200, 2, true, 0, 0, 0, 10},
        {200, 2, true, 1, 0, 10, 10},
    };
    struct outcome o = {.id.scenario = "class",
                        .tests.n_task = 2,
                        .tests.eval.data = eval,
                        .tests.eval.n = 3,
                        .tests.probe.data = probe,
                        .tests.probe.n = 3};
    struct metrics m;

    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_ACCURACY, .50);
    expect(&m, METRIC_FORGETTING, 1);
    expect(&m, METRIC_PROBE_ACCURACY, .70);
    expect(&m, METRIC_PROBE_FORGETTING, .30);
    o.tests.probe.n = 0;
    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_ACCURACY, .50);
    expect_undefined(&m, METRIC_PROBE_ACCURACY, "evaluation.probe: ncm");
}
END_TEST

/* Task 1 is finished at step 100. Its .10 there and before do not count; after it the
 * lowest is .30, half of which each draw has seen. Task 2's last row: .80. */
START_TEST(lowest_accuracy_after_a_task_was_finished)
{
    struct evaluation eval[] = {
        {50, 0, false, 0, 0, 0, 10},  {100, 1, true, 0, 0, 1, 10},
        {100, 1, true, 0, 1, 1, 10},  {150, 1, false, 0, 0, 2, 10},
        {150, 1, false, 0, 1, 4, 10}, {150, 1, false, 1, 0, 0, 10},
        {200, 2, true, 0, 0, 5, 10},  {200, 2, true, 0, 1, 6, 10},
        {200, 2, true, 1, 0, 8, 10},
    };
    struct outcome o = {.id.scenario = "class",
                        .tests.n_task = 2,
                        .tests.dense = true,
                        .tests.eval.data = eval,
                        .tests.eval.n = 9};
    struct metrics m;

    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_MIN_ACCURACY, .30);
    expect(&m, METRIC_WC_ACCURACY, .80 / 2 + .30 / 2);
    expect(&m, METRIC_ANYTIME_ACCURACY, (0 + .10 + (.30 + 0) / 2 + (.55 + .80) / 2) / 4);
}
END_TEST

START_TEST(every_metric_is_described)
{
    for (int k = 0; k < N_METRIC; k++) {
        const struct metric_info *info = &metric_table[k];

        ck_assert(info->name && info->title && info->definition);
        ck_assert(info->source && info->elsewhere);
    }
}
END_TEST

/* Two tasks in turn, 100 steps each, tested every 50 (or 25) steps on 100 images. */
static struct evaluation in_turn[] = {
    {0, 0, true, 0, 0, 10, 100},    {0, 0, true, 1, 0, 10, 100},
    {50, 0, false, 0, 0, 60, 100},  {100, 1, true, 0, 0, 90, 100},
    {100, 1, true, 1, 0, 15, 100},  {150, 1, false, 0, 0, 65, 100},
    {150, 1, false, 1, 0, 50, 100}, {200, 2, true, 0, 0, 50, 100},
    {200, 2, true, 1, 0, 80, 100},  {225, 2, false, 0, 0, 70, 100},
    {225, 2, false, 1, 0, 75, 100}, {250, 2, false, 0, 0, 91, 100},
    {250, 2, false, 1, 0, 62, 100}, {300, 3, true, 0, 0, 94, 100},
    {300, 3, true, 1, 0, 60, 100},  {350, 3, false, 0, 0, 76, 100},
    {350, 3, false, 1, 0, 70, 100}, {400, 4, true, 0, 0, 70, 100},
    {400, 4, true, 1, 0, 86, 100}};
static int32_t turns[] = {0, 1, 0, 1};

static struct outcome outcome_in_turn(void)
{
    const double none[] = {NAN, NAN, NAN, NAN, NAN, NAN};
    struct outcome o = make_outcome(none, 2, 100, &arena);

    o.tests.dense = true;
    o.tests.visits = (struct visit_list){turns, 4};
    o.tests.eval = (struct evaluation_list){in_turn, sizeof in_turn / sizeof in_turn[0]};
    return o;
}

/* After the visits: .90, .65, .77, .78 on the tasks met. Forgotten is task 1 alone. */
START_TEST(a_task_that_returns_is_the_same_task)
{
    struct outcome o = outcome_in_turn();
    struct metrics m;

    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_ACCURACY, .78);
    expect(&m, METRIC_ACCURACY_SAMPLE, .78);
    expect(&m, METRIC_INCREMENTAL_ACCURACY, .775);
    expect(&m, METRIC_LEARNING_ACCURACY, .875);
    expect(&m, METRIC_FORGETTING, .24);
    expect(&m, METRIC_BWT, -.24);
    expect(&m, METRIC_FWT, .05);
    expect(&m, METRIC_MIN_ACCURACY, .50);
    expect(&m, METRIC_WC_ACCURACY, .68);
    expect(&m, METRIC_ANYTIME_ACCURACY,
           (.60 + .90 + .575 + .65 + .725 + .765 + .77 + .73 + .78) / 9);
    expect_undefined(&m, METRIC_FORGETTING_MAMMOTH, "tasks return");
    expect_undefined(&m, METRIC_ACCURACY_DIAZ, "tasks return");
}
END_TEST

/* Lost: .90 - .50 and .80 - .60. Known again half way, and at the very end; at once, if
 * nothing was lost; never, which counts as the whole visit. */
START_TEST(what_returns_is_learnt_again)
{
    struct outcome o = outcome_in_turn(), once = make_outcome(toy, 3, 100, &arena);
    struct metrics m;

    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_RETURN_FORGETTING, .30);
    expect(&m, METRIC_RELEARNING, (.5 + 1) / 2);
    in_turn[14].hits = 80;
    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_RELEARNING, (.5 + 0) / 2);
    in_turn[14].hits = 60;
    in_turn[18].hits = 79;
    metrics_compute(&o, &arena, &m);
    expect(&m, METRIC_RELEARNING, (.5 + 1) / 2);
    in_turn[18].hits = 86;
    metrics_compute(&once, &arena, &m);
    expect_undefined(&m, METRIC_RETURN_FORGETTING, "tasks that return");
}
END_TEST

Suite *metrics_suite(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tests = tcase_create("metrics");

    tcase_add_checked_fixture(tests, open_arena, close_arena);
    tcase_add_test(tests, the_probe_has_a_matrix_of_its_own);
    tcase_add_test(tests, toy_matrix_by_hand);
    tcase_add_test(tests, conventions_of_other_suites_by_hand);
    tcase_add_test(tests, conventions_differ_in_the_maximum);
    tcase_add_test(tests, more_than_a_hundred_tasks_in_the_order_of_numbers);
    tcase_add_test(tests, a_task_with_one_test_image);
    tcase_add_test(tests, the_matrix_keeps_rows_and_gaps);
    tcase_add_test(tests, forgetting_takes_the_maximum_and_stays_negative);
    tcase_add_test(tests, forgetting_starts_when_the_task_was_learnt);
    tcase_add_test(tests, one_task_has_no_past);
    tcase_add_test(tests, pooled_training_has_only_the_last_row);
    tcase_add_test(tests, forward_transfer_needs_the_future_and_no_class_scenario);
    tcase_add_test(tests, a_gap_is_missing_never_zero);
    tcase_add_test(tests, a_cell_that_did_not_end_ok_has_no_metrics);
    tcase_add_test(tests, draws_sum_hits_and_tasks_differ_in_size);
    tcase_add_test(tests, lowest_accuracy_after_a_task_was_finished);
    tcase_add_test(tests, a_task_that_returns_is_the_same_task);
    tcase_add_test(tests, what_returns_is_learnt_again);
    tcase_add_test(tests, every_metric_is_described);
    suite_add_tcase(suite, tests);
    return suite;
}
