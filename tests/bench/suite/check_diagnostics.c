#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/suite/diagnostics.h"
#include "tests/support/suite_files.h"

/* What diagnostic_print writes for that place in a file of the given text. */
static char *printed(const char *text, int line, int column)
{
    struct error err = {0};
    char path[SUITE_PATH], *out = NULL, *rest;
    size_t n;
    FILE *to = open_memstream(&out, &n);

    suite_files_write(text, path);
    ck_assert_int_eq(diagnostic_at(&err, (struct place){path, line, column}, "bad %d", 7),
                     ERR_SUITE);
    diagnostic_print(&err, to);
    fclose(to);
    unlink(path);
    ck_assert_int_eq(strncmp(out, path, strlen(path)), 0);
    rest = strdup(out + strlen(path));
    free(out);
    return rest;
}

static void assert_printed(const char *text, int line, int column, const char *expected)
{
    char *out = printed(text, line, column);

    ck_assert_str_eq(out, expected);
    free(out);
}

START_TEST(a_caret_stands_under_the_column)
{
    assert_printed("one\ntwo: x\n", 2, 6, ":2:6: bad 7\n    two: x\n         ^\n");
    assert_printed("one\ntwo: x", 2, 1, ":2:1: bad 7\n    two: x\n    ^\n");
    assert_printed("one\r\ntwo\r\n", 1, 4, ":1:4: bad 7\n    one\n       ^\n");
}
END_TEST

START_TEST(the_caret_follows_tabs_and_characters)
{
    assert_printed("\ta:\tb\n", 1, 5, ":1:5: bad 7\n    \ta:\tb\n    \t  \t^\n");
    assert_printed("\xc3\xa9\xc3\xa9: b\n", 1, 5,
                   ":1:5: bad 7\n    \xc3\xa9\xc3\xa9: b\n        ^\n");
}
END_TEST

START_TEST(a_terminal_gets_no_control_characters)
{
    assert_printed("a\x1b[31mb\n", 1, 1, ":1:1: bad 7\n    a?[31mb\n    ^\n");
}
END_TEST

START_TEST(as_much_as_is_known)
{
    char wide[2000];

    assert_printed("a\n", 0, 0, ": bad 7\n");
    assert_printed("a\n", 1, 0, ":1: bad 7\n");
    assert_printed("a\n", 9, 1, ":9:1: bad 7\n");
    memset(wide, 'x', sizeof wide);
    memcpy(wide + sizeof wide - 7, "\nshort", 7);
    assert_printed(wide, 1, 1, ":1:1: bad 7\n");
    assert_printed(wide, 2, 1, ":2:1: bad 7\n    short\n    ^\n");
}
END_TEST

START_TEST(an_error_without_a_file_is_the_programs)
{
    struct error err = {0};
    char *out = NULL;
    size_t n;
    FILE *to = open_memstream(&out, &n);

    error_set(&err, ERR_IO, "cannot");
    diagnostic_print(&err, to);
    fclose(to);
    ck_assert_str_eq(out, "bench: cannot\n");
    free(out);
}
END_TEST

Suite *diagnostics_suite(void)
{
    Suite *suite = suite_create("diagnostics");
    TCase *tests = tcase_create("complain");

    tcase_add_test(tests, a_caret_stands_under_the_column);
    tcase_add_test(tests, the_caret_follows_tabs_and_characters);
    tcase_add_test(tests, a_terminal_gets_no_control_characters);
    tcase_add_test(tests, as_much_as_is_known);
    tcase_add_test(tests, an_error_without_a_file_is_the_programs);
    suite_add_tcase(suite, tests);
    return suite;
}
