/* Every allocation of the program may fail: bench_faults (tests/support/faults.c) is the
 * program with the n-th one failing, alone or with all that follow; n goes from 1 to how
 * many there are, in steps where there are thousands. A command that fails says why, and
 * nothing kills it. What it leaves is whole: a file is that of a run in which nothing
 * failed, or it is not there. A run that failed is finished by the same command. */
#include <check.h>

#include "tests/support/needs.h"
#include "tests/support/program.h"

enum { N_ARGUMENT = 9 };

/* So far apart are the allocations that fail, of n, for so many tries in each of the two
 * ways. */
static long step_of(long n, int tries)
{
    return n / (is_sanitized() ? tries / 6 : tries) + 1;
}

static const char suite_text[] =
    "suite: tiny\nabout: a test\nseeds: [1]\ntraining: {epochs: 1, batch: 50}\n"
    "evaluation: {every: 4 steps, probe: ncm}\n"
    "streams: [{stream: split, dataset: {idx: data}, tasks: 2}]\n"
    "learners: [nearest-mean, {learner: backprop, net: mlp-8}]\n"
    "strategies: [none, {strategy: replay, buffer: 20}]\n"
    "report: {targets: [{metric: accuracy, value: 0.9, where: {learner: backprop}}]}\n";

/* ---------------------------------------------------------------- one try */

/* The exit status, or minus the signal; what is printed goes to "printed" and "said". */
static int faulty(const char *const *argument, long at, bool on)
{
    const char *program = getenv("BENCH_FAULTS");
    char number[32], *argv[N_ARGUMENT] = {NULL};
    pid_t pid;

    ck_assert_msg(program != NULL, "BENCH_FAULTS is not set");
    snprintf(number, sizeof number, "%ld", at);
    for (int i = 0; argument[i]; i++)
        memcpy(&argv[i], &argument[i], sizeof argv[i]); /* execv takes no const */
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid > 0)
        return finish(pid);
    setenv("PATH", "/nowhere", 1); /* without pictures */
    setenv("BENCH_FAULT_AT", number, 1);
    setenv("BENCH_FAULT_COUNT", "count", 1);
    if (on)
        setenv("BENCH_FAULT_ON", "", 1);
    if (chdir(folder) != 0 || !freopen("printed", "w", stdout) ||
        !freopen("said", "w", stderr))
        _exit(126);
    alarm(60);
    execv(program, argv);
    _exit(127);
}

