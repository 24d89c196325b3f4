/* The program as a user runs it: what it answers to flags, data and folders, good and bad. */
#include "tests/bench/commands/small_suite.h"

/* What these tests go by: files are compared to their end. */
START_TEST(the_whole_of_a_file_is_read)
{
    static char text[100001];
    char *read;

    memset(text, 'x', sizeof text - 1);
    write_text("long", text);
    read = content("long");
    ck_assert_str_eq(read, text);
    free(read);
}
END_TEST

START_TEST(a_report_of_what_is_asked_for)
{
    write_suite("small", "40", "");
    ck_assert_int_eq(bench("run suite.yaml --jobs 2 --out out --no-report"), 0);
    ck_assert_int_eq(bench("report out --only '*/none/*' --plots time --title Mine"), 0);
    ck_assert(holds("out/report/index.html", "<title>Mine</title>"));
    ck_assert(there_is("out/report/plots/time.gp"));
    ck_assert(holds("out/report/summary.csv", ",none,"));
    ck_assert(!holds("out/report/summary.csv", ",replay"));
    assert_refused("report out --only nothing", "--only matches no finished cell");
    assert_refused("report out --plots time,foo", "--plots does not know 'foo'");
    assert_refused("report out --format gif", "--format does not know 'gif'");
}
END_TEST

/* Only the pairs of the file are rows, so Holm's correction counts those alone. */
static void compares_a_family(void)
{
    write_text("family.txt", "# stated in advance\n\n"
                             "split.class backprop/none noprop-dt/none # the pair\n"
                             "split.class backprop/replay backprop/none\n");
    ck_assert_int_eq(bench("compare out --pairs family.txt --metric accuracy"), 0);
    ck_assert(holds("printed", "backprop + replay  backprop"));
    ck_assert(!holds("printed", "noprop-dt + replay"));
    ck_assert(holds("printed", "and 7 for the first of 2 rows after Holm"));
    write_text("family.txt", "\nsplit.clas backprop/none noprop-dt/none\n");
    assert_refused("compare out --pairs family.txt", "did you mean 'split.class'?");
    write_text("family.txt", "\nsplit.class backprop/none sgd/none\n");
    assert_refused("compare out --pairs family.txt", "family.txt:2: the results hold no");
    write_text("family.txt", "split.class backprop/none\n");
    assert_refused("compare out --pairs family.txt", "three words");
}

static void assert_same_paragraph(const char *a, const char *b)
{
    int i = 0;

    while (a[i] && a[i] == b[i] && strncmp(a + i, "\n\n", 2) != 0)
        i++;
    ck_assert_msg(strncmp(a + i, "\n\n", 2) == 0 && strncmp(b + i, "\n\n", 2) == 0,
                  "not the same: %s\n%s", a, b);
}

/* Metrics from the evaluations, and as results.csv has them; which tells no settings. */
static void compares_a_kept_table(void)
{
    char *table = content("out/results.csv"), *run, *kept;

    sample_folder(folder, "kept");
    write_text("kept/results.csv", table);
    ck_assert_int_eq(bench("compare out none joint replay"), 0);
    run = content("printed");
    ck_assert_int_eq(bench("compare kept none joint replay"), 0);
    kept = content("printed");
    assert_same_paragraph(run, kept);
    ck_assert_int_eq(bench("compare out kept"), 0);
    assert_refused("report kept out", "no suite.resolved.yaml");
    write_text("kept/results.csv", "cell,accuracy\n1,2\n");
    assert_refused("compare kept a b", "kept/results.csv:1: there is no column");
    free(table);
    free(run);
    free(kept);
}

