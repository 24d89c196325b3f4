/* What a cell, a disk or a user may do to a run: each fault is one line for the user, and
 * the other cells are as they would have been. */
#include "tests/support/program.h"

void __asan_init(void) __attribute__((weak)); /* there with an address sanitizer */

#define ALONE "--only '*/backprop/*'"

/* ---------------------------------------------------------------- the suites */

static void write_suite(const char *learners, const char *steps, const char *more)
{
    char text[2048];

    snprintf(text, sizeof text,
             "suite: small\nseeds: 1\ncheckpoint: 1 ms\n"
             "training: {batch: 16, steps: %s}\n"
             "streams: [{stream: split, dataset: {idx: %s/data}, tasks: 2}]\n"
             "learners:\n%s  - {learner: backprop, net: mlp-8}\n"
             "strategies: [none, {strategy: replay, buffer: 20}]\n"
             "report: {plots: [accuracy]}\n%s",
             steps, folder, learners, more);
    write_text("suite.yaml", text);
}

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
    write_suite(learner, "40", "");
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
    write_suite("  - {learner: faulty, fault: {grid: [segv, nan]}, step: 5000}\n", "6000",
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
    write_suite("  - {learner: faulty, fault: {grid: [hang, stop, slow]}}\n", "300",
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

static void await(const char *name)
{
    char path[2 * SAMPLE_PATH];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (int i = 0; access(path, F_OK) != 0; i++) {
        ck_assert_msg(i < 6000, "%s does not appear", path);
        pause_ms(10);
    }
}

/* Without a time limit nothing but the user ends it: the second time at once. */
START_TEST(a_run_with_a_cell_that_hangs_can_be_interrupted)
{
    pid_t pid;

    write_suite("  - {learner: faulty, fault: hang, step: 5000}\n", "6000", "");
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

/* ---------------------------------------------------------------- limits of the system */

/* A shell command in the test's folder, with the program as $bench. */
static int shell(const char *format, const char *value)
{
    char command[4096];
    int n = snprintf(command, sizeof command, "cd %s && bench=%s && ", folder,
                     getenv("BENCH_PROGRAM"));

    snprintf(command + n, sizeof command - (size_t)n, format, value, value);
    n = system(command);
    return WIFEXITED(n) ? WEXITSTATUS(n) : -1;
}

static void run_whole(void)
{
    write_suite("", "60", "");
    ck_assert_int_eq(bench("run suite.yaml --out whole --no-report"), 0);
}

static void assert_same_tables(const char *name)
{
    char results[128], accuracy[128];

    snprintf(results, sizeof results, "%s/results.csv", name);
    snprintf(accuracy, sizeof accuracy, "%s/accuracy.csv", name);
    assert_same("whole/results.csv", results);
    assert_same("whole/accuracy.csv", accuracy);
}

static const char *const limits[] = {"-v 100000",  "-v 150000", "-v 300000", "-v 1000000",
                                     "-v 3000000", "-n 5",      "-n 6",      "-n 7",
                                     "-n 8",       "-n 9",      "-s 64",     "-f 1"};

/* A sanitizer needs more address space and stack than these. */
static bool is_sanitized(void)
{
    return __asan_init != NULL;
}

/* Too little address space, few open files, a small stack, short files. */
START_TEST(a_limit_of_the_shell_is_an_error)
{
    int status;
    char *printed;

    if (is_sanitized() && (strchr(limits[_i], 'v') || strchr(limits[_i], 's')))
        return;
    run_whole();
    status = shell("exec >printed 2>&1 && ulimit %s && "
                   "exec $bench run suite.yaml --out out --no-report",
                   limits[_i]);
    printed = content("printed");
    ck_assert_msg(status >= 0 && status <= 2, "%s: %d: %s", limits[_i], status, printed);
    ck_assert_msg(status == 0 || strstr(limits[_i], "-f") || *printed, "%s says nothing",
                  limits[_i]);
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    assert_same_tables("out");
    free(printed);
}
END_TEST

/* Own mounts need root, or a kernel that lets users make name spaces. */
static bool can_mount(void)
{
    bool can = system("unshare -m true 2>/dev/null") == 0;

    if (!can)
        printf("SKIPPED: no mounts of its own here\n");
    return can;
}

static const char *const sizes[] = {"4k", "24k", "48k"};

START_TEST(a_full_disk_is_an_error_and_room_mends_it)
{
    static const char script[] =
        "mkdir small && unshare -m sh -c '"
        "mount -t tmpfs -o size=%s none small || exit 77; "
        "$0 run suite.yaml --out small/out --no-report >printed 2>&1; echo $? >status; "
        "find small -name \"*.tmp\" >left; mount -o remount,size=50m small || exit 77; "
        "$0 run suite.yaml --out small/out --no-report >/dev/null; echo $? >later; "
        "mkdir out && cp small/out/*.csv out' $bench";
    char *left;

    if (!can_mount())
        return;
    run_whole();
    ck_assert_int_eq(shell(script, sizes[_i]), 0);
    ck_assert(holds("status", "2"));
    ck_assert(holds("printed", "No space left on device"));
    ck_assert(holds("printed", " small/out"));
    left = content("left");
    ck_assert_str_eq(left, "");
    ck_assert(holds("later", "0"));
    assert_same_tables("out");
    free(left);
}
END_TEST

START_TEST(a_read_only_folder_can_still_be_read)
{
    static const char script[] =
        "mkdir small && unshare -m sh -c '"
        "mount -t tmpfs none small && cp -r whole small/out && "
        "mount -o remount,ro small || exit 77; "
        "$0 run suite.yaml --out small/out >printed 2>&1; echo $? >run; "
        "$0 run suite.yaml --out small/new >printed2 2>&1; echo $? >>run; "
        "$0 report small/out >printed3 2>&1; echo $? >>run; "
        "$0 report small/out --out report >/dev/null 2>&1; echo $? >>run; "
        "$0 compare small/out none replay >/dev/null 2>&1; echo $? >>run' $bench";
    char *statuses;

    if (!can_mount())
        return;
    run_whole();
    ck_assert_int_eq(shell(script, NULL), 0);
    statuses = content("run");
    ck_assert_str_eq(statuses, "2\n2\n2\n0\n0\n");
    ck_assert(holds("printed", "cannot write to the result folder small/out: Read-only"));
    ck_assert(holds("printed2", "cannot make the folder small/new: Read-only"));
    ck_assert(holds("printed3", "small/out/report"));
    free(statuses);
}
END_TEST

/* ---------------------------------------------------------------- the folder */

START_TEST(a_folder_removed_while_it_is_written_to)
{
    pid_t pid;

    write_suite("", "2000000", "");
    pid = start("run suite.yaml --out out --no-report");
    await("out/cells/split.class/backprop/none/seed-1/checkpoint");
    ck_assert_int_eq(shell("mv out gone && rm -r gone%s", ""), 0);
    ck_assert_int_eq(finish(pid), 2);
    ck_assert(holds("printed", "out/cells/split.class/backprop/"));
    ck_assert(holds("printed", "No such file or directory"));
    run_whole();
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    assert_same_tables("out");
}
END_TEST

START_TEST(a_second_run_on_the_folder_is_refused)
{
    pid_t pid;

    write_suite("", "4000", "");
    ck_assert_int_eq(bench("run suite.yaml --out whole --no-report"), 0);
    pid = start("run suite.yaml --out out --no-report --quiet");
    await("out/cells/split.class/backprop/none/seed-1/log.txt");
    kill(pid, SIGSTOP); /* or it may end first */
    ck_assert_int_eq(shell("$bench run suite.yaml --out out >second 2>&1%s", ""), 2);
    ck_assert_int_eq(
        shell("$bench run suite.yaml --out out --restart >>second 2>&1%s", ""), 2);
    ck_assert(holds("second", "another bench run is writing to out; wait for it"));
    kill(pid, SIGCONT);
    ck_assert_int_eq(finish(pid), 0);
    assert_same_tables("out");
}
END_TEST

/* ---------------------------------------------------------------- names */

static const char *const names[] = {"a b",        "quote'd \"out\"",
                                    "two\nlines", "\xc3\xbc\xe2\x86\x92\xf0\x9f\x8c\x8d",
                                    "$(touch x)", "`touch x`",
                                    "; touch x;", "-dash",
                                    "--restart",  "*",
                                    "%s%n",       "\xff\xfe",
                                    "a\\b",       "#c",
                                    "~",          "<b>&amp;"};

enum { N_NAME = sizeof names / sizeof *names };

/* The program, without a shell between. */
static int bench_words(const char *const *word)
{
    char *argument[16] = {getenv("BENCH_PROGRAM")};
    pid_t pid = fork();

    if (pid == 0) {
        int fd =
            chdir(folder) == 0 ? open("printed", O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;

        for (int i = 0; word[i]; i++)
            argument[i + 1] = strdup(word[i]);
        dup2(fd, 1);
        dup2(fd, 2);
        execv(argument[0], argument);
        _exit(127);
    }
    return finish(pid);
}

static void assert_nothing_was_executed(void)
{
    ck_assert_int_eq(shell("test -e x || test -e */x%s", ""), 1);
}

START_TEST(a_folder_of_any_name)
{
    const char *name = names[_i];
    const char *const run[] = {"run", "suite.yaml", "--out", name, NULL};
    const char *const report[] = {"report", "--", name, NULL};
    const char *const compare[] = {"compare", "--", name, "none", "replay", NULL};
    char results[128];

    run_whole();
    ck_assert_int_eq(bench_words(run), 0);
    ck_assert_int_eq(bench_words(run), 0);
    ck_assert_int_eq(bench_words(report), 0);
    ck_assert_int_eq(bench_words(compare), 0);
    assert_same_tables(name);
    snprintf(results, sizeof results, "%s/report/accuracy-split.class.svg", name);
    ck_assert(system("command -v gnuplot >/dev/null") != 0 || *content(results));
    assert_nothing_was_executed();
}
END_TEST

START_TEST(a_suite_and_data_of_any_name)
{
    const char *name = names[_i];
    const char *const run[] = {"run", "--out", "out", "--no-report", "--", name, NULL};
    char text[2048], data[SAMPLE_PATH];

    run_whole();
    snprintf(data, sizeof data, "%s/data", folder);
    snprintf(text, sizeof text, "%s/d%s", folder, name);
    ck_assert_int_eq(symlink(data, text), 0);
    snprintf(text, sizeof text, "%s/suite.yaml", folder);
    snprintf(data, sizeof data, "%s/%s", folder, name);
    ck_assert_int_eq(rename(text, data), 0);
    ck_assert_int_eq(bench_words(run), 0);
    assert_same_tables("out");
    assert_nothing_was_executed();
}
END_TEST

Suite *faults_suite(void)
{
    Suite *suite = suite_create("faults");
    TCase *of_cells = tcase_create("cells"), *around = tcase_create("around");

    tcase_add_checked_fixture(of_cells, use_faulty, use_healthy);
    tcase_add_loop_test(of_cells, a_fault_of_a_cell_is_its_result, 0,
                        (int)(sizeof cells / sizeof *cells));
    tcase_add_test(of_cells, what_crashed_is_tried_again);
    tcase_add_test(of_cells, a_cell_that_hangs_is_killed_after_its_time_limit);
    tcase_add_test(of_cells, a_run_with_a_cell_that_hangs_can_be_interrupted);
    suite_add_tcase(suite, of_cells);
    tcase_add_checked_fixture(around, set_up, tear_down);
    tcase_add_loop_test(around, a_limit_of_the_shell_is_an_error, 0,
                        (int)(sizeof limits / sizeof *limits));
    tcase_add_loop_test(around, a_full_disk_is_an_error_and_room_mends_it, 0,
                        (int)(sizeof sizes / sizeof *sizes));
    tcase_add_test(around, a_read_only_folder_can_still_be_read);
    tcase_add_test(around, a_folder_removed_while_it_is_written_to);
    tcase_add_test(around, a_second_run_on_the_folder_is_refused);
    tcase_add_loop_test(around, a_folder_of_any_name, 0, N_NAME);
    tcase_add_loop_test(around, a_suite_and_data_of_any_name, 0, N_NAME);
    suite_add_tcase(suite, around);
    tcase_set_timeout(of_cells, 300);
    tcase_set_timeout(around, 300);
    return suite;
}
