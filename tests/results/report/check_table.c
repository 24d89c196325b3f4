#include "results/report/table.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;
static char *text;
static size_t n_text;
static FILE *out;

static void open_all(void)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 1 << 20, &err), OK);
    out = open_memstream(&text, &n_text);
    ck_assert_ptr_nonnull(out);
}

static void close_all(void)
{
    fclose(out);
    free(text);
    arena_close(&arena);
}

static struct table sample(const char *name, const char *figure)
{
    struct table table = table_take(&arena, 2, 2);

    table.n_name = 1;
    table.head[0] = "rule";
    table.head[1] = "%";
    *table_at(&table, 0, 0) = (struct table_cell){.text = name};
    *table_at(&table, 0, 1) = (struct table_cell){.text = figure, .strong = true};
    table_at(&table, 1, 0)->text = "b";
    return table;
}

static void expect(const char *wanted)
{
    fflush(out);
    ck_assert_str_eq(text, wanted);
}

START_TEST(terminal_counts_characters_not_bytes)
{
    struct table table = sample("größe", "9.5 ± 1");

    table_terminal(&table, out);
    expect("rule         %\n"
           "größe  9.5 ± 1\n"
           "b             \n");
    ck_assert_int_eq(table_width("größe ± ∞"), 9);
}
END_TEST

START_TEST(markdown)
{
    struct table table = sample("a_b|c", "-1");

    table_markdown(&table, out);
    expect("| rule | % |\n|---|--:|\n| a\\_b\\|c | **-1** |\n| b |  |\n");
}
END_TEST

START_TEST(latex)
{
    struct table table = sample("a_b & 5%\\", "-1.5 ± 0.2");

    table_latex(&table, out);
    expect("\\begin{tabular}{lr}\n\\toprule\nrule & \\% \\\\\n\\midrule\n"
           "a\\_b \\& 5\\%\\textbackslash{} & \\textbf{$-$1.5 $\\pm$ 0.2} \\\\\n"
           "b &  \\\\\n\\bottomrule\n\\end{tabular}\n");
}
END_TEST

START_TEST(daggers_and_grey_rows)
{
    struct table table = sample("ff †", "1");

    table_at(&table, 0, 0)->weak = true;
    table_latex(&table, out);
    table_html(&table, out);
    fflush(out);
    ck_assert_ptr_nonnull(strstr(text, "ff $^\\dagger$ & \\textbf{1} \\\\\n"));
    ck_assert_ptr_nonnull(strstr(text, "<td class=\"name\" data-weak>ff †</td><td><b>"));
}
END_TEST

START_TEST(html)
{
    struct table table = sample("<b>&\"'", "1");

    table_html(&table, out);
    fflush(out);
    ck_assert_ptr_nonnull(
        strstr(text, "<td class=\"name\">&lt;b&gt;&amp;&quot;&#39;</td>"));
    ck_assert_ptr_nonnull(strstr(text, "<td><b>1</b></td>"));
}
END_TEST

Suite *table_suite(void)
{
    Suite *suite = suite_create("table");
    TCase *tests = tcase_create("table");

    tcase_add_checked_fixture(tests, open_all, close_all);
    tcase_add_test(tests, terminal_counts_characters_not_bytes);
    tcase_add_test(tests, markdown);
    tcase_add_test(tests, latex);
    tcase_add_test(tests, daggers_and_grey_rows);
    tcase_add_test(tests, html);
    suite_add_tcase(suite, tests);
    return suite;
}
