/* Result folders as a kill or a failing disk leaves them: what is lost is told, made anew,
 * and costs nothing else. */
#include "tests/support/needs.h"
#include "tests/support/program.h"

#define CELL  "out/cells/split.class/backprop/none/seed-1/"
#define OTHER "out/cells/split.class/backprop/replay/seed-1/"

static void write_suite(const char *steps, const char *more)
{
    char text[2048];

    snprintf(text, sizeof text,
             "suite: small\nseeds: 2\ncheckpoint: 1 ms\n"
             "training: {batch: 16, steps: %s}\n"
             "streams: [{stream: split, dataset: {idx: %s/data}, tasks: 2}]\n"
             "strategies: [none, {strategy: replay, buffer: 20}]\n"
             "report: {plots: [accuracy]}\n%s",
             steps, folder, more);
    write_text("suite.yaml", text);
}

static const char backprop[] = "learners: [{learner: backprop, net: mlp-8}]\n";

/* ---------------------------------------------------------------- damage */

enum damage { FLIP, TRUNCATE, EMPTY, FOREIGN, LONGER, N_DAMAGE };

/* Does it to a file of n bytes; FLIP and TRUNCATE at that byte. */
static void damage(const char *name, enum damage how, size_t at)
{
    char path[2 * SAMPLE_PATH], byte;
    int fd;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    fd = open(path, O_RDWR);
    ck_assert_msg(fd >= 0, "no %s", path);
    if (how == FLIP) {
        ck_assert_int_eq(pread(fd, &byte, 1, (off_t)at), 1);
        byte ^= 4;
        ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)at), 1);
    } else if (how == FOREIGN) {
        ck_assert_int_eq(ftruncate(fd, 0), 0);
        ck_assert_int_eq(pwrite(fd, "<html>not here</html>\n", 22, 0), 22);
    } else if (how == LONGER) {
        ck_assert_int_eq(pwrite(fd, "more", 4, lseek(fd, 0, SEEK_END)), 4);
    } else {
        ck_assert_int_eq(ftruncate(fd, how == TRUNCATE ? (off_t)at : 0), 0);
    }
    close(fd);
}

static size_t size_of(const char *name)
{
    char path[2 * SAMPLE_PATH];
    struct stat info;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_msg(stat(path, &info) == 0, "no %s", path);
    return (size_t)info.st_size;
}

/* Runs the suite whole, and keeps its tables beside. */
static void run_whole(void)
{
    char *results, *accuracy;

    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    results = content("out/results.csv");
    accuracy = content("out/accuracy.csv");
    write_text("results.csv", results);
    write_text("accuracy.csv", accuracy);
    free(results);
    free(accuracy);
}

static void assert_same_tables(void)
{
    assert_same("results.csv", "out/results.csv");
    assert_same("accuracy.csv", "out/accuracy.csv");
}

/* ---------------------------------------------------------------- status.json */

START_TEST(a_damaged_status_costs_its_cell_alone)
{
    char *other, *after;

    write_suite("20", backprop);
    run_whole();
    other = content(OTHER "status.json");
    damage(CELL "status.json", (enum damage)_i, size_of(CELL "status.json") / 2);
    ck_assert_int_eq(bench("report out"), 1);
    ck_assert(holds("printed", "warning: " CELL "status.json"));
    ck_assert(holds("printed", "its cell counts as not run"));
    ck_assert(holds("out/report/summary.csv", "backprop,replay"));
    ck_assert(holds("out/report/index.html", "1 file(s) of the folder are damaged"));
    ck_assert_int_eq(bench("compare out none replay"), 1);
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    ck_assert(holds("printed", "4 cells, 1 to run"));
    assert_same_tables();
    after = content(OTHER "status.json");
    ck_assert_str_eq(other, after); /* its times too: it did not run again */
    ck_assert_int_eq(bench("report out"), 0);
    free(other);
    free(after);
}
END_TEST

/* It may be of a newer program, and is not lost without being asked for. */
START_TEST(a_status_of_another_format_is_refused)
{
    char command[2 * SAMPLE_PATH], *before, *after;

    write_suite("20", backprop);
    run_whole();
    snprintf(command, sizeof command,
             "sed -i '/\"digest\":/d;s/\"format\": 1/\"format\": 2/' %s/" CELL
             "status.json",
             folder);
    ck_assert_int_eq(system(command), 0);
    before = content(CELL "status.json");
    assert_refused("run suite.yaml --out out --no-report", "format 2");
    assert_refused("report out", CELL "status.json has format 2");
    after = content(CELL "status.json");
    ck_assert_str_eq(before, after);
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report --restart"), 0);
    assert_same_tables();
    free(before);
    free(after);
}
END_TEST

