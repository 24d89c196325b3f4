/* What the system, the folder and their names may do to a run. */
#include "tests/support/needs.h"
#include "tests/support/small.h"

#define ALONE "--only '*/backprop/*'"

static const char *const limits[] = {"-v 100000",  "-v 150000", "-v 300000", "-v 1000000",
                                     "-v 3000000", "-n 5",      "-n 6",      "-n 7",
                                     "-n 8",       "-n 9",      "-s 64",     "-f 1"};

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
    if (status != 127) /* the loader found no file descriptor for a library */
        ck_assert_msg(status >= 0 && status <= 2, "%s: %d: %s", limits[_i], status,
                      printed);
    ck_assert_msg(status == 0 || strstr(limits[_i], "-f") || *printed, "%s says nothing",
                  limits[_i]);
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    assert_same_tables("out");
    free(printed);
}
END_TEST

/* ---------------------------------------------------------------- the folder */

START_TEST(a_folder_removed_while_it_is_written_to)
{
    pid_t pid;

    write_small("", "2000000", "");
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

    write_small("", "4000", "");
    ck_assert_int_eq(bench("run suite.yaml --out whole --no-report"), 0);
    pid = start("run suite.yaml --out out --no-report --quiet");
    await("out/cells/split.class/backprop/none/seed-1/log.txt");
    kill(pid, SIGSTOP); /* or it may end first */
    ck_assert_int_eq(shell("$bench run suite.yaml --out out >second 2>&1%s", ""), 2);
    ck_assert_int_eq(
        shell("$bench run suite.yaml --out out --restart >>second 2>&1%s", ""), 2);
    ck_assert(holds("second", "another bench run is writing to out; wait for it"));
    ck_assert(!holds("second", "srun"));
    ck_assert_int_eq(shell("SLURM_STEP_NUM_TASKS=4 $bench run suite.yaml --out out "
                           ">second 2>&1%s",
                           ""),
                     2);
    ck_assert(holds("second", "where it is given --mpi=pmix"));
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
    snprintf(results, sizeof results, "%s/report/index.html", name);
    ck_assert(holds(results, "split.class"));
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

Suite *surroundings_suite(void)
{
    Suite *suite = suite_create("surroundings");
    TCase *tests = tcase_create("surroundings");

    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, 300);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, a_limit_of_the_shell_is_an_error, 0,
                        (int)(sizeof limits / sizeof *limits));
    tcase_add_test(tests, a_folder_removed_while_it_is_written_to);
    tcase_add_test(tests, a_second_run_on_the_folder_is_refused);
    tcase_add_loop_test(tests, a_folder_of_any_name, 0, N_NAME);
    tcase_add_loop_test(tests, a_suite_and_data_of_any_name, 0, N_NAME);
    return suite;
}
