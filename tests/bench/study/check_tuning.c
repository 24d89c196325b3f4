/* {tune: [...]} in whole runs of the program: what wins, what it goes by, and that
 * nothing else has a say. */
#include "tests/support/program.h"

/* One learner, plain SGD; its options (from lr on) and the strategies as given. */
static void write_tuned(const char *lr, const char *strategies)
{
    char text[2048];

    snprintf(text, sizeof text,
             "suite: tuned\nseeds: 2\ncheckpoint: 1 ms\n"
             "training: {batch: 16, steps: 40}\n"
             "tuning: {tasks: 1, validation: 0.2, seeds: [5, 6]}\n"
             "streams: [{stream: split, dataset: {idx: %s/data}, tasks: 2}]\n"
             "learners: [{learner: backprop, net: mlp-8, optimizer: sgd, lr: %s}]\n"
             "strategies: [%s]\n",
             folder, lr, strategies);
    write_text("suite.yaml", text);
}

/* A rate too small to learn with and a good one; with that much decay it diverges. */
static const char planted[] = "{tune: [1e-7, 0.5]}, weight_decay: {tune: [1000, 0]}";

START_TEST(the_planted_candidate_wins)
{
    write_tuned(planted, "none");
    ck_assert_int_eq(bench("run suite.yaml --out out"), 0);
    ck_assert(holds("out/tuning.csv", "lr: 1e-07, weight_decay: 1000\",1,2,0."));
    ck_assert(holds("out/tuning.csv", "lr: 1e-07, weight_decay: 0\",1,2,0."));
    ck_assert(holds("out/tuning.csv", "lr: 0.5, weight_decay: 1000\",1,2,,no"));
    ck_assert(holds("out/tuning.csv", "lr: 0.5, weight_decay: 0\",1,2,1,yes"));
    ck_assert(holds("printed", "configurations tried: backprop none 4"));
    ck_assert_int_eq(bench("report out --out page"), 0);
    ck_assert(holds("page/index.html", "configurations tried: backprop none 4"));

    write_tuned("0.5", "none"); /* what was chosen, given */
    ck_assert_int_eq(bench("run suite.yaml --out given --no-report"), 0);
    assert_same("out/accuracy.csv", "given/accuracy.csv");
}
END_TEST

/* Test labels that are all wrong: the same choice, by the same figures. */
START_TEST(test_images_have_no_say)
{
    uint8_t label[8 + TEST] = {0, 0, 8, 1, 0, 0, 0, TEST};

    write_tuned(planted, "none");
    ck_assert_int_eq(bench("run suite.yaml --out right --no-report"), 0);
    for (int i = 0; i < TEST; i++)
        label[8 + i] = (uint8_t)((i + 1) % CLASSES);
    sample_write(folder, "data/t10k-labels-idx1-ubyte", label, sizeof label);
    ck_assert_int_eq(bench("run suite.yaml --out wrong --no-report"), 0);
    assert_same("right/tuning.csv", "wrong/tuning.csv");
    assert_same("right/tuning/accuracy.csv", "wrong/tuning/accuracy.csv");
    ck_assert(!holds("wrong/tuning/results.csv", ",mnist,"));
}
END_TEST

static void assert_equal_runs(const char *a, const char *b)
{
    static const char *const tables[] = {"tuning.csv", "results.csv", "accuracy.csv"};
    char left[64], right[64];

    for (int i = 0; i < 3; i++) {
        snprintf(left, sizeof left, "%s/%s", a, tables[i]);
        snprintf(right, sizeof right, "%s/%s", b, tables[i]);
        assert_same(left, right);
    }
}

START_TEST(same_bytes_whatever_jobs_and_interruptions)
{
    int status = 1, runs = 0;
    char run[96];

    write_tuned("{tune: [0.001, 0.5]}",
                "{strategy: replay, buffer: {tune: [1, 20]}}, none");
    ck_assert_int_eq(bench("run suite.yaml --jobs 1 --out one --no-report"), 0);
    ck_assert_int_eq(bench("run suite.yaml --jobs 2 --out two --no-report"), 0);
    assert_equal_runs("one", "two");
    for (; status == 1 && runs < 200; runs++) { /* longer each time: a busy machine may
                                                  get nothing done in the first */
        snprintf(run, sizeof run,
                 "run suite.yaml --out broken --no-report --stop-after '%d ms'",
                 1 + runs);
        status = bench(run);
    }
    ck_assert_int_eq(status, 0);
    ck_assert_int_ge(runs, 3);
    assert_equal_runs("one", "broken");
}
END_TEST

