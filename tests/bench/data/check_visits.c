#include "bench/data/visits.h"

#include <check.h>
#include <string.h>

static struct arena arena;
static struct error err;

static void set_up(void)
{
    err = (struct error){0};
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
}

static void tear_down(void)
{
    arena_close(&arena);
}

/* What the options make of a stream of three tasks, by hand. */
static const struct {
    const char *visits;
    int rounds, first_tasks;
    const char *task, *last; /* digits */
} table[] = {
    {"in order", 1, 0, "012", "012"},    {"in order", 2, 0, "012012", "012222"},
    {"1 2 1 3", 1, 0, "0102", "0112"},   {"1, 2,1", 2, 0, "010010", "011111"},
    {"1 2 3 2 1", 1, 2, "0110", "0111"}, {"in order", 3, 2, "010101", "011111"},
    {"1 1 2", 1, 0, "001", "001"},       {"1", 3, 0, "000", "000"},
};

START_TEST(tasks_come_as_written)
{
    struct stream_setup setup = {.rounds = table[_i].rounds,
                                 .first_tasks = table[_i].first_tasks};
    struct visits visits;
    int n_task = 3;

    strcpy(setup.visits, table[_i].visits);
    ck_assert_msg(visits_make(&visits, &setup, &n_task, &arena, &err) == OK, "%s",
                  err.text);
    ck_assert_int_eq(visits.n, (int)strlen(table[_i].task));
    for (int v = 0; v < visits.n; v++) {
        ck_assert_int_eq(visits.task[v], table[_i].task[v] - '0');
        ck_assert_int_eq(visits.last[v], table[_i].last[v] - '0');
    }
    ck_assert_int_eq(n_task, visits.last[visits.n - 1] + 1);
    ck_assert_int_eq(visits_return(&setup), _i > 0);
}
END_TEST

static const struct {
    const char *visits;
    int rounds;
    const char *error;
} refused[] = {
    {"1 4", 1, "visits: '4' is neither 'in order' nor a task from 1 to 3"},
    {"0 1", 1, "visits: '0' is neither"},
    {"one", 1, "visits: 'one' is neither"},
    {"1 3 2", 1, "visits: task 3 comes before task 2"},
    {"2 1", 1, "visits: task 2 comes before task 1"},
    {" ", 1, "visits: names no task"},
    {"in order", 1366, "rounds: 1366 of 3 visits each are more than the 4096"},
};

START_TEST(what_makes_no_sense_is_named)
{
    struct stream_setup setup = {.rounds = refused[_i].rounds};
    struct visits visits;
    int n_task = 3;

    strcpy(setup.visits, refused[_i].visits);
    ck_assert_int_eq(visits_make(&visits, &setup, &n_task, &arena, &err), ERR_SUITE);
    ck_assert_msg(strstr(err.text, refused[_i].error) != NULL, "%s", err.text);
}
END_TEST

Suite *visits_suite(void)
{
    Suite *suite = suite_create("visits");
    TCase *tcase = tcase_create("visits");

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, tasks_come_as_written, 0, sizeof table / sizeof table[0]);
    tcase_add_loop_test(tcase, what_makes_no_sense_is_named, 0,
                        sizeof refused / sizeof refused[0]);
    return suite;
}