START_TEST(every_status_may_be_damaged)
{
    write_suite("20", backprop);
    run_whole();
    for (int seed = 1; seed <= 2; seed++)
        for (int k = 0; k < 2; k++) {
            char name[128];

            snprintf(name, sizeof name,
                     "out/cells/split.class/backprop/%s/seed-%d/status.json",
                     k ? "replay" : "none", seed);
            damage(name, EMPTY, 0);
        }
    assert_refused("report out", "out holds no finished cell");
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    assert_same_tables();
}
END_TEST

/* ---------------------------------------------------------------- checkpoint */

static const struct {
    enum damage how;
    double at; /* share of the file */
    const char *log;
} checkpoints[] = {
    {FLIP, 0, "of another program"},
    {FLIP, 0.9, "damaged"},
    {FLIP, 1, "damaged"},
    /* the checksum */ {TRUNCATE, 0.001, "damaged"},
    {TRUNCATE, 0.5, "damaged"},
    {TRUNCATE, 1, "damaged"},
    {EMPTY, 0, "damaged"},
    {FOREIGN, 0, "damaged"},
    {LONGER, 0, "damaged"},
};

START_TEST(a_damaged_checkpoint_starts_its_cell_over)
{
    static const char one[] = "run suite.yaml --out out --no-report --jobs 1 --only "
                              "'*/backprop/none/seed-1'";
    char words[96], stopped[256];
    size_t n;

    write_suite("600", backprop);
    ck_assert_int_eq(bench(one), 0);
    run_whole();
    snprintf(stopped, sizeof stopped, "%s --restart --stop-after '1 ms'", one);
    ck_assert_int_eq(bench(stopped), 1);
    n = size_of(CELL "checkpoint");
    damage(CELL "checkpoint", checkpoints[_i].how,
           (size_t)(checkpoints[_i].at * (double)(n - 1)));
    ck_assert_int_eq(bench(one), 0);
    snprintf(words, sizeof words, "the checkpoint is %s; the cell starts over",
             checkpoints[_i].log);
    ck_assert_msg(holds(CELL "log.txt", words), "no '%s'", words);
    ck_assert(!there_is(CELL "checkpoint"));
    assert_same_tables();
}
END_TEST

/* ---------------------------------------------------------------- the other files */

START_TEST(a_damaged_suite_is_refused_and_written_anew)
{
    char *whole, *after;
    size_t n;

    write_suite("20", backprop);
    run_whole();
    whole = content("out/suite.resolved.yaml");
    n = strlen(whole);
    damage("out/suite.resolved.yaml", EMPTY, 0);
    assert_refused("report out", "out/suite.resolved.yaml");
    for (size_t at = 0; at < n; at += n / (is_sanitized() ? 10 : 40)) {
        int status;

        write_text("out/suite.resolved.yaml", whole);
        damage("out/suite.resolved.yaml", at % 2 ? FLIP : TRUNCATE, at);
        status = bench("compare out none replay");
        ck_assert_msg(status >= 0 && status <= 2, "byte %zu: %d", at, status);
    }
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    after = content("out/suite.resolved.yaml");
    ck_assert_str_eq(whole, after);
    assert_same_tables();
    free(whole);
    free(after);
}
END_TEST

START_TEST(a_damaged_environment_is_left_out)
{
    write_suite("20", backprop);
    run_whole();
    damage("out/environment.json", (enum damage)_i, size_of("out/environment.json") - 2);
    ck_assert_int_eq(bench("report out"), 1);
    ck_assert(holds("printed", "warning: out/environment.json"));
    ck_assert(holds("printed", "the report goes on without it"));
    ck_assert(holds("out/report/index.html", "no environment.json that can be read"));
    ck_assert_int_eq(bench("run suite.yaml --out out"), 0);
    ck_assert_int_eq(bench("run suite.yaml --out out --restart"), 0);
    ck_assert_int_eq(bench("report out"), 0);
}
END_TEST

/* Whether a cell is the same experiment cannot be known any more. */
START_TEST(damaged_settings_are_refused)
{
    char path[SAMPLE_PATH];

    write_suite("20", backprop);
    run_whole();
    snprintf(path, sizeof path, "%s/" CELL "status.json", folder);
    ck_assert_int_eq(unlink(path), 0);
    damage(CELL "settings.txt", FLIP, size_of(CELL "settings.txt") - 3);
    assert_refused("run suite.yaml --out out --no-report",
                   "cell 'split.class/backprop/none/seed-1' is already there with other "
                   "settings");
    damage(CELL "settings.txt", EMPTY, 0);
    assert_refused("run suite.yaml --out out --no-report", "its settings.txt is empty");
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report --restart --only "
                           "'*/backprop/none/seed-1'"),
                     0);
    assert_same_tables();
}
END_TEST