START_TEST(finished_cells_are_not_run_again)
{
    char *before, *after, *all, *part, path[SAMPLE_PATH];

    write_suite("small", "20", "");
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report --only '*/none/*'"), 0);
    before = content("out/cells/split.class/backprop/none/seed-1/status.json");
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    all = content("out/results.csv");
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report --only '*/none/*'"), 0);
    part = content("out/results.csv");
    ck_assert_str_eq(all, part); /* a part was run, but all of it is reported */
    free(part);
    snprintf(path, sizeof path, "%s/out/results.csv", folder);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    part = content("out/results.csv");
    ck_assert_str_eq(all, part); /* tables come back from what the cells hold */
    after = content("out/cells/split.class/backprop/none/seed-1/status.json");
    ck_assert_str_eq(before, after);
    ck_assert_int_eq(bench("report out --plots accuracy"), 0);
    ck_assert_int_eq(bench("compare out backprop noprop-dt"), 0);
    ck_assert(holds("printed", "noprop-dt + replay"));
    ck_assert(holds("printed", "with 2 pairs no p can be below 0.5"));
    ck_assert_int_eq(bench("compare out none replay --metric bwt"), 0);
    ck_assert_int_eq(bench("compare out out"), 0);
    ck_assert_int_eq(bench("compare out 'backprop + replay' noprop-dt/replay"), 0);
    ck_assert(holds("printed", "backprop + replay  noprop-dt + replay  accuracy"));
    assert_refused("compare out backprop sgd",
                   "hold no 'sgd'; a name is a learner (backprop, noprop-dt), a strategy "
                   "(none, replay, joint) or");
    assert_refused("compare out backprop noprop-t", "did you mean 'noprop-dt'?");
    assert_refused("compare out backprop/none noprop-dt/none --metric fwt",
                   "no two finished cells");
    ck_assert_int_eq(bench("run suite.yaml --out other --no-report --set "
                           "streams.split.id=another --only '*/backprop/none/*'"),
                     0);
    assert_refused("compare out other", "share no stream, learner and strategy");
    assert_refused("compare out", "two names");
    compares_a_kept_table();
    compares_a_family();
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report --set "
                           "strategies.replay.title=ER"),
                     0);
    ck_assert_int_eq(bench("compare out ER none --metric bwt"), 0);
    ck_assert_int_eq(bench("compare out 'backprop + ER' noprop-dt/replay"), 0);
    ck_assert(holds("printed", "backprop + replay  noprop-dt + replay  accuracy"));
    assert_refused("verify der-smnst", "did you mean 'der-smnist'?");
    free(before);
    free(after);
    free(all);
    free(part);
}
END_TEST

/* Asked for in any of three ways. */
START_TEST(help_of_a_command)
{
    static const char *const words[] = {"help run", "--help run", "run --help", "-h run"};

    ck_assert_int_eq(bench(words[_i]), 0);
    ck_assert(holds("printed", "usage: bench run SUITE.yaml"));
    assert_refused("help runn", "there is no command 'runn'; did you mean 'run'?");
}
END_TEST

/* The table goes to stdout. */
START_TEST(failures_go_to_stderr)
{
    char command[2048], line[1024];
    bool table = false;
    FILE *out;

    write_suite("small", "50", "limits: {memory: 100 KiB}\n");
    snprintf(command, sizeof command,
             "cd %s && %s run suite.yaml --no-report --only '*/none/seed-1' 2>errors",
             folder, getenv("BENCH_PROGRAM"));
    out = popen(command, "r");
    ck_assert_ptr_nonnull(out);
    while (fgets(line, sizeof line, out)) {
        table = table || strstr(line, "forgetting");
        ck_assert_ptr_null(strstr(line, "did not end ok"));
        ck_assert(strstr(line, "seed-1: memory") == NULL || line[0] == '[');
    }
    ck_assert_int_eq(pclose(out) >> 8, 1);
    ck_assert(table);
    ck_assert(holds("errors", "/none/seed-1: memory, "));
    ck_assert(holds("errors", "1 cell did not end ok, or not yet"));
}
END_TEST

START_TEST(a_glob_of_a_part_and_a_list_of_seeds)
{
    write_suite("globs", "40", "");
    assert_refused("run suite.yaml --dry-run --only backprop",
                   "has to fit the whole name; write '*backprop*', for example for "
                   "split.class/backprop/none/seed-1");
    assert_refused("run suite.yaml --dry-run --only nobody",
                   "its first cell is split.class/backprop/none/seed-1");
    ck_assert_int_eq(bench("run suite.yaml --dry-run --seeds 2,5"), 0);
    ck_assert(holds("printed", "/seed-5"));
    ck_assert(!holds("printed", "/seed-1") && !holds("printed", "/seed-3"));
}
END_TEST

/* At a rate like that the weights are noise after a step, and every score with them. */
START_TEST(who_did_not_learn_is_warned_of)
{
    char *printed;

    write_suite("blind", "40", "report: {plots: [accuracy]}\n");
    ck_assert_int_eq(bench("run suite.yaml --only '*/backprop/none/*' --set "
                           "learners.backprop.optimizer=sgd --set "
                           "learners.backprop.lr=100000 --out blind"),
                     0);
    printed = content("printed");
    ck_assert_ptr_nonnull(strstr(printed, "warning: split.class: backprop did not learn: "
                                          "after a task the accuracies"));
    ck_assert_ptr_null(strstr(printed, "is expected for backprop"));
    ck_assert(holds("blind/report/index.html", "of guessing among the classes"));
    free(printed);
    ck_assert_int_eq(bench("run suite.yaml --only '*/backprop/none/*' --out seeing"), 0);
    printed = content("printed");
    ck_assert_ptr_null(strstr(printed, "warning"));
    free(printed);
}
END_TEST

