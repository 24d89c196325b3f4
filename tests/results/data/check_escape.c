/* What each format makes of text that is written to break it; the expected texts are by
 * hand. */
#include "results/data/escape.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "results/data/csv.h"

static char *text;
static size_t n_text;
static FILE *out;

static void open_all(void)
{
    out = open_memstream(&text, &n_text);
    ck_assert_ptr_nonnull(out);
}

static void close_all(void)
{
    fclose(out);
    free(text);
}

typedef void escape_f(const char *text, FILE *out);

static void expect(escape_f *escape, const char *given, const char *wanted)
{
    rewind(out);
    escape(given, out);
    putc('\0', out);
    fflush(out);
    ck_assert_str_eq(text, wanted);
}

START_TEST(html)
{
    expect(escape_html, "\"><script>alert('1')</script>&lt;",
           "&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;lt;");
    expect(escape_html, "a\nb\x01 größe %s%n `touch x`", "a b  größe %s%n `touch x`");
}
END_TEST

START_TEST(markdown)
{
    expect(escape_markdown, "a|b\n|--|", "a\\|b \\|--\\|");
    expect(escape_markdown, "![x](javascript:y) <b> `c` *d* _e_ ~f~ $g$ &lt; \\",
           "!\\[x\\](javascript:y) &lt;b> \\`c\\` \\*d\\* \\_e\\_ \\~f\\~ \\$g\\$ "
           "&amp;lt; \\\\");
    expect(escape_markdown, "# 1\n\n# 2", "# 1  # 2");
}
END_TEST

START_TEST(latex)
{
    expect(escape_latex, "\\input{x}", "\\textbackslash{}input\\{x\\}");
    expect(escape_latex, "[2cm]*", "{[}2cm]{*}");
    expect(escape_latex, "a % b\n& c # $d$ ^^5c ~",
           "a \\% b \\& c \\# \\$d\\$ \\textasciicircum{}\\textasciicircum{}5c "
           "\\textasciitilde{}");
    expect(escape_latex, "`\"|<>_",
           "\\char96{}\\char34{}\\textbar{}\\textless{}"
           "\\textgreater{}\\_");
    expect(escape_latex, "-1.5 ± 2", "$-$1.5 $\\pm$ 2");
}
END_TEST

START_TEST(terminal)
{
    expect(escape_terminal, "a\033]0;title\007b\nc\td\x7f", "a?]0;title?b?c\td?");
    expect(escape_terminal,
           "\xc2\x9b"
           "31m größe ± \xc2\xa0",
           "?31m größe ± \xc2\xa0");
}
END_TEST

START_TEST(gnuplot)
{
    struct error err = {0};
    struct arena arena;

    ck_assert_int_eq(arena_open(&arena, 1 << 16, &err), OK);
    ck_assert_str_eq(escape_gnuplot("a\" \"b\\n\n# c`d`", &arena), "a' 'b∖n # c`d`");
    ck_assert_str_eq(escape_gnuplot("", &arena), "");
    arena_close(&arena);
}
END_TEST

/* RFC 4180. A field that a spreadsheet would take for a formula stays as it is. */
START_TEST(csv)
{
    struct csv row = {.out = out};

    csv_text(&row, "=cmd(),\"x\"");
    csv_text(&row, "+1");
    csv_text(&row, "@a\nb\rc");
    csv_text(&row, "-d");
    csv_end(&row);
    fflush(out);
    ck_assert_str_eq(text, "\"=cmd(),\"\"x\"\"\",+1,\"@a\nb\rc\",-d\n");
}
END_TEST

Suite *escape_suite(void)
{
    Suite *suite = suite_create("escape");
    TCase *tests = tcase_create("escape");

    tcase_add_checked_fixture(tests, open_all, close_all);
    tcase_add_test(tests, html);
    tcase_add_test(tests, markdown);
    tcase_add_test(tests, latex);
    tcase_add_test(tests, terminal);
    tcase_add_test(tests, gnuplot);
    tcase_add_test(tests, csv);
    suite_add_tcase(suite, tests);
    return suite;
}