/* Nothing is read from the tables: they are made from the cells. */
START_TEST(damaged_tables_are_written_anew)
{
    static const char *const tables[] = {"out/results.csv", "out/accuracy.csv",
                                         "out/timing.csv"};
    char *timing, *after;

    write_suite("20", backprop);
    run_whole();
    timing = content("out/timing.csv");
    for (int i = 0; i < 3; i++)
        damage(tables[i], (enum damage)_i, 30);
    ck_assert_int_eq(bench("report out"), 0);
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    assert_same_tables();
    after = content("out/timing.csv");
    ck_assert_str_eq(timing, after);
    free(timing);
    free(after);
}
END_TEST

START_TEST(damaged_traces_are_no_crash)
{
    static const char trace[] = "out/cells/split.class/noprop-dt/none/seed-1/trace.csv";
    char *whole;

    write_suite("20", "learners: [{learner: noprop-dt, net: mlp-8, blocks: 2, width: 8}]"
                      "\nevaluation: {trace: yes}\n");
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    whole = content(trace);
    for (int how = 0; how < N_DAMAGE; how++) {
        int status;

        write_text(trace, whole);
        damage(trace, (enum damage)how, strlen(whole) / 2);
        status = bench("report out");
        ck_assert_msg(status >= 0 && status <= 2, "damage %d: %d", how, status);
    }
    free(whole);
}
END_TEST

static const char tuned[] =
    "learners: [{learner: backprop, net: mlp-8, lr: {tune: [0.001, 0.1]}}]\n"
    "tuning: {tasks: 1, validation: 0.2, seeds: [1]}\n";

START_TEST(a_damaged_candidate_is_run_anew)
{
    static const char list[] = "out/tuning.csv";
    char command[2 * SAMPLE_PATH], *before, *after;

    write_suite("20", tuned);
    run_whole();
    before = content(list);
    damage(list, FOREIGN, 0);
    snprintf(command, sizeof command,
             "for f in $(find %s/out/tuning/cells -name status.json | head -1); do "
             "echo '{' >\"$f\"; done",
             folder);
    ck_assert_int_eq(system(command), 0);
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    ck_assert(holds("printed", "warning: out/tuning/cells/"));
    ck_assert(holds("printed", "1 to run"));
    after = content(list);
    ck_assert_str_eq(before, after);
    assert_same_tables();
    free(before);
    free(after);
}
END_TEST

/* ---------------------------------------------------------------- a FIFO */

/* In the place of each file that is read; to open one waits for somebody who writes to it. */
START_TEST(a_fifo_is_not_waited_for)
{
    static const struct {
        const char *name;
        int run, report;
    } file[] = {
        {CELL "status.json", 0, 1},        {CELL "checkpoint", 0, 1},
        {CELL "settings.txt", 2, 1},       {CELL "log.txt", 2, 1},
        {"out/suite.resolved.yaml", 0, 2}, {"out/environment.json", 0, 1},
        {"out/results.csv", 0, 0},
    };
    bool of_cell = strncmp(file[_i].name, CELL, strlen(CELL)) == 0;
    char path[2 * SAMPLE_PATH];

    write_suite("3", backprop);
    run_whole();
    snprintf(path, sizeof path, "%s/" CELL "status.json", folder);
    if (of_cell)
        unlink(path);
    snprintf(path, sizeof path, "%s/%s", folder, file[_i].name);
    unlink(path);
    ck_assert_int_eq(mkfifo(path, 0666), 0);
    if (!of_cell || _i == 0)
        ck_assert_int_eq(bench("report out"), file[_i].report);
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), file[_i].run);
    if (file[_i].run == 0)
        assert_same_tables();
}
END_TEST

/* ---------------------------------------------------------------- temporary files */

/* The number of a process that has ended. */
static pid_t dead_process(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    return pid;
}

/* A cell is not left out of a report without a word. */
START_TEST(a_status_that_cannot_be_looked_at_is_told)
{
    char path[2 * SAMPLE_PATH];

    write_suite("3", backprop);
    run_whole();
    snprintf(path, sizeof path, "%s/" CELL "status.json", folder);
    unlink(path);
    ck_assert_int_eq(symlink(path, path), 0);
    ck_assert_int_eq(bench("report out"), 1);
    ck_assert(holds("printed", "its cell counts as not run"));
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    assert_same_tables();
}
END_TEST