START_TEST(bad_cells_are_results)
{
    char *results;

    write_text("suite.yaml", "");
    write_suite("small", "50", "limits: {memory: 100 KiB}\n");
    ck_assert_int_eq(bench("run suite.yaml --out little --no-report"), 1);
    results = content("little/results.csv");
    ck_assert_ptr_nonnull(strstr(results, ",memory,"));
    free(results);
    write_suite("small", "50", "");
    ck_assert_int_eq(
        bench("run suite.yaml --out wild --no-report --set "
              "learners.backprop.optimizer=sgd --set learners.backprop.lr=1e6 "
              "--set 'learners.backprop.net=[dense 8, dense 8, dense 8]'"),
        1);
    ck_assert(holds("wild/results.csv", "backprop,none,1,diverged,\"the loss"));
    ck_assert(holds("wild/results.csv", "noprop-dt,none,1,ok,,"));
    write_suite("small", "200000", "limits: {time: 200 ms}\n");
    ck_assert_int_eq(
        bench("run suite.yaml --out slow --no-report --only '*/none/seed-1'"), 1);
    results = content("slow/results.csv");
    ck_assert_ptr_nonnull(strstr(results, ",timeout,"));
    free(results);
}
END_TEST

/* The whole run with files of at most so many blocks of 512 bytes. */
static int bench_in(int blocks, const char *arguments)
{
    const char *program = getenv("BENCH_PROGRAM");
    char command[2048];

    snprintf(command, sizeof command,
             "cd %s && ulimit -f %d && exec %s %s 2>printed >/dev/null", folder, blocks,
             program, arguments);
    return WEXITSTATUS(system(command));
}

/* A disk without room, as a limit on the size of files: what does not fit is an error
 * that names the file; nothing half written is taken for whole, and with room it goes on.
 */
START_TEST(a_disk_without_room)
{
    bool late = false; /* when cells had been run */

    write_suite("small", "40", "");
    ck_assert_int_eq(bench("run suite.yaml --out whole --no-report"), 0);
    for (int blocks = 1; blocks <= 6; blocks++) {
        int status = bench_in(blocks, "run suite.yaml --out full --no-report");
        char *printed = content("printed");

        ck_assert(status == 2 || late);
        ck_assert_msg(status == 0 || strstr(printed, " full/") != NULL, "%s", printed);
        late = late || strstr(printed, "full/results.csv") ||
               strstr(printed, "full/accuracy.csv") || strstr(printed, "full/cells/");
        free(printed);
    }
    ck_assert(late);
    ck_assert_int_eq(bench("run suite.yaml --out full --no-report"), 0);
    assert_same("whole/results.csv", "full/results.csv");
    assert_same("whole/accuracy.csv", "full/accuracy.csv");
}
END_TEST

