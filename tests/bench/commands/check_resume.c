/* Runs that were interrupted or killed go on to the same bytes. */
#include <glob.h>
#include <sys/stat.h>

#include "core/base/file.h"
#include "tests/bench/commands/small_suite.h"

/* Runs the suite whole; then again, killed five times, each time after an eighth of what
 * the whole run took, so that it is in its midst on a machine of any speed. */
static void run_whole_and_broken(void)
{
    struct timespec from, to;
    int killed = 0, status = -1, eighth;

    clock_gettime(CLOCK_MONOTONIC, &from);
    ck_assert_int_eq(bench("run suite.yaml --out whole --no-report"), 0);
    clock_gettime(CLOCK_MONOTONIC, &to);
    eighth =
        (int)((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000) /
        8;
    for (int i = 0; i < 40 && status != 0; i++) {
        pid_t pid = start("run suite.yaml --out broken --no-report");

        if (i < 5) {
            pause_ms(eighth);
            kill(pid, SIGKILL);
        }
        status = finish(pid);
        killed += status == -SIGKILL;
        pause_ms(20); /* the workers die with their parent */
    }
    ck_assert_int_eq(status, 0);
    ck_assert_int_ge(killed, 2);
}

START_TEST(same_bytes_after_being_killed)
{
    write_suite("small", "400", "evaluation: {probe: ncm}\n");
    run_whole_and_broken();
    assert_same("whole/results.csv", "broken/results.csv");
    assert_same("whole/accuracy.csv", "broken/accuracy.csv");
    assert_same("whole/probe.csv", "broken/probe.csv");
}
END_TEST

/* Writes the text, unless it is NULL, over every checkpoint; how many there are. */
static int overwrite_checkpoints(const char *text)
{
    char pattern[SAMPLE_PATH];
    glob_t found;
    int n = 0;

    snprintf(pattern, sizeof pattern, "%s/out/cells/*/*/*/*/checkpoint", folder);
    if (glob(pattern, 0, NULL, &found) == 0)
        n = (int)found.gl_pathc;
    for (int i = 0; text && i < n; i++)
        write_text(found.gl_pathv[i] + strlen(folder) + 1, text);
    globfree(&found);
    return n;
}

/* Each line of a log has the moment and what happened then. */
static void assert_log(const char *name, const char *const *what)
{
    char *text = content(name), *rest = text;
    struct tm tm;

    for (; *what; what++) {
        rest = strptime(rest, "%Y-%m-%dT%H:%M:%SZ ", &tm);
        ck_assert_ptr_nonnull(rest);
        ck_assert_msg(strncmp(rest, *what, strlen(*what)) == 0, "%s: no '%s' in %s", name,
                      *what, text);
        rest = strchr(rest, '\n') + 1;
    }
    ck_assert_str_eq(rest, "");
    free(text);
}

START_TEST(the_log_tells_how_a_cell_went)
{
    static const char *const whole[] = {"begins", "ends: ok", NULL};
    static const char *const broken[] = {"begins", "stops: interrupted at step ",
                                         "goes on from a checkpoint", "ends: ok", NULL};
    const char *command = "run suite.yaml --out out --no-report --jobs 1 --only "
                          "'*/backprop/none/seed-1'";
    const char *log = "out/cells/split.class/backprop/none/seed-1/log.txt";
    char stopped[256];

    write_suite("small", "1000", "");
    snprintf(stopped, sizeof stopped, "%s --stop-after '1 ms'", command);
    ck_assert_int_eq(bench(stopped), 1);
    ck_assert_int_eq(bench(command), 0);
    assert_log(log, broken);
    snprintf(stopped, sizeof stopped, "%s --restart", command);
    ck_assert_int_eq(bench(stopped), 0);
    assert_log(log, whole);
}
END_TEST

/* A run that stops soon says that so many cells go on from a checkpoint. */
static void expect_begun(int n)
{
    char words[64];

    ck_assert_int_eq(bench("run suite.yaml --out out --no-report --stop-after '1 ms'"),
                     1);
    snprintf(words, sizeof words, "to run, %d of them from a checkpoint, ", n);
    ck_assert_int_eq(holds("printed", n ? words : "from a checkpoint"), n > 0);
}

/* A copy of the program with one byte of its build id changed (a GNU note of type 3:
 * sizes of name and content, type, name, content). */
static void make_other_program(const char *name)
{
    static const unsigned char note[] = "\4\0\0\0\24\0\0\0\3\0\0\0GNU";
    char path[SAMPLE_PATH];
    struct error err = {0};
    struct arena arena;
    char *program, *id;
    size_t n;

    ck_assert(arena_open(&arena, 0, &err) == OK &&
              file_read(getenv("BENCH_PROGRAM"), &arena, &program, &n, &err) == OK);
    id = memmem(program, n, note, sizeof note);
    ck_assert_ptr_nonnull(id);
    id[sizeof note] ^= 1;
    sample_write(folder, name, (const uint8_t *)program, n);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(chmod(path, 0700), 0);
    arena_close(&arena);
}

START_TEST(a_checkpoint_of_another_program_is_left_alone)
{
    static const char one[] = "run suite.yaml --out out --no-report --only "
                              "'*/backprop/none/seed-1'";
    static const char log[] = "out/cells/split.class/backprop/none/seed-1/log.txt";
    char stopped[256], command[2 * SAMPLE_PATH];

    make_other_program("other");
    write_suite("small", "4000", "");
    snprintf(stopped, sizeof stopped, "%s --stop-after '1 ms'", one);
    ck_assert_int_eq(bench(stopped), 1);
    ck_assert_int_eq(bench(stopped), 1);
    ck_assert(!holds(log, "another program"));
    snprintf(command, sizeof command, "cd %s && ./other %s >printed", folder, stopped);
    ck_assert_int_eq(WEXITSTATUS(system(command)), 1);
    ck_assert(holds(log, "the checkpoint is of another program; the cell starts over"));
}
END_TEST

/* Until the file of the test's folder is there: a busy machine takes its time. */
static void wait_for(const char *name)
{
    char path[2 * SAMPLE_PATH];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (int i = 0; access(path, F_OK) != 0; i++) {
        ck_assert_msg(i < 6000, "%s does not appear", path);
        pause_ms(10);
    }
}

/* The rows of a trace.csv that end in ",STEP". */
static int rows_of_step(const char *name, int step)
{
    char *text = content(name), end[32];
    int n = 0;

    snprintf(end, sizeof end, ",%d\n", step);
    for (char *found = text; (found = strstr(found, end)); found++)
        n++;
    free(text);
    return n;
}

START_TEST(every_evaluation_has_its_trace_once)
{
    static const char *const trace = "cells/split.class/noprop-dt/none/seed-1/trace.csv";
    const char *command = "run suite.yaml --no-report --jobs 1 --only "
                          "'*/noprop-dt/none/seed-1'";
    char once[512], stopped[512], a[256], b[256];

    write_suite("small", "400", "evaluation: {every: 100 steps, trace: each}\n");
    snprintf(once, sizeof once, "%s --out whole", command);
    ck_assert_int_eq(bench(once), 0);
    snprintf(stopped, sizeof stopped, "%s --out broken --stop-after '1 ms'", command);
    snprintf(once, sizeof once, "%s --out broken", command);
    snprintf(a, sizeof a, "whole/%s", trace);
    snprintf(b, sizeof b, "broken/%s", trace);
    ck_assert_int_eq(bench(stopped), 1);
    write_text(b, "header\n1,chain,1,0.5,2,4,,700\n"); /* after the last checkpoint */
    ck_assert_int_eq(bench(once), 0);
    assert_same(a, b);
    /* two blocks: chain, quiet, alone and given of each, four decisions; two tasks from
     * step 500 on */
    ck_assert_int_eq(rows_of_step(a, 100), 12);
    ck_assert_int_eq(rows_of_step(a, 400), 12);
    ck_assert_int_eq(rows_of_step(a, 500), 24);
    ck_assert_int_eq(rows_of_step(a, 800), 24);
    ck_assert_int_eq(rows_of_step(a, 900), 0);
}
END_TEST

START_TEST(interrupted_then_continued)
{
    pid_t pid;
    int status, n;

    write_suite("small", "3000", "");
    pid = start("run suite.yaml --out out --no-report");
    wait_for("out/cells/split.class/noprop-dt/none/seed-1/log.txt"); /* longest first */
    pause_ms(200);
    kill(pid, SIGINT);
    status = finish(pid);
    ck_assert_int_eq(status, 130);
    expect_begun(n = overwrite_checkpoints(NULL));
    ck_assert_int_ge(n, 1);
    overwrite_checkpoints("no checkpoint");
    expect_begun(0);
    write_suite("small", "20", "");
    assert_refused("run suite.yaml --out out --no-report", "settings (training.steps)");
    write_suite("small", "3000", "");
    assert_refused("run suite.yaml --out out --no-report --set streams.split.tasks=2 "
                   "--set streams.split.sizes='1 3'",
                   "settings (stream.sizes)");
    write_suite("small", "20", "");
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report --restart"), 0);
}
END_TEST

/* 400 images in batches of 16 are 25 batches: 12 to the middle of the stream. */
START_TEST(without_boundaries_every_image_comes_once)
{
    static const char stream[] =
        "suite: free\nseeds: 2\ncheckpoint: 1 ms\n"
        "training: {batch: 16, last_partial_batch: keep}\n"
        "streams: [{stream: split, dataset: {idx: %s/data}, tasks: 2, boundaries: none, "
        "blur: 0.5, augment: {crop: 1, flip: yes}}]\n"
        "learners: [{learner: backprop, net: mlp-8}, {learner: noprop-dt, net: mlp-8, "
        "width: 8, blocks: 2, embedding: {grid: [one-hot, prototype]}}]\n"
        "strategies: [none, {strategy: replay, buffer: 20}]\n";
    char text[2048];
    int status;

    snprintf(text, sizeof text, stream, folder);
    write_text("suite.yaml", text);
    ck_assert_int_eq(bench("run suite.yaml --out whole --no-report"), 0);
    ck_assert(
        holds("whole/accuracy.csv", "split.class/backprop/none/seed-1,1,1,12,1,1,0,"));
    ck_assert(
        holds("whole/accuracy.csv", "split.class/backprop/none/seed-1,1,2,25,1,2,0,"));
    status = bench("run suite.yaml --out broken --no-report --stop-after '1 ms'");
    ck_assert_int_le(status, 1);
    ck_assert_int_eq(bench("run suite.yaml --out broken --no-report"), 0);
    assert_same("whole/results.csv", "broken/results.csv");
}
END_TEST

START_TEST(cells_trained_as_one_are_resumed)
{
    write_twins();
    run_whole_and_broken();
    assert_same_results("whole", "broken");
}
END_TEST

Suite *resume_suite(void)
{
    Suite *suite = suite_create("resume");
    TCase *runs = tcase_create("runs");

    tcase_add_checked_fixture(runs, set_up, tear_down);
    tcase_set_timeout(runs, 300);
    tcase_add_test(runs, same_bytes_after_being_killed);
    tcase_add_test(runs, a_checkpoint_of_another_program_is_left_alone);
    tcase_add_test(runs, interrupted_then_continued);
    tcase_add_test(runs, the_log_tells_how_a_cell_went);
    tcase_add_test(runs, every_evaluation_has_its_trace_once);
    tcase_add_test(runs, without_boundaries_every_image_comes_once);
    tcase_add_test(runs, cells_trained_as_one_are_resumed);
    suite_add_tcase(suite, runs);
    return suite;
}
