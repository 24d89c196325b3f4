#include "core/base/error.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(an_error_has_code_text_and_place)
{
    struct error err = {0};

    ck_assert_int_eq(
        error_at(&err, ERR_SUITE, "s.yaml", 14, 7, "no parameter '%s'", "lr"), ERR_SUITE);
    ck_assert_int_eq(err.status, ERR_SUITE);
    ck_assert_str_eq(err.file, "s.yaml");
    ck_assert_int_eq(err.line, 14);
    ck_assert_int_eq(err.column, 7);
    ck_assert_str_eq(err.text, "no parameter 'lr'");
}
END_TEST

START_TEST(without_a_place)
{
    struct error err = {0};

    ck_assert_int_eq(error_set(&err, ERR_DATA, "%d of %d bytes", 3, 4), ERR_DATA);
    ck_assert_str_eq(err.file, "");
    ck_assert_int_eq(err.line, 0);
    ck_assert_str_eq(err.text, "3 of 4 bytes");
}
END_TEST

START_TEST(the_first_error_wins)
{
    struct error err = {0};

    error_set(&err, ERR_IO, "first");
    ck_assert_int_eq(error_set(&err, ERR_TIME, "second"), ERR_IO);
    ck_assert_int_eq(error_at(&err, ERR_DATA, "f", 1, 2, "third"), ERR_IO);
    ck_assert_int_eq(err.status, ERR_IO);
    ck_assert_str_eq(err.text, "first");
    ck_assert_str_eq(err.file, "");
}
END_TEST

START_TEST(what_is_too_long_is_cut)
{
    char text[2000], file[600];
    struct error err = {0};

    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    memset(file, 'f', sizeof file);
    file[sizeof file - 1] = '\0';
    error_at(&err, ERR_SUITE, file, 1, 1, "%s", text);
    ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
    ck_assert_uint_eq(strlen(err.file), sizeof err.file - 1);
}
END_TEST

START_TEST(a_text_is_one_line)
{
    struct error err = {0};

    error_at(&err, ERR_SUITE, "f", 1, 1, "'%s'", "a\nb\tc\x1b[2J\x7f\xc2\xb1");
    ck_assert_str_eq(err.text, "'a?b?c?[2J?\xc2\xb1'");
}
END_TEST

Suite *error_suite(void)
{
    Suite *suite = suite_create("error");
    TCase *tcase = tcase_create("error");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, an_error_has_code_text_and_place);
    tcase_add_test(tcase, without_a_place);
    tcase_add_test(tcase, the_first_error_wins);
    tcase_add_test(tcase, what_is_too_long_is_cut);
    tcase_add_test(tcase, a_text_is_one_line);
    return suite;
}