START_TEST(data_that_cannot_be_used)
{
    uint8_t junk[64] = {0, 0, 8, 3};
    char path[SAMPLE_PATH];

    write_suite("small", "20", "");
    sample_write(folder, "data/train-images-idx3-ubyte", junk, sizeof junk);
    assert_refused("run suite.yaml", "train-images-idx3-ubyte");
    junk[3] = 99;
    sample_write(folder, "data/train-images-idx3-ubyte", junk, sizeof junk);
    assert_refused("run suite.yaml", "magic");
    snprintf(path, sizeof path, "%s/data/train-labels-idx1-ubyte", folder);
    ck_assert_int_eq(truncate(path, 100), 0);
    assert_refused("run suite.yaml", "train-");
    ck_assert_int_eq(unlink(path), 0);
    assert_refused("run suite.yaml", "train-labels-idx1-ubyte");
    snprintf(path, sizeof path, "%s/out", folder);
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(folders_that_cannot_be_used)
{
    write_suite("small", "20", "");
    write_text("file", "not a folder");
    assert_refused("run suite.yaml --out file/out", "file");
    assert_refused("run suite.yaml --out /proc/nowhere/out", "/proc/nowhere");
    assert_refused("report nothing-here", "nothing-here");
    assert_refused("run no-such-suite.yaml", "no-such-suite.yaml");
}
END_TEST

START_TEST(flags_and_commands_that_do_not_exist)
{
    write_suite("small", "20", "");
    assert_refused("rum suite.yaml", "did you mean 'run'");
    assert_refused("run suite.yaml --job 2", "did you mean '--jobs'?");
    assert_refused("run suite.yaml --jobs", "needs a value");
    assert_refused("run suite.yaml --jobs many", "--jobs");
    assert_refused("run suite.yaml --jobs 0", "--jobs");
    assert_refused("run suite.yaml -q", "there is no flag '-q'");
    assert_refused("run suite.yaml -quiet",
                   "there is no flag '-quiet'; did you mean '--quiet'?");
    assert_refused("run suite.yaml --=x", "no flag without a name");
    assert_refused("run -- --quiet", "cannot read --quiet");
    assert_refused("run --", "needs a suite");
    assert_refused("run suite.yaml --quiet=yes", "takes no value");
    assert_refused("run suite.yaml --only nothing", "nothing");
    assert_refused("run suite.yaml --set learners.backprop.lrr=1", "lrr");
    assert_refused("run", "needs a suite");
    assert_refused("fetch kmnist",
                   "no data set 'kmnist' can be fetched; did you mean 'mnist'?\n");
    assert_refused("run suite.yaml --out ''", "empty");
    assert_refused("run suite.yaml suite.yaml", "both named");
    assert_refused("run suite.yaml --set learners.backprop.net=mlp-x", "mlp-x");
}
END_TEST

START_TEST(strange_surroundings_do_no_harm)
{
    char *tables;

    write_suite("small", "20", "");
    /* the # hides the redirections that follow */
    ck_assert_int_eq(bench("run suite.yaml --out closed --no-report >&- 2>&- #"), 0);
    tables = content("closed/results.csv");
    ck_assert_msg(strncmp(tables, "cell,fingerprint", 16) == 0, "not a table: %s",
                  tables);
    free(tables);
    signal(SIGCHLD, SIG_IGN); /* inherited by the program */
    {
        pid_t pid = start("run suite.yaml --out ignored --no-report");

        signal(SIGCHLD, SIG_DFL);
        ck_assert_int_eq(finish(pid), 0);
    }
}
END_TEST

START_TEST(help_answers)
{
    static const char *const pages[] = {
        "--help",        "run --help",         "check --help",  "report --help",
        "list --help",   "explain --help",     "list learners", "list nets",
        "list backprop", "explain forgetting", "--version",     "perf --help"};

    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        char *printed;

        ck_assert_msg(bench(pages[i]) == 0, "bench %s", pages[i]);
        printed = content("printed");
        ck_assert_msg(strlen(printed) > 5, "bench %s printed nothing", pages[i]);
        free(printed);
    }
}
END_TEST

/* A line for the machine, a line for the one case that is asked for. */
START_TEST(perf_prints_what_is_asked_for)
{
    char *printed;

    ck_assert_int_eq(bench("perf loss --repeats 3 --json"), 0);
    printed = content("printed");
    ck_assert_ptr_nonnull(strstr(printed, "\"peak_gflops\":"));
    ck_assert_ptr_nonnull(strstr(printed, "{\"name\":\"loss/cross-entropy\""));
    ck_assert_ptr_null(strstr(printed, "gemm/"));
    free(printed);
    ck_assert_int_eq(bench("perf --filter 'l*s/cross*'"), 0);
    ck_assert_int_eq(bench("perf loss --repeats 3 --isa baseline"), 0);
    printed = content("printed");
    ck_assert_ptr_nonnull(strstr(printed, "baseline kernels"));
    free(printed);
    ck_assert_int_eq(bench("perf loss --isa z80"), 2);
    ck_assert_int_eq(bench("perf no-such-case"), 2);
    ck_assert_int_eq(bench("perf loss --repeats 2"), 2);
}
END_TEST

Suite *program_suite(void)
{
    Suite *suite = suite_create("program");
    TCase *runs = tcase_create("runs");

    tcase_add_checked_fixture(runs, set_up, tear_down);
    tcase_set_timeout(runs, 300);
    tcase_add_test(runs, the_whole_of_a_file_is_read);
    tcase_add_test(runs, a_report_of_what_is_asked_for);
    tcase_add_test(runs, finished_cells_are_not_run_again);
    tcase_add_test(runs, who_did_not_learn_is_warned_of);
    tcase_add_loop_test(runs, help_of_a_command, 0, 4);
    tcase_add_test(runs, failures_go_to_stderr);
    tcase_add_test(runs, a_glob_of_a_part_and_a_list_of_seeds);
    tcase_add_test(runs, bad_cells_are_results);
    tcase_add_test(runs, a_disk_without_room);
    tcase_add_test(runs, data_that_cannot_be_used);
    tcase_add_test(runs, folders_that_cannot_be_used);
    tcase_add_test(runs, flags_and_commands_that_do_not_exist);
    tcase_add_test(runs, strange_surroundings_do_no_harm);
    tcase_add_test(runs, help_answers);
    tcase_add_test(runs, perf_prints_what_is_asked_for);
    suite_add_tcase(suite, runs);
    return suite;
}
