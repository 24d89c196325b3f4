/* bench status: what a run does, from outside. */
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/program.h"

static void write_suite(const char *steps, const char *more)
{
    char text[2048];

    snprintf(text, sizeof text,
             "suite: s\nseeds: 2\ncheckpoint: 1 s\ntraining: {batch: 16, steps: %s}\n"
             "evaluation: {every: 100 steps}\n%sstreams:\n"
             "  - {stream: split, dataset: {idx: %s/data}, tasks: 2, scenario: class}\n"
             "learners: [{learner: backprop, net: mlp-8}]\n",
             steps, more, folder);
    write_text("s.yaml", text);
}

/* Asks until the words are there. */
static void wait_for_words(const char *words)
{
    for (int i = 0; i < 1000; i++) {
        pause_ms(20);
        bench("status out");
        if (holds("printed", words))
            return;
    }
    ck_abort_msg("bench status never said: %s", words);
}

static pid_t start_run(void)
{
    char line[1024];

    snprintf(line, sizeof line, "exec %s run s.yaml --out out --jobs 1 >log 2>&1",
             getenv("BENCH_PROGRAM"));
    return start_shell(line);
}

START_TEST(a_run_that_goes_on_and_is_killed)
{
    pid_t run;

    write_suite("1000000", "");
    run = start_run();
    wait_for_words("task 1/2, step ");
    ck_assert(holds("printed", "s: 2 cells: 0 ok, 2 without a result; 1 running"));
    ck_assert(holds("printed", "task 1/2, step "));
    ck_assert(holds("printed", "/2000000, accuracy "));
    ck_assert_int_eq(bench("status out"), 1);
    kill(run, SIGKILL);
    ck_assert_int_eq(finish(run), -SIGKILL);
    ck_assert_int_eq(bench("status out"), 1);
    ck_assert(holds("printed", "it was killed: give its command again"));
    ck_assert(holds("printed", "s: 2 cells: 0 ok, 2 without"));
}
END_TEST

START_TEST(what_ended)
{
    write_suite("20", "");
    ck_assert_int_eq(bench("run s.yaml --out out"), 0);
    ck_assert_int_eq(bench("status out --watch"), 0);
    ck_assert(holds("printed", "s: 2 cells: 2 ok, 0 without a result"));
}
END_TEST

START_TEST(what_failed_has_its_reason)
{
    write_suite("20", "limits: {memory: 1 KiB}\n");
    ck_assert_int_eq(bench("run s.yaml --out out"), 1);
    ck_assert_int_eq(bench("status out"), 1);
    ck_assert(holds("printed", "s: 2 cells: 0 ok, 2 memory, 0 without a result"));
    ck_assert(holds("printed", "split.class/backprop/none/seed-2, memory: "));
}
END_TEST

/* As the file of a run on another host reads. */
static void write_other(int seconds_ago)
{
    char path[SAMPLE_PATH];
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
                                {.tv_sec = time(NULL) - seconds_ago}};

    sample_folder(folder, "out/running");
    write_text("out/running/far.away.77",
               "far.away 77 2 4000\n"
               "50 200 1 2 0.625 30 90 far.away split.class/backprop/none/seed-1\n");
    snprintf(path, sizeof path, "%s/out/running/far.away.77", folder);
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

START_TEST(a_run_on_another_host)
{
    write_suite("20", "");
    ck_assert_int_eq(bench("run s.yaml --out out"), 0);
    write_other(3);
    ck_assert_int_eq(bench("status out"), 0);
    ck_assert(holds("printed", "run on far.away, process 77: 2 cells to finish, about "
                               "1:06 h left"));
    ck_assert(holds("printed", "seed-1 on far.away: task 1/2, step 50/200, accuracy 62.5 "
                               "%, about 1 min left"));
}
END_TEST

START_TEST(a_cell_that_starts)
{
    write_suite("20", "");
    ck_assert_int_eq(bench("run s.yaml --out out"), 0);
    sample_folder(folder, "out/running");
    write_text("out/running/far.away.77",
               "far.away 77 2 inf\n"
               "0 0 1 0 nan 0 inf far.away split.class/backprop/none/seed-1\n");
    ck_assert_int_eq(bench("status out"), 0);
    ck_assert(holds("printed", "; 1 running\n"));
    ck_assert(holds("printed", "seed-1 on far.away: starting\n"));
}
END_TEST

START_TEST(a_run_that_is_no_longer_heard_of)
{
    write_suite("20", "");
    ck_assert_int_eq(bench("run s.yaml --out out"), 0);
    write_other(600);
    bench("status out");
    ck_assert(holds("printed", "not heard of for 10 min"));
    ck_assert(!holds("printed", "step 50/200"));
}
END_TEST

START_TEST(not_a_folder_of_a_run)
{
    assert_refused("status data", "not the result folder of a run");
    assert_refused("status", "needs one result folder");
}
END_TEST

Suite *status_suite(void)
{
    Suite *suite = suite_create("status");
    TCase *tcase = tcase_create("status");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_run_that_goes_on_and_is_killed);
    tcase_add_test(tcase, what_ended);
    tcase_add_test(tcase, what_failed_has_its_reason);
    tcase_add_test(tcase, a_run_on_another_host);
    tcase_add_test(tcase, a_cell_that_starts);
    tcase_add_test(tcase, a_run_that_is_no_longer_heard_of);
    tcase_add_test(tcase, not_a_folder_of_a_run);
    suite_add_tcase(suite, tcase);
    return suite;
}
