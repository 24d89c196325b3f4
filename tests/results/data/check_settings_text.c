#include "results/data/settings_text.h"

#include <check.h>
#include <stddef.h>
#include <string.h>

static const char text[] = "a: 1\nab: \nb.c: x: y\n";

START_TEST(lines_follow_each_other)
{
    const char *line = settings_next_line(text);

    ck_assert_ptr_eq(line, text + strlen("a: 1\n"));
    line = settings_next_line(settings_next_line(line));
    ck_assert_str_eq(line, "");
    ck_assert_ptr_eq(settings_next_line(line), line);
    ck_assert_str_eq(settings_next_line("no line end"), "");
}
END_TEST

/* A key that others begin or end with; a value that is empty, and one with a colon. */
START_TEST(a_value_is_that_of_the_whole_key)
{
    ck_assert_ptr_eq(settings_value(text, "a", 1), text + 3);
    ck_assert_ptr_eq(settings_value(text, "ab", 2), strstr(text, "ab: ") + 4);
    ck_assert_ptr_eq(settings_value(text, "b.c and more", 3), strstr(text, "x: y"));
    ck_assert_ptr_null(settings_value(text, "b", 1));
    ck_assert_ptr_null(settings_value(text, "x", 1));
    ck_assert_ptr_null(settings_value("", "a", 1));
    ck_assert(settings_has_key(text, "a", 1) && !settings_has_key(text, "ab", 2));
}
END_TEST

Suite *settings_text_suite(void)
{
    Suite *suite = suite_create("settings_text");
    TCase *tcase = tcase_create("settings_text");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, lines_follow_each_other);
    tcase_add_test(tcase, a_value_is_that_of_the_whole_key);
    return suite;
}
