/* What must not change a bit of what is trained: jobs, threads, tests on the way. */
#include "tests/bench/commands/small_suite.h"

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

Suite *same_bits_suite(void)
{
    Suite *suite = suite_create("same_bits");
    TCase *runs = tcase_create("runs");

    tcase_add_checked_fixture(runs, set_up, tear_down);
    tcase_set_timeout(runs, 300);
    tcase_add_test(runs, same_bytes_whatever_the_number_of_jobs);
    tcase_add_test(runs, cells_that_differ_in_the_mask_of_the_test_are_trained_once);
    tcase_add_test(runs, cells_trained_as_one_diverge_as_if_apart);
    tcase_add_test(runs, scoring_more_often_changes_no_training);
    tcase_add_test(runs, probing_changes_no_training_and_no_memory);
    tcase_add_test(runs, threads_change_no_training);
    suite_add_tcase(suite, runs);
    return suite;
}
