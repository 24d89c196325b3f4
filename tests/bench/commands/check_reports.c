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
    sample_folder(folder, "out");
    write_text("out/time-s.task.png", "of an earlier report");
    ck_assert_int_eq(bench("report kept --out out --reference 'bp-*'"), 0);
    ck_assert(holds("out/index.html", "<title>kept</title>"));
    ck_assert(holds("out/table.md", "| rule | none | 1 | 65.00 |"));
    ck_assert(holds("out/plots/plane-s.task.dat", "'\"reference: bp-*\"'"));
    ck_assert(holds("out/plots/plane-s.task.dat", "\"bp-1\" 80 80 80 30 30 30"));
    ck_assert(holds("out/plots/plane-s.task.dat", "\"rule\" 85 85 85 20 20 20"));
    ck_assert(holds("out/plots/memory-s.task.dat", "\"bp-1\" 1 0 0 0 0 0 0"));
    ck_assert(!there_is("out/plots/time-s.task.dat"));
    ck_assert(!there_is("out/time-s.task.png"));
    ck_assert(!there_is("out/plots/matrix-s.task.dat"));
    ck_assert(!there_is("out/plots/accuracy-s.task.dat"));
}
END_TEST

/* Forgetting .2, .3, .5: whoever has none is the last. */
START_TEST(rows_are_sorted)
{
    static const char *const by_forgetting[] = {"\n| rule | none |", "\n| bp-1 | none |",
                                                "\n| bp-2 | none |",
                                                "\n| rule | joint |"};
    const char *at, *last = NULL;
    char *table;

    sample_folder(folder, "kept");
    write_text("kept/results.csv", kept);
    ck_assert_int_eq(bench("report kept --out out --plots none --sort forgetting"), 0);
    table = content("out/table.md");
    for (int i = 0; i < 4; i++, last = at) {
        at = strstr(table, by_forgetting[i]);
        ck_assert_msg(at && at > last, "%d: %s", i, table);
    }
    free(table);
    assert_refused("report kept --sort colour", "'colour' is nothing to sort by");
}
END_TEST

/* Of one seed nothing can be told apart, so nothing is underlined. */
START_TEST(columns_are_chosen_and_data_written)
{
    sample_folder(folder, "kept");
    write_text("kept/results.csv", kept);
    ck_assert_int_eq(bench("report kept --out out --plots none --format json "
                           "--columns accuracy,forgetting"),
                     0);
    ck_assert(
        holds("out/table.md", "| learner | strategy | n | accuracy | forgetting |"));
    ck_assert(holds("out/table.tex", "\\toprule"));
    ck_assert(holds("out/table.tex", "rule & none & 1 & 65.00 & \\textbf{20.00}"));
    ck_assert(
        holds("out/summary.json",
              "{\"stream\": \"s\", \"dataset\": \"digits\", \"scenario\": \"task\", "
              "\"learner\": \"rule\", \"strategy\": \"none\", \"label\": \"rule\", "
              "\"figure\": \"accuracy\", \"cells\": 1, \"n\": 1, \"mean\": 0.65"));
    ck_assert(holds("out/summary.json", "\"std\": null"));
    assert_refused("report kept --columns colour", "there is no column 'colour'");
}
END_TEST

/* A table of three learners over n seeds: `best` is always 0.9, `near` now below it, now
 * above, `far` always below. */
static void keep_three(int n)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    fputs("cell,fingerprint,stream,dataset,scenario,learner,strategy,seed,status,reason,"
          "tasks,accuracy,forgetting,learning_accuracy\n",
          out);
    for (int seed = 1; seed <= n; seed++) {
        static const char *const learner[] = {"best", "near", "far"};
        const double accuracy[] = {.9, seed % 2 ? .7 : 1, .5};

        for (int i = 0; i < 3; i++)
            fprintf(
                out,
                "s.task/%s/none/seed-%d,%d%d,s,digits,task,%s,none,%d,ok,,5,%g,0,0.9\n",
                learner[i], seed, i, seed, learner[i], seed, accuracy[i]);
    }
    fclose(out);
    write_text("kept/results.csv", text);
    free(text);
}

/* The p of n differences of one sign is 2 / 2^n: below 5 % of six, above it of five. */
START_TEST(what_the_test_does_not_tell_from_the_best_is_underlined)
{
    sample_folder(folder, "kept");
    keep_three(6);
    ck_assert_int_eq(bench("report kept --out out --plots none --columns accuracy"), 0);
    ck_assert(holds("out/table.tex", "best & none & 6 & \\textbf{90.00"));
    ck_assert(holds("out/table.tex", "near & none & 6 & \\underline{85.00"));
    ck_assert(holds("out/table.tex", "far & none & 6 & 50.00"));
    keep_three(5);
    ck_assert_int_eq(bench("report kept --out out --plots none --columns accuracy"), 0);
    ck_assert(holds("out/table.tex", "best & none & 5 & \\textbf{90.00"));
    ck_assert(!holds("out/table.tex", "underline{"));
}
END_TEST

START_TEST(pictures_are_styled)
{
    sample_folder(folder, "kept");
    write_text("kept/results.csv", kept);
    ck_assert_int_eq(bench("report kept --out out --plots memory --width 500 "
                           "--font Sans --palette tol-bright"),
                     0);
    ck_assert(holds("out/plots/choice.gp", "width = 500"));
    ck_assert(holds("out/plots/choice.gp", "font_name = \"Sans\""));
    ck_assert(holds("out/plots/choice.gp", "colours = \"0x4477AA 0xEE6677"));
    if (there_is("out/memory-s.task.svg"))
        ck_assert(holds("out/memory-s.task.svg", "viewBox=\"0 0 500"));
    /* 8 cm are 315 pixels of 1/100 inch beside texts of 9 points; of 8 points, 9/8 of that */
    ck_assert_int_eq(bench("report kept --out out --plots memory --format pdf "
                           "--pdf-width 8 --pdf-font 8"),
                     0);
    ck_assert(holds("out/plots/choice.gp", "width = 354"));
    ck_assert(holds("out/plots/choice.gp", "pdf_font = 8"));
    if (there_is("out/memory-s.task.pdf")) /* of 72 points an inch */
        ck_assert(holds("out/memory-s.task.pdf", "/MediaBox [ 0 0 226 "));
    assert_refused("report kept --pdf-width 3", "pdf_width may be 7.62 to 101.60");
    assert_refused("report kept --palette '#000000'", "is no palette");
    assert_refused("report kept --font 'a`b'", "is no name of a font");
    assert_refused("report kept --width 50", "width");
}
END_TEST

Suite *reports_suite(void)
{
    Suite *suite = suite_create("reports");
    TCase *tests = tcase_create("reports");

    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_table_alone_makes_a_report);
    tcase_add_test(tests, rows_are_sorted);
    tcase_add_test(tests, columns_are_chosen_and_data_written);
    tcase_add_test(tests, what_the_test_does_not_tell_from_the_best_is_underlined);
    tcase_add_test(tests, pictures_are_styled);
    suite_add_tcase(suite, tests);
    return suite;
}