/* The status.json of one cell in the place of another's: whole, but of other settings. */
START_TEST(a_status_of_other_settings_is_told)
{
    char from[2 * SAMPLE_PATH], to[2 * SAMPLE_PATH];

    write_suite("3", backprop);
    run_whole();
    snprintf(from, sizeof from, "%s/" OTHER "status.json", folder);
    snprintf(to, sizeof to, "%s/" CELL "status.json", folder);
    unlink(to);
    ck_assert_int_eq(link(from, to), 0);
    ck_assert_int_eq(bench("report out"), 1);
    ck_assert(holds("printed", "warning: out/cells/split.class/backprop/none/seed-1/"
                               "status.json is of other settings (1 in all); its cell "
                               "counts as not run"));
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    assert_same_tables();
}
END_TEST

START_TEST(what_killed_runs_left_is_removed)
{
    static const char *const left[] = {
        "out/results.csv.host.%ld.bench.tmp", CELL "status.json.vm.%ld.bench.tmp",
        OTHER "checkpoint.host.%ld.bench.tmp", "out/report/index.html.vm.%ld.bench.tmp"};
    static const char *const foreign[] = {"out/notes.tmp",
                                          "out/results.csv.%ld.tmp",
                                          "out/results.csv.host.%ld.tmp",
                                          "out/results.csv.12x.bench.tmp",
                                          "out/.%ld.bench.tmp",
                                          CELL "%ld.bench.tmp",
                                          "out/mine/results.csv.%ld.bench.tmp",
                                          "out/results.csv.%ld.bench.tmp.txt"};
    const int n_left = sizeof left / sizeof *left;
    const int n_foreign = sizeof foreign / sizeof *foreign;
    long pid = dead_process();
    char name[256];

    write_suite("20", backprop);
    ck_assert_int_eq(bench("run suite.yaml --out out"), 0);
    sample_folder(folder, "out/mine");
    for (int i = 0; i < n_left; i++) {
        snprintf(name, sizeof name, left[i], pid);
        write_text(name, "half of a");
    }
    for (int i = 0; i < n_foreign; i++) {
        snprintf(name, sizeof name, foreign[i], pid);
        write_text(name, "of somebody else");
    }
    snprintf(name, sizeof name, "out/report/index.html.host.%ld.bench.tmp",
             (long)getpid());
    write_text(name, "of a process that lives");
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    ck_assert(there_is(name));
    for (int i = 0; i < n_left; i++) {
        snprintf(name, sizeof name, left[i], pid);
        ck_assert_msg(!there_is(name), "%s is still there", name);
    }
    for (int i = 0; i < n_foreign; i++) {
        snprintf(name, sizeof name, foreign[i], pid);
        ck_assert_msg(there_is(name), "%s was removed", name);
    }
}
END_TEST

Suite *damage_suite(void)
{
    Suite *suite = suite_create("damage");
    TCase *tests = tcase_create("damage");
    int n_checkpoint = (int)(sizeof checkpoints / sizeof *checkpoints);

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 300);
    tcase_add_loop_test(tests, a_damaged_status_costs_its_cell_alone, 0, N_DAMAGE);
    tcase_add_test(tests, a_status_of_another_format_is_refused);
    tcase_add_test(tests, every_status_may_be_damaged);
    tcase_add_loop_test(tests, a_damaged_checkpoint_starts_its_cell_over, 0,
                        n_checkpoint);
    tcase_add_test(tests, a_damaged_suite_is_refused_and_written_anew);
    tcase_add_loop_test(tests, a_damaged_environment_is_left_out, 0, N_DAMAGE);
    tcase_add_test(tests, damaged_settings_are_refused);
    tcase_add_loop_test(tests, damaged_tables_are_written_anew, 0, N_DAMAGE);
    tcase_add_test(tests, damaged_traces_are_no_crash);
    tcase_add_test(tests, a_damaged_candidate_is_run_anew);
    tcase_add_loop_test(tests, a_fifo_is_not_waited_for, 0, 7);
    tcase_add_test(tests, a_status_that_cannot_be_looked_at_is_told);
    tcase_add_test(tests, a_status_of_other_settings_is_told);
    tcase_add_test(tests, what_killed_runs_left_is_removed);
    suite_add_tcase(suite, tests);
    return suite;
}
