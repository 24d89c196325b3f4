/* The program as a user runs it: whole runs of small suites, interrupted and damaged. */
#include <glob.h>
#include <sys/stat.h>
#include <time.h>

#include "core/base/file.h"
#include "tests/support/program.h"

static void write_suite(const char *name, const char *steps, const char *more)
{
    char text[2048];

    snprintf(text, sizeof text,
             "suite: %s\nseeds: 2\ncheckpoint: 1 ms\n"
             "training: {batch: 16, steps: %s}\n"
             "streams: [{stream: split, dataset: {idx: %s/data}, tasks: 2}]\n"
             "learners:\n  - {learner: backprop, net: \"dense 8, relu, dropout 0.1\"}\n"
             "  - {learner: noprop-dt, net: mlp-8, blocks: 2, width: 8}\n"
             "strategies: [none, {strategy: replay, buffer: 20}, joint]\n%s",
             name, steps, folder, more);
    write_text("suite.yaml", text);
}

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

START_TEST(same_bytes_whatever_the_number_of_jobs)
{
    write_suite("small", "40", "evaluation: {probe: ncm}\n");
    ck_assert_int_eq(bench("run suite.yaml --jobs 1 --out one --no-report"), 0);
    ck_assert_int_eq(bench("run suite.yaml --jobs 2 --out two --no-report"), 0);
    assert_same("one/results.csv", "two/results.csv");
    assert_same("one/accuracy.csv", "two/accuracy.csv");
    assert_same("one/probe.csv", "two/probe.csv");
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

static const char twin_suite[] =
    "suite: twins\nseeds: 1\ncheckpoint: 1 ms\n"
    "training: {batch: 16, steps: 60}\nevaluation: {probe: ncm, every: 20 steps}\n"
    "streams: [{stream: split, dataset: {idx: %s/data}, tasks: 2, "
    "outputs: {train: all, test: [seen, task, all]}}]\n"
    "learners:\n  - {learner: backprop, net: mlp-8}\n"
    "  - {learner: noprop-dt, net: mlp-8, blocks: 2, width: 8}\n"
    "strategies: [none, {strategy: replay, buffer: 20}, joint]\n";

static void write_twins(void)
{
    char text[2048];

    snprintf(text, sizeof text, twin_suite, folder);
    write_text("suite.yaml", text);
}

static void assert_same_results(const char *a, const char *b)
{
    static const char *const tables[] = {"results.csv", "accuracy.csv", "probe.csv"};
    char left[64], right[64];

    for (int i = 0; i < 3; i++) {
        snprintf(left, sizeof left, "%s/%s", a, tables[i]);
        snprintf(right, sizeof right, "%s/%s", b, tables[i]);
        assert_same(left, right);
    }
}

/* Both ways of measuring from one training, as if each cell had been trained alone. */
START_TEST(cells_that_differ_in_the_mask_of_the_test_are_trained_once)
{
    write_twins();
    ck_assert_int_eq(bench("run suite.yaml --out one --no-report --jobs 1"), 0);
    ck_assert(holds("one/timing.csv", ",3,"));
    ck_assert(holds("one/cells/split-task.class/backprop/none/seed-1/loss.csv", "60,1,"));
    ck_assert_int_eq(bench("run suite.yaml --out two --no-report --jobs 2"), 0);
    assert_same_results("one", "two");
    ck_assert_int_eq(bench("run suite.yaml --out apart --no-report --only '*-seen.*'"),
                     0);
    ck_assert_int_eq(bench("run suite.yaml --out apart --no-report --only '*-task.*'"),
                     0);
    ck_assert_int_eq(bench("run suite.yaml --out apart --no-report --only '*-all.*'"), 0);
    assert_same_results("one", "apart");
    ck_assert(!holds("apart/timing.csv", ",3,2"));
    ck_assert_int_eq(bench("run suite.yaml --dry-run"), 0);
    ck_assert(holds("printed", "trained as one with it"));
    ck_assert(holds("printed", "cell     ") && holds("printed", "fingerprint  "));
    ck_assert(holds("printed", " GFLOP"));
    ck_assert(holds("printed", "18 of 18 cells to run"));
}
END_TEST

START_TEST(cells_trained_as_one_are_resumed)
{
    write_twins();
    run_whole_and_broken();
    assert_same_results("whole", "broken");
}
END_TEST

START_TEST(cells_trained_as_one_diverge_as_if_apart)
{
    static const char wild[] =
        "--no-report --set learners.backprop.optimizer=sgd --set "
        "learners.backprop.lr=1e6 --set 'learners.backprop.net=[dense 8, dense 8]'";
    char command[512];

    write_twins();
    snprintf(command, sizeof command, "run suite.yaml --out one %s --only '*/backprop/*'",
             wild);
    ck_assert_int_eq(bench(command), 1);
    ck_assert(holds("one/results.csv", ",diverged,"));
    for (int i = 0; i < 3; i++) {
        static const char *const mask[] = {"seen", "task", "all"};

        snprintf(command, sizeof command,
                 "run suite.yaml --out apart %s --only '*-%s.class/backprop/*'", wild,
                 mask[i]);
        ck_assert_int_eq(bench(command), 1);
    }
    assert_same("one/results.csv", "apart/results.csv");
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

START_TEST(different_experiments_are_not_merged)
{
    write_suite("small", "20", "");
    ck_assert_int_eq(
        bench("run suite.yaml --out a --no-report --only '*/backprop/none/*'"), 0);
    ck_assert_int_eq(bench("run suite.yaml --out b --no-report --only "
                           "'*/backprop/none/*' --set learners.backprop.lr=0.01"),
                     0);
    ck_assert_int_eq(bench("run suite.yaml --out c --no-report --seeds '[7]' --only "
                           "'*/backprop/none/*'"),
                     0);
    ck_assert_int_eq(bench("run suite.yaml --out d --no-report --seeds '[8]' --only "
                           "'*/backprop/none/*' --set learners.backprop.lr=0.01"),
                     0);
    ck_assert_int_eq(bench("run suite.yaml --out e --no-report --only "
                           "'*/backprop/none/*' --set streams.split.label_noise=0.1"),
                     0);
    ck_assert_int_eq(bench("compare a b"), 0); /* two learners on the same data */
    assert_refused("compare a e", "cell 'split.class/backprop/none/seed-1' of a and of e "
                                  "saw different data (stream.label_noise)");
    assert_refused("report a b", "cell 'split.class/backprop/none/seed-1' of a and "
                                 "'split.class/backprop/none/seed-1' of b");
    assert_refused("report c d", "'split.class/backprop/none/seed-8' of d");
    assert_refused("report a c b", "`id:`");
    ck_assert_int_eq(bench("report a c a --plots accuracy"), 0);
    ck_assert_int_eq(bench("report b d --plots accuracy"), 0);
}
END_TEST

START_TEST(the_report_tells_where_the_results_were_made)
{
    char path[SAMPLE_PATH], command[2 * SAMPLE_PATH];

    write_suite("small", "20", "");
    ck_assert_int_eq(
        bench("run suite.yaml --out out --no-report --only '*/backprop/none/*'"), 0);
    snprintf(path, sizeof path, "%s/out/environment.json", folder);
    snprintf(command, sizeof command,
             "sed -i 's/\"host\": .*/\"host\": \"far-away\"/' %s", path);
    ck_assert_int_eq(system(command), 0);
    ck_assert_int_eq(bench("report out --plots accuracy"), 0);
    ck_assert(holds("out/report/index.html", "host far-away"));
    ck_assert(!holds("out/report/index.html", "no environment.json"));
    write_text("out/environment.json", "{\"version\": ");
    ck_assert_int_eq(bench("report out --plots accuracy"), 1);
    ck_assert(holds("printed", "warning: out/environment.json:1:"));
    ck_assert(holds("out/report/index.html", "no environment.json"));
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(bench("report out --plots accuracy"), 0);
    ck_assert(!holds("out/report/index.html", "host far-away"));
    ck_assert(holds("out/report/index.html", "no environment.json"));
}
END_TEST

/* Edits a file of the test's folder. */
static void edit(const char *script, const char *name)
{
    char command[2 * SAMPLE_PATH];

    snprintf(command, sizeof command, "sed -i '%s' %s/%s", script, folder, name);
    ck_assert_int_eq(system(command), 0);
}

/* A later run that trains nothing does not put its own name on what is there. */
START_TEST(results_keep_the_program_that_made_them)
{
    static const char cells[] = "run suite.yaml --out out --only '*/backprop/none/*'";
    static const char status[] = "out/cells/split.class/backprop/none/seed-1/status.json";

    write_suite("small", "20", "");
    ck_assert_int_eq(bench(cells), 0);
    ck_assert(!holds("out/report/index.html", "not made by one program"));
    edit("s/\"host\": .*/\"host\": \"far-away\"/", "out/environment.json");
    edit("/\"digest\":/d;s/\"commit\": .*/\"commit\": \"0123abc\",/", status);
    ck_assert_int_eq(bench(cells), 0);
    ck_assert(holds("out/environment.json", "far-away"));
    ck_assert(holds("out/report/index.html", "host far-away"));
    ck_assert(holds("out/report/index.html", "not made by one program"));
    ck_assert(holds("out/report/index.html", "0123abc"));
    edit("/\"commit\":/d;/\"compiler\":/d", status); /* as older versions wrote it */
    ck_assert_int_eq(bench("report out --plots accuracy"), 0);
    ck_assert(holds("out/report/index.html", "cells: unknown 1, "));
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    ck_assert(!holds("out/environment.json", "far-away"));
}
END_TEST

START_TEST(of_the_same_experiment_the_one_that_ended_ok_is_merged)
{
    static const char *const orders[] = {"report whole little --plots accuracy",
                                         "report little whole --plots accuracy"};

    write_suite("small", "20", "limits: {memory: 10 KiB}\n");
    ck_assert_int_eq(bench("run suite.yaml --out little --no-report"), 1);
    write_suite("small", "20", "");
    ck_assert_int_eq(bench("run suite.yaml --out whole --no-report"), 0);
    for (int i = 0; i < 2; i++) {
        char *printed;

        ck_assert_int_eq(bench(orders[i]), 0);
        printed = content("printed");
        ck_assert_ptr_null(strstr(printed, ": memory"));
        ck_assert_ptr_null(strstr(printed, " of 2"));
        free(printed);
    }
}
END_TEST

static int count_lines(const char *name)
{
    char *text = content(name);
    int n = 0;

    for (const char *c = text; *c; c++)
        n += *c == '\n';
    free(text);
    return n;
}

/* Two folders with a seed each, and the same pair of them by numbers. */
START_TEST(several_folders_have_one_set_of_tables)
{
    char *text;

    write_suite("small", "20", "");
    bench("run suite.yaml --out one --no-report --only '*/none/*' --seeds 1");
    bench("run suite.yaml --out two --no-report --only '*/none/*' --seeds [2]");
    ck_assert_int_eq(bench("report one two --out both --plots accuracy"), 0);
    ck_assert_int_eq(count_lines("both/results.csv") - 1,
                     count_lines("one/results.csv") + count_lines("two/results.csv") - 2);
    ck_assert_int_eq(count_lines("both/accuracy.csv") - 1,
                     count_lines("one/accuracy.csv") + count_lines("two/accuracy.csv") -
                         2);
    ck_assert(holds("both/timing.csv", "/none/seed-2,"));
    ck_assert_int_eq(bench("compare one backprop noprop-dt --metric fwt --csv"), 2);
    ck_assert_int_eq(bench("compare one backprop noprop-dt --metric accuracy --csv"), 0);
    text = content("printed");
    ck_assert_ptr_eq(strstr(text,
                            "stream,a,b,metric,n,difference,low_95,high_95,effect,p,"
                            "p_holm\nsplit.class,backprop,noprop-dt,accuracy,1,"),
                     text);
    ck_assert_ptr_nonnull(strstr(text, ",,,,1,1\n")); /* one pair has no spread */
    free(text);
    ck_assert_int_eq(bench("compare one backprop noprop-dt --metric accuracy --json"), 0);
    text = content("printed");
    ck_assert_ptr_eq(strstr(text, "[\n  {\"stream\": \"split.class\", \"a\": "), text);
    ck_assert_ptr_nonnull(strstr(text, "\"low_95\": null, "));
    free(text);
    assert_refused("compare one backprop noprop-dt --csv --json", "exclude each other");
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

/* Runs the suite into two folders, each with arguments of its own. The last column but
 * one of results.csv is the hash of the weights. */
static void assert_same_weights(const char *first, const char *second)
{
    char command[2][256], *text[2], *at[2];

    snprintf(command[0], sizeof command[0], "run suite.yaml --no-report --out 1 %s",
             first);
    snprintf(command[1], sizeof command[1], "run suite.yaml --no-report --out 2 %s",
             second);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(bench(command[i]), 0);
        text[i] = at[i] = content(i ? "2/results.csv" : "1/results.csv");
    }
    for (int row = 0; row < 13; row++) {
        char *hash[2];

        for (int i = 0; i < 2; i++) {
            char *end = strchr(at[i], '\n');

            ck_assert_ptr_nonnull(end);
            *end = '\0';
            hash[i] = strrchr(at[i], ',') - 16;
            at[i] = end + 1;
        }
        ck_assert_mem_eq(hash[0], hash[1], 16);
    }
    free(text[0]);
    free(text[1]);
}

START_TEST(scoring_more_often_changes_no_training)
{
    write_suite("small", "40", "");
    assert_same_weights("--set evaluation.every='7 steps' --set evaluation.future=yes "
                        "--set evaluation.draws=3",
                        "");
}
END_TEST

/* The text of a results.csv without its second column, the fingerprints. */
static char *without_fingerprints(const char *name)
{
    char *text = content(name);

    for (char *line = text; line && *line;
         line = strchr(line, '\n'), line += line != NULL)
        memset(strchr(line, ',') + 1, '-', strcspn(strchr(line, ',') + 1, ","));
    return text;
}

START_TEST(probing_changes_no_training_and_no_memory)
{
    char *plain, *probed;

    write_suite("small", "40", "");
    ck_assert_int_eq(bench("run suite.yaml --out 1 --no-report"), 0);
    ck_assert_int_eq(
        bench("run suite.yaml --out 2 --no-report --set evaluation.probe=ncm"), 0);
    assert_same("1/accuracy.csv", "2/accuracy.csv");
    plain = without_fingerprints("1/results.csv");
    probed = without_fingerprints("2/results.csv");
    ck_assert_str_eq(plain, probed);
    ck_assert(holds("2/probe.csv", "backprop") && !there_is("1/probe.csv"));
    free(plain);
    free(probed);
}
END_TEST

START_TEST(threads_change_no_training)
{
    write_suite("small", "40", "");
    assert_same_weights("--set training.threads=1", "--set training.threads=2");
}
END_TEST

Suite *program_suite(void)
{
    Suite *suite = suite_create("program");
    TCase *runs = tcase_create("runs");

    tcase_add_checked_fixture(runs, set_up, tear_down);
    tcase_set_timeout(runs, 300);
    tcase_add_test(runs, the_whole_of_a_file_is_read);
    tcase_add_test(runs, same_bytes_whatever_the_number_of_jobs);
    tcase_add_test(runs, a_report_of_what_is_asked_for);
    tcase_add_test(runs, same_bytes_after_being_killed);
    tcase_add_test(runs, a_checkpoint_of_another_program_is_left_alone);
    tcase_add_test(runs, interrupted_then_continued);
    tcase_add_test(runs, the_log_tells_how_a_cell_went);
    tcase_add_test(runs, every_evaluation_has_its_trace_once);
    tcase_add_test(runs, without_boundaries_every_image_comes_once);
    tcase_add_test(runs, cells_that_differ_in_the_mask_of_the_test_are_trained_once);
    tcase_add_test(runs, cells_trained_as_one_are_resumed);
    tcase_add_test(runs, cells_trained_as_one_diverge_as_if_apart);
    tcase_add_test(runs, finished_cells_are_not_run_again);
    tcase_add_test(runs, different_experiments_are_not_merged);
    tcase_add_test(runs, the_report_tells_where_the_results_were_made);
    tcase_add_test(runs, results_keep_the_program_that_made_them);
    tcase_add_test(runs, of_the_same_experiment_the_one_that_ended_ok_is_merged);
    tcase_add_test(runs, who_did_not_learn_is_warned_of);
    tcase_add_test(runs, several_folders_have_one_set_of_tables);
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
    tcase_add_test(runs, scoring_more_often_changes_no_training);
    tcase_add_test(runs, probing_changes_no_training_and_no_memory);
    tcase_add_test(runs, threads_change_no_training);
    suite_add_tcase(suite, runs);
    return suite;
}
