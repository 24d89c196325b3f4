/* The program starts gnuplot and its own workers, and no shell. */
#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/contents.h"

static int is_word(char c)
{
    return c == '_' || (c >= 'a' && c <= 'z');
}

static void assert_without(const char *path, const char *text, const char *call)
{
    for (const char *c = text; (c = strstr(c, call)); c++)
        ck_assert_msg(c > text && is_word(c[-1]), "%s: %.60s", path, c);
}

START_TEST(no_source_starts_a_shell)
{
    static const char *const call[] = {"system(",    "system (", "popen(",  "wordexp(",
                                       "execl",      "execv",    "\"/bin/", "\"sh\"",
                                       "\"-c\", \"", "\"bash\""};
    static const char *const places[] = {
        "core/*/*.[ch]",    "noprop/*.[ch]",  "baselines/*/*.[ch]", "tasks/*/*.[ch]",
        "results/*/*.[ch]", "results/*/*.gp", "bench/*/*.[ch]",     "bench/*.c"};
    glob_t found = {0};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        ck_assert_int_eq(glob(places[i], i ? GLOB_APPEND : 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *text = contents(found.gl_pathv[i]);

        for (size_t k = 0; k < sizeof call / sizeof *call; k++)
            assert_without(found.gl_pathv[i], text, call[k]);
        free(text);
    }
    globfree(&found);
}
END_TEST

Suite *shell_suite(void)
{
    Suite *suite = suite_create("shell");
    TCase *tests = tcase_create("shell");

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, no_source_starts_a_shell);
    return suite;
}
