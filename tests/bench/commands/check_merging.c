/* Results of several runs: which go together, and who made them. */
#include "tests/bench/commands/small_suite.h"

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
                            "p_holm,unmatched,low_bound,high_bound\nsplit.class,backprop,"
                            "noprop-dt,accuracy,1,"),
                     text);
    ck_assert_ptr_nonnull(strstr(text, ",,,,1,1,,,\n")); /* one pair has no spread */
    free(text);
    ck_assert_int_eq(bench("compare one backprop noprop-dt --metric accuracy --json"), 0);
    text = content("printed");
    ck_assert_ptr_eq(strstr(text, "[\n  {\"stream\": \"split.class\", \"a\": "), text);
    ck_assert_ptr_nonnull(strstr(text, "\"low_95\": null, "));
    free(text);
    assert_refused("compare one backprop noprop-dt --csv --json", "exclude each other");
}
END_TEST

Suite *merging_suite(void)
{
    Suite *suite = suite_create("merging");
    TCase *runs = tcase_create("runs");

    tcase_add_checked_fixture(runs, set_up, tear_down);
    tcase_set_timeout(runs, 300);
    tcase_add_test(runs, different_experiments_are_not_merged);
    tcase_add_test(runs, the_report_tells_where_the_results_were_made);
    tcase_add_test(runs, results_keep_the_program_that_made_them);
    tcase_add_test(runs, of_the_same_experiment_the_one_that_ended_ok_is_merged);
    tcase_add_test(runs, several_folders_have_one_set_of_tables);
    suite_add_tcase(suite, runs);
    return suite;
}
