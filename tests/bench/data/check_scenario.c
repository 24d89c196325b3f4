/* Which outputs compete (bench/data/scenario.h), by a table written by hand: of three
 * tasks with the classes 0 1, 2 and 3 4 5. */
#include "bench/data/scenario.h"

#include <check.h>
#include <string.h>

enum { TASKS = 3, OUT = 6 };

static struct range range[TASKS] = {{0, 2}, {2, 1}, {3, 3}};
static struct classes among[TASKS];
static uint8_t on[TASKS * OUT], tested[OUT];

/* What competes for rows of each task, while the experience is the last. */
static const struct {
    int scenario, outputs, experience, n_out;
    const char *on[TASKS];
} table[] = {
    {SCENARIO_CLASS, OUTPUTS_DEFAULT, 0, 6, {"111111", "111111", "111111"}},
    {SCENARIO_CLASS, OUTPUTS_ALL, 1, 6, {"111111", "111111", "111111"}},
    {SCENARIO_CLASS, OUTPUTS_SEEN, 0, 6, {"110000", "111000", "110111"}},
    {SCENARIO_CLASS, OUTPUTS_SEEN, 1, 6, {"111000", "111000", "111111"}},
    {SCENARIO_CLASS, OUTPUTS_SEEN, 2, 6, {"111111", "111111", "111111"}},
    {SCENARIO_CLASS, OUTPUTS_TASK, 2, 6, {"110000", "001000", "000111"}},
    {SCENARIO_TASK, OUTPUTS_DEFAULT, 1, 6, {"110000", "001000", "000111"}},
    {SCENARIO_TASK, OUTPUTS_SEEN, 1, 6, {"111000", "111000", "111111"}},
    {SCENARIO_TASK, OUTPUTS_ALL, 0, 6, {"111111", "111111", "111111"}},
    {SCENARIO_DOMAIN, OUTPUTS_DEFAULT, 0, 3, {"111", "111", "111"}},
};

static struct scenario make_course(int i)
{
    struct scenario scenario = {.n_task = TASKS,
                                .n_class = OUT,
                                .n_out = table[i].n_out,
                                .range = range,
                                .competing = among,
                                .on = on,
                                .tested = tested};

    scenario.setup.scenario = table[i].scenario;
    return scenario;
}

static void are_on(struct classes competing, const char *want)
{
    ck_assert_int_eq(competing.n, (int)strlen(want));
    for (int k = 0; k < competing.n; k++)
        ck_assert_int_eq(competing.on[k], want[k] - '0');
}

/* Whatever competes in training. */
START_TEST(what_competes_when_a_task_is_tested)
{
    struct scenario scenario = make_course(_i);

    scenario.setup.outputs_train = OUTPUTS_TASK;
    for (int t = 0; t < TASKS; t++)
        are_on(scenario_tested(&scenario, table[_i].outputs, t, table[_i].experience),
               table[_i].on[t]);
}
END_TEST

/* Whatever competes in testing. */
START_TEST(what_competes_when_a_stage_is_trained)
{
    struct scenario scenario = make_course(_i);

    scenario.setup.outputs_train = table[_i].outputs;
    scenario.setup.outputs_test = OUTPUTS_TASK;
    scenario_set_experience(&scenario, table[_i].experience);
    for (int t = 0; t < TASKS; t++)
        are_on(scenario.competing[t], table[_i].on[t]);
}
END_TEST

/* Outputs are numbered through the stream, or within the task. */
START_TEST(the_output_of_a_class)
{
    struct scenario scenario = make_course(0);

    ck_assert_int_eq(scenario_output(&scenario, 1, 2), 2);
    ck_assert_int_eq(scenario_output(&scenario, 2, 5), 5);
    scenario.setup.scenario = SCENARIO_DOMAIN;
    ck_assert_int_eq(scenario_output(&scenario, 1, 2), 0);
    ck_assert_int_eq(scenario_output(&scenario, 2, 5), 2);
}
END_TEST

/* After the last task: 1 / 6 everywhere, or 1/2, 1 and 1/3. */
START_TEST(chance_is_guessing_among_what_competes)
{
    struct scenario scenario = make_course(0);

    ck_assert_double_eq_tol(scenario_chance(&scenario, OUTPUTS_SEEN), 1 / 6.0, 1e-12);
    ck_assert_double_eq_tol(scenario_chance(&scenario, OUTPUTS_TASK), 11 / 18.0, 1e-12);
}
END_TEST

Suite *scenario_suite(void)
{
    Suite *suite = suite_create("scenario");
    TCase *tcase = tcase_create("course");
    int n = sizeof table / sizeof *table;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, what_competes_when_a_task_is_tested, 0, n);
    tcase_add_loop_test(tcase, what_competes_when_a_stage_is_trained, 0, n);
    tcase_add_test(tcase, the_output_of_a_class);
    tcase_add_test(tcase, chance_is_guessing_among_what_competes);
    return suite;
}
