/* bench run --shard: several runs train one study into one folder. The oracle is the run
 * that trains it alone: its tables have the same bytes. */
#include "tests/support/needs.h"
#include "tests/support/program.h"

enum { CELLS = 12 };

static void write_suite(const char *steps)
{
    char text[2048];

    snprintf(
        text, sizeof text,
        "suite: s\nseeds: 3\ncheckpoint: 1 s\ntraining: {batch: 16, steps: %s}\n"
        "streams:\n"
        "  - {stream: split, dataset: {idx: %s/data}, tasks: 2, scenario: class}\n"
        "learners: [{learner: backprop, net: mlp-8}, {learner: backprop, net: mlp-16}]\n"
        "strategies: [none, joint]\nreport: {plots: [accuracy]}\n",
        steps, folder);
    write_text("s.yaml", text);
}

static void assert_as_alone(void)
{
    ck_assert_int_eq(bench("run s.yaml --out alone --jobs 1 --no-report"), 0);
    assert_same("alone/results.csv", "out/results.csv");
    assert_same("alone/accuracy.csv", "out/accuracy.csv");
}

/* How often the trainings of a folder began, by their log.txt. */
static int count_begun(void)
{
    char command[SAMPLE_PATH * 2], *text;
    int n;

    snprintf(
        command, sizeof command,
        "cd %s && find out/cells -name log.txt -exec cat {} + | grep -c begins >begun",
        folder);
    ck_assert_int_eq(system(command), 0);
    text = content("begun");
    n = atoi(text);
    free(text);
    return n;
}

START_TEST(shards_one_after_the_other)
{
    write_suite("20");
    ck_assert_int_eq(bench("run s.yaml --out out --shard 2/3"), 0);
    ck_assert(holds("printed", "8 cells of the study are not there yet"));
    ck_assert_int_eq(bench("run s.yaml --out out --shard 1/3"), 0);
    ck_assert(!holds("printed", "report:"));
    ck_assert_int_eq(bench("run s.yaml --out out --shard 3/3"), 0);
    ck_assert(holds("printed", "report: out/report/index.html"));
    ck_assert_int_eq(count_begun(), CELLS);
    assert_as_alone();
}
END_TEST

/* What one has finished must not change what another one takes as its share. */
START_TEST(shares_do_not_depend_on_what_is_finished)
{
    write_suite("20");
    ck_assert_int_eq(bench("run s.yaml --out out --only '*mlp-16/joint*'"), 0);
    for (int k = 4; k > 0; k--) {
        char line[64];

        snprintf(line, sizeof line, "run s.yaml --out out --shard %d/4", k);
        ck_assert_int_eq(bench(line), 0);
    }
    ck_assert_int_eq(count_begun(), CELLS);
    assert_as_alone();
}
END_TEST

/* Starts in a folder; what it prints is lost. */
static pid_t start_shard(const char *shard)
{
    char line[1024];

    snprintf(line, sizeof line,
             "exec %s run s.yaml --out out --jobs 1 --shard %s >/dev/null 2>&1",
             getenv("BENCH_PROGRAM"), shard);
    return start_shell(line);
}

static void wait_for(const char *name)
{
    char path[SAMPLE_PATH];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (int i = 0; i < 1000 && access(path, F_OK) != 0; i++)
        pause_ms(10);
    ck_assert_int_eq(access(path, F_OK), 0);
}

START_TEST(shards_at_the_same_time_and_one_killed)
{
    pid_t one, two;

    write_suite(is_sanitized() ? "3000" : "12000"); /* a second, whatever the build */
    one = start_shard("1/2");
    two = start_shard("2/2");
    wait_for("out/suite.resolved.yaml");
    pause_ms(100);
    kill(two, SIGKILL);
    ck_assert_int_eq(finish(two), -SIGKILL);
    two = start_shard("2/2");
    ck_assert_int_eq(finish(one), 0);
    ck_assert_int_eq(finish(two), 0);
    assert_as_alone();
}
END_TEST

START_TEST(the_same_shard_twice)
{
    pid_t one, two;

    write_suite("500");
    one = start_shard("1/1");
    two = start_shard("1/1");
    finish(one); /* 1 where the other one has the last cells */
    finish(two);
    ck_assert_int_eq(count_begun(), CELLS);
    assert_as_alone();
}
END_TEST

