/* bench report, as a user runs it. */
#include "tests/support/program.h"

static const char kept[] =
    "cell,fingerprint,stream,dataset,scenario,learner,strategy,seed,status,reason,tasks,"
    "accuracy,forgetting,learning_accuracy,peak_bytes,weight_bytes\n"
    "s.task/bp-1/none/"
    "seed-1,1,s,digits,task,bp-1,none,1,ok,,5,0.7,0.3,0.8,2097152,1048576\n"
    "s.task/bp-2/none/seed-1,2,s,digits,task,bp-2,none,1,ok,,5,0.6,0.5,0.9,2097152,0\n"
    "s.task/rule/none/seed-1,3,s,digits,task,rule,none,1,ok,,5,0.65,0.2,0.85,1048576,0\n"
    "s.task/rule/joint/seed-1,4,s,digits,task,rule,joint,1,ok,,5,0.95,,,1048576,0\n";

/* Of a study that is kept as its results.csv: what that tells. */
START_TEST(a_table_alone_makes_a_report)
{
    sample_folder(folder, "kept");
    write_text("kept/results.csv", kept);
    ck_assert_int_eq(bench("report kept --out out --reference 'bp-*'"), 0);
    ck_assert(holds("out/index.html", "<title>kept</title>"));
    ck_assert(holds("out/table.md", "| rule | none | 1 | 65.00 |"));
    ck_assert(holds("out/plots/plane-s.task.dat", "'\"reference: bp-*\"'"));
    ck_assert(holds("out/plots/plane-s.task.dat", "\"bp-1\" 80 80 80 30 30 30"));
    ck_assert(holds("out/plots/plane-s.task.dat", "\"rule\" 85 85 85 20 20 20"));
    ck_assert(holds("out/plots/memory-s.task.dat", "\"bp-1\" 1 0 0 0 0 0 0"));
    ck_assert(!there_is("out/plots/time-s.task.dat"));
    ck_assert(!there_is("out/plots/matrix-s.task.dat"));
    ck_assert(!there_is("out/plots/accuracy-s.task.dat"));
}
END_TEST

Suite *reports_suite(void)
{
    Suite *suite = suite_create("reports");
    TCase *tests = tcase_create("reports");

    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_table_alone_makes_a_report);
    suite_add_tcase(suite, tests);
    return suite;
}