static void forget(const char *name)
{
    char path[SAMPLE_PATH];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (access(path, F_OK) == 0)
        ck_assert_int_eq(nftw(path, sample_unlink, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void keep(const char *name, const char *as)
{
    char from[SAMPLE_PATH], to[SAMPLE_PATH];

    forget(as);
    snprintf(from, sizeof from, "%s/%s", folder, name);
    snprintf(to, sizeof to, "%s/%s", folder, as);
    ck_assert_int_eq(rename(from, to), 0);
}

static long count(void)
{
    char *text = content("count");
    long n = atol(text);

    free(text);
    return n;
}

/* ---------------------------------------------------------------- what holds */

static const char *whole;     /* the folder that a run without faults made; NULL = none */
static bool failed;           /* the try */
static const char *of_faults; /* that of the others */

static int not_half_written(const char *path, const struct stat *st, int kind,
                            struct FTW *at)
{
    size_t n = strlen(path);

    return n > 4 && strcmp(path + n - 4, ".tmp") == 0;
}

static int as_without_faults(const char *path, const struct stat *st, int kind,
                             struct FTW *at)
{
    const char *name = path + strlen(folder) + 1 + strlen(of_faults);
    char other[SAMPLE_PATH], *a, *b;
    bool same;

    if (kind != FTW_F)
        return 0;
    snprintf(other, sizeof other, "%s%s", whole, name);
    a = content(path + strlen(folder) + 1);
    b = content(other);
    same = strcmp(a, b) == 0;
    /* it is written where a plot failed too */
    if (!same && failed && strcmp(name, "/index.html") == 0)
        same = strstr(a, "</html>\n") != NULL;
    free(a);
    free(b);
    return !same;
}

static void assert_whole(long n)
{
    char path[SAMPLE_PATH];

    ck_assert_int_eq(nftw(folder, not_half_written, 8, FTW_PHYS), 0);
    snprintf(path, sizeof path, "%s/%s", folder, of_faults ? of_faults : "none");
    if (whole && access(path, F_OK) == 0)
        ck_assert_msg(nftw(path, as_without_faults, 8, FTW_PHYS) == 0,
                      "%ld: half of a file", n);
}

/* And calls no file wrong that is right. */
static bool speaks_of_memory(const char *said)
{
    if (strstr(said, "not valid") || strstr(said, "damaged"))
        return false;
    return strstr(said, "memory") || strstr(said, "address space") ||
           strstr(said, "limit of");
}

/* 0 with the same output, or a reason: 2, or 1 where all but a picture is there. */
static void assert_clear(long n, int status, const char *wanted)
{
    char *printed = content("printed"), *said = content("said");

    failed = status != 0;
    ck_assert_msg(status >= 0 && status <= 2, "%ld: status %d: %s", n, status, said);
    if (status == 0)
        ck_assert_msg(strcmp(printed, wanted) == 0, "%ld: 0, but: %s", n, printed);
    else
        ck_assert_msg(speaks_of_memory(said), "%ld: %s", n, said);
    free(printed);
    free(said);
}

static void try_all(const char *const *argument)
{
    char *wanted;
    long n, step;

    ck_assert_int_eq(faulty(argument, 0, false), 0);
    n = count();
    ck_assert_int_gt(n, 100);
    if (whole)
        keep(of_faults, whole);
    wanted = content("printed");
    step = step_of(n, 120);
    for (int on = 0; on < 2; on++)
        for (long at = 1 + on * step / 2; at <= n; at += step) {
            if (of_faults)
                forget(of_faults);
            assert_clear(at, faulty(argument, at, on), wanted);
            assert_whole(at);
        }
    free(wanted);
}

/* ---------------------------------------------------------------- the commands */

static const char *const run[] = {"bench", "run",    "suite.yaml", "--out",
                                  "out",   "--jobs", "1",          NULL};

static void make_results(void)
{
    write_text("suite.yaml", suite_text);
    ck_assert_int_eq(faulty(run, 0, false), 0);
}

static void open_folder(void)
{
    whole = of_faults = NULL;
    set_up();
}

START_TEST(check_may_fail)
{
    const char *const argument[] = {"bench", "check", "suite.yaml", NULL};

    write_text("suite.yaml", suite_text);
    try_all(argument);
}
END_TEST

START_TEST(report_may_fail)
{
    const char *const argument[] = {"bench", "report", "out", "--out", "report", NULL};

    make_results();
    whole = "whole";
    of_faults = "report";
    try_all(argument);
}
END_TEST

START_TEST(compare_may_fail)
{
    const char *const argument[] = {"bench", "compare", "out", "none", "replay", NULL};

    make_results();
    try_all(argument);
}
END_TEST

/* In whichever process: a cell that had no memory is recorded as such, or the run ends;
 * the same command finishes what is missing. */
START_TEST(run_may_fail)
{
    long n, step;
    int status;

    make_results();
    n = count();
    step = step_of(n, 25);
    keep("out", "whole");
    for (int on = 0; on < 2; on++)
        for (long at = 1 + on * step / 2; at <= n; at += step) {
            forget("out");
            status = faulty(run, at, on);
            ck_assert_msg(status >= 0 && status <= 2, "%ld: status %d", at, status);
            ck_assert_int_eq(nftw(folder, not_half_written, 8, FTW_PHYS), 0);
            status = faulty(run, 0, false);
            ck_assert_msg(status == 0, "%ld: then %d: %s", at, status, content("said"));
            assert_same("out/results.csv", "whole/results.csv");
            assert_same("out/accuracy.csv", "whole/accuracy.csv");
            assert_same("out/report/table.md", "whole/report/table.md");
        }
}
END_TEST

Suite *allocation_suite(void)
{
    Suite *suite = suite_create("allocation");
    TCase *tests = tcase_create("allocation");

    tcase_set_timeout(tests, 300);
    tcase_add_checked_fixture(tests, open_folder, tear_down);
    tcase_add_test(tests, check_may_fail);
    tcase_add_test(tests, report_may_fail);
    tcase_add_test(tests, compare_may_fail);
    tcase_add_test(tests, run_may_fail);
    suite_add_tcase(suite, tests);
    return suite;
}