/* A candidate more that does not win: the cells that are there stand. One that wins: they
 * are of another experiment, and refused. */
START_TEST(a_longer_list_is_a_new_choice)
{
    write_tuned("{tune: [0.5, 1e-7]}", "none");
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    write_tuned("{tune: [0.5, 1e-7, 1e-8]}", "none");
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    ck_assert(holds("printed", "6 cells to tune it, 2 to run"));
    ck_assert(holds("printed", "2 cells, 0 to run"));
    write_tuned("{tune: [1e-7, 1e-8]}", "none");
    assert_refused("run suite.yaml --out out --no-report", "settings (learner.lr)");
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report --restart"), 0);
}
END_TEST

START_TEST(only_what_is_asked_for_is_tuned)
{
    write_tuned("{tune: [0.5, 1e-7]}", "none, {strategy: replay, buffer: 20}");
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report --only '*/replay/*'"),
                     0);
    ck_assert(
        holds("out/tuning/results.csv", "split.class/backprop/replay/lr0.5/seed-5"));
    ck_assert(!holds("out/tuning/results.csv", "/none/"));
    ck_assert_int_eq(bench("run suite.yaml --out none --dry-run"), 0);
    ck_assert(holds("printed", "candidates, of which tuning chooses"));
    ck_assert(holds("printed", "split.class/backprop/none/lr1e-07/seed-6"));
    ck_assert(holds("printed", "cells of the suite, with the candidates chosen so far"));
    ck_assert_int_eq(bench("check suite.yaml"), 0);
    ck_assert(holds("printed", "ok, 4 cells and 8 to tune them"));
}
END_TEST

/* Both make no mistake. */
START_TEST(the_first_of_equals_wins)
{
    char *rows;

    write_tuned("{tune: [0.5, 0.4]}", "none");
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report --jobs 1"), 0);
    rows = content("out/tuning.csv");
    ck_assert_msg(strstr(rows, "lr: 0.5,1,2,1,yes\n") &&
                      strstr(rows, "lr: 0.4,1,2,1,no\n"),
                  "%s", rows);
    free(rows);
}
END_TEST

/* Candidates are tested when a task ends, so those of these products do not differ. They
 * are trained as one, no more at a time than there is room for, and all score alike. */
START_TEST(any_number_of_candidates_may_be_equal)
{
    static const char every[] = "'evaluation.every=[task, 10 steps, 11 steps, 12 steps, "
                                "13 steps]'";
    char command[512], *rows, *row;
    int n = 0;

    write_tuned("{tune: [0.5, 1e-7]}", "none");
    snprintf(command, sizeof command,
             "run suite.yaml --out out --no-report --jobs 1 --set %s", every);
    ck_assert_int_eq(bench(command), 0);
    rows = content("out/tuning.csv");
    for (row = rows; (row = strstr(row, "lr: 0.5,1,2,1,yes\n")); row++)
        n++;
    ck_assert_int_eq(n, 5);
    free(rows);
}
END_TEST

Suite *tuning_suite(void)
{
    Suite *suite = suite_create("tuning");
    TCase *tcase = tcase_create("tuning");

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_planted_candidate_wins);
    tcase_add_test(tcase, test_images_have_no_say);
    tcase_add_test(tcase, same_bytes_whatever_jobs_and_interruptions);
    tcase_add_test(tcase, a_longer_list_is_a_new_choice);
    tcase_add_test(tcase, only_what_is_asked_for_is_tuned);
    tcase_add_test(tcase, the_first_of_equals_wins);
    tcase_add_test(tcase, any_number_of_candidates_may_be_equal);
    return suite;
}