START_TEST(a_shard_and_a_whole_run_exclude_each_other)
{
    pid_t shard;

    write_suite("20000");
    shard = start_shard("1/2");
    wait_for("out/suite.resolved.yaml");
    assert_refused("run s.yaml --out out", "another bench run is writing to out");
    kill(shard, SIGTERM);
    ck_assert_int_eq(finish(shard), 130);
}
END_TEST

/* Shards that were killed left tables that lack cells: whoever reports writes them. */
START_TEST(a_report_mends_the_tables)
{
    write_suite("20");
    ck_assert_int_eq(bench("run s.yaml --out out --shard 1/1"), 0);
    write_text("out/results.csv", "cell,fingerprint\n");
    write_text("out/accuracy.csv", "cell,seed\n");
    ck_assert_int_eq(bench("report out"), 0);
    assert_as_alone();
}
END_TEST

static void set_task(const char *id, const char *count, const char *min, const char *step)
{
    setenv("SLURM_ARRAY_TASK_ID", id, 1);
    setenv("SLURM_ARRAY_TASK_COUNT", count, 1);
    setenv("SLURM_ARRAY_TASK_MIN", min, 1);
    setenv("SLURM_ARRAY_TASK_STEP", step, 1);
}

static void forget_task(void)
{
    unsetenv("SLURM_ARRAY_TASK_ID");
    unsetenv("SLURM_ARRAY_TASK_COUNT");
    unsetenv("SLURM_ARRAY_TASK_MIN");
    unsetenv("SLURM_ARRAY_TASK_STEP");
    tear_down();
}

START_TEST(tasks_of_a_job_array)
{
    write_suite("5");
    assert_refused("run s.yaml --out out --shard slurm", "SLURM_ARRAY_TASK_ID");
    set_task("7", "3", "3", "2"); /* --array=3-7:2 */
    ck_assert_int_eq(bench("run s.yaml --out out --shard slurm"), 0);
    ck_assert(holds("printed", "shard 3 of 3"));
    set_task("9", "3", "1", "1"); /* --array=1,5,9 */
    assert_refused("run s.yaml --out out --shard slurm", "have gaps");
}
END_TEST

START_TEST(shares_that_are_none)
{
    write_suite("5");
    assert_refused("run s.yaml --shard 0/4", "--shard takes K/N");
    assert_refused("run s.yaml --shard 5/4", "--shard takes K/N");
    assert_refused("run s.yaml --shard 1/4x", "--shard takes K/N");
    assert_refused("run s.yaml --shard 4294967297/2", "--shard takes K/N");
    assert_refused("run s.yaml --shard 1", "--shard takes K/N");
}
END_TEST

/* Every shard has to wait for the candidates of the others before it can choose. */
START_TEST(shards_of_a_suite_that_tunes)
{
    char text[2048];

    snprintf(text, sizeof text,
             "suite: s\nseeds: 2\ntraining: {batch: 16, steps: 20}\n"
             "tuning: {tasks: 1, seeds: 1}\nstreams:\n"
             "  - {stream: split, dataset: {idx: %s/data}, tasks: 2, scenario: class, "
             "validation: 0.2}\n"
             "learners: [{learner: backprop, net: mlp-8, lr: {tune: [0.01, 0.1]}}]\n",
             folder);
    write_text("s.yaml", text);
    ck_assert_int_eq(bench("run s.yaml --out out --shard 1/2"), 1);
    ck_assert(holds("printed", "other shards have candidates"));
    ck_assert_int_eq(bench("run s.yaml --out out --shard 2/2"), 0);
    ck_assert_int_eq(bench("run s.yaml --out out --shard 1/2"), 0);
    assert_as_alone();
    assert_same("alone/tuning.csv", "out/tuning.csv");
}
END_TEST

Suite *shard_suite(void)
{
    Suite *suite = suite_create("shard");
    TCase *tcase = tcase_create("shard");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, set_up, forget_task);
    tcase_add_test(tcase, shards_one_after_the_other);
    tcase_add_test(tcase, shares_do_not_depend_on_what_is_finished);
    tcase_add_test(tcase, shards_at_the_same_time_and_one_killed);
    tcase_add_test(tcase, the_same_shard_twice);
    tcase_add_test(tcase, a_shard_and_a_whole_run_exclude_each_other);
    tcase_add_test(tcase, a_report_mends_the_tables);
    tcase_add_test(tcase, tasks_of_a_job_array);
    tcase_add_test(tcase, shares_that_are_none);
    tcase_add_test(tcase, shards_of_a_suite_that_tunes);
    suite_add_tcase(suite, tcase);
    return suite;
}
