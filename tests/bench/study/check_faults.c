/* What a learner may do to its cell: each fault is one line for the user, and the other
 * cells are as they would have been. */
#include "tests/support/small.h"

#define ALONE "--only '*/backprop/*'"

/* The program of the tests that has the learner `faulty`; it stands beside them. */
static char healthy[SAMPLE_PATH], faulty[SAMPLE_PATH + 32];

static void use_faulty(void)
{
    const char *program = getenv("BENCH_PROGRAM"), *slash;

    set_up();
    ck_assert_ptr_nonnull(program);
    slash = strrchr(program, '/');
    snprintf(healthy, sizeof healthy, "%s", program);
    snprintf(faulty, sizeof faulty, "%.*s/tests/bench_faulty", (int)(slash - program),
             program);
    ck_assert_msg(access(faulty, X_OK) == 0, "%s is not built", faulty);
    setenv("BENCH_PROGRAM", faulty, 1);
    /* signals are the program's own affair, with a sanitizer too */
    setenv("ASAN_OPTIONS", "handle_segv=0:handle_sigfpe=0:use_sigaltstack=0", 1);
}

static void use_healthy(void)
{
    setenv("BENCH_PROGRAM", healthy, 1);
    unsetenv("ASAN_OPTIONS");
    tear_down();
}

/* The rows of results.csv that do not name the faulty learner are those of a run without
 * it. */
static void assert_others_untouched(const char *results, const char *alone)
{
    char *with = content(results), *without = content(alone), *row;
    int n = 0;

    for (row = strtok(with, "\n"); row; row = strtok(NULL, "\n"))
        if (!strstr(row, "/faulty")) {
            ck_assert_msg(strstr(without, row) != NULL, "another row: %s", row);
            n++;
        }
    ck_assert_int_eq(n, 3); /* with the heading */
    free(with);
    free(without);
}

/* ---------------------------------------------------------------- cells */

static const struct {
    const char *fault, *status, *reason;
} cells[] = {
    {"nan", "diverged", "the loss was not finite at step 11"},
    {"infinite", "diverged", "the loss was not finite at step 11"},
    {"score", "diverged", "a score was not a number at step 40"},
    {"abort", "crashed", "killed by signal 6 (Aborted)"},
    {"segv", "crashed", "killed by signal 11 (Segmentation fault)"},
    {"deep", "crashed", "killed by signal 11 (Segmentation fault)"},
    {"division", "crashed", "killed by signal 8 (Floating point exception)"},
    {"kill", "crashed", "killed by signal 9 (Killed)"}, /* as by the OOM killer */
    {"exit", "crashed", "ended with status 3; see log.txt"},
    {"quit", "crashed", "ended with status 0; see log.txt"},
    {"greedy", "memory", "needs more than the limit of 4294967296 bytes"},
    {"flood", "ok", ""}, /* writes a hundred thousand lines to its log */
};

START_TEST(a_fault_of_a_cell_is_its_result)
{
    char learner[128], words[256];

    snprintf(learner, sizeof learner, "  - {learner: faulty, fault: %s}\n",
             cells[_i].fault);
    write_small(learner, "40", "");
    ck_assert_int_eq(bench("run suite.yaml --out alone --no-report " ALONE), 0);
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"),
                     strcmp(cells[_i].status, "ok") != 0);
    snprintf(words, sizeof words, "split.class/faulty/none/seed-1: %s%s%s",
             cells[_i].status, *cells[_i].reason ? ": " : "", cells[_i].reason);
    ck_assert_msg(!*cells[_i].reason || holds("printed", words), "no '%s'", words);
    snprintf(words, sizeof words, "faulty,none,1,%s,", cells[_i].status);
    ck_assert_msg(holds("out/results.csv", words), "no '%s'", words);
    ck_assert(holds("out/results.csv", cells[_i].reason));
    assert_others_untouched("out/results.csv", "alone/results.csv");
}
END_TEST

/* One that crashed is tried again from its checkpoint, one that diverged is not. */
START_TEST(what_crashed_is_tried_again)
{
    write_small("  - {learner: faulty, fault: {grid: [segv, nan]}, step: 5000}\n", "6000",
                "");
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 1);
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 1);
    ck_assert(holds("printed", "6 cells, 2 to run, 2 of them from a checkpoint"));
    ck_assert(holds("out/cells/split.class/faulty-segv/none/seed-1/log.txt",
                    "goes on from a checkpoint"));
}
END_TEST

/* A batch that never ends, and a process that was stopped, cannot look at the clock. */
START_TEST(a_cell_that_hangs_is_killed_after_its_time_limit)
{
    write_small("  - {learner: faulty, fault: {grid: [hang, stop, slow]}}\n", "300",
                "limits: {time: 1 s}\n");
    ck_assert_int_eq(bench("run suite.yaml --out alone --no-report " ALONE), 0);
    ck_assert_int_eq(
        bench("run suite.yaml --out out --no-report --jobs 4 --only '*/none/*'"), 1);
    ck_assert(holds("out/results.csv", "faulty-hang,none,1,timeout,did not end at its "
                                       "limit of 1 s and was killed"));
    ck_assert(holds("out/results.csv", "faulty-stop,none,1,timeout,did not end at its "
                                       "limit of 1 s and was killed"));
    ck_assert(holds("out/results.csv", "faulty-slow,none,1,timeout,took longer than the "
                                       "limit of 1 s"));
    ck_assert(holds("out/results.csv", "backprop,none,1,ok,"));
}
END_TEST

/* Without a time limit nothing but the user ends it: the second time at once. */
START_TEST(a_run_with_a_cell_that_hangs_can_be_interrupted)
{
    pid_t pid;

    write_small("  - {learner: faulty, fault: hang, step: 5000}\n", "6000", "");
    pid = start("run suite.yaml --out out --no-report --jobs 2 --only '*/none/*'");
    await("out/cells/split.class/backprop/none/seed-1/status.json");
    await("out/cells/split.class/faulty/none/seed-1/checkpoint");
    pause_ms(1000); /* it hangs by now */
    kill(pid, SIGINT);
    pause_ms(1500);
    ck_assert_int_eq(waitpid(pid, NULL, WNOHANG), 0);
    ck_assert(holds("printed", "interrupt again to stop at once"));
    kill(pid, SIGINT);
    ck_assert_int_eq(finish(pid), 130);
    ck_assert(holds("printed", "interrupted; what was done is kept"));
    ck_assert(holds("out/results.csv", "backprop,none,1,ok,"));
    ck_assert(!holds("out/results.csv", "faulty"));
    await("out/cells/split.class/faulty/none/seed-1/checkpoint");
}
END_TEST

Suite *faults_suite(void)
{
    Suite *suite = suite_create("faults");
    TCase *tests = tcase_create("faults");

    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, 300);
    tcase_add_checked_fixture(tests, use_faulty, use_healthy);
    tcase_add_loop_test(tests, a_fault_of_a_cell_is_its_result, 0,
                        (int)(sizeof cells / sizeof *cells));
    tcase_add_test(tests, what_crashed_is_tried_again);
    tcase_add_test(tests, a_cell_that_hangs_is_killed_after_its_time_limit);
    tcase_add_test(tests, a_run_with_a_cell_that_hangs_can_be_interrupted);
    return suite;
}
