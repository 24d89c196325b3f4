/* What README.md prints "in full" is the file that is compiled. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/contents.h"

START_TEST(the_learner_in_the_readme_is_the_learner)
{
    static const char fence[] = "\n```c\n";
    char *readme = contents("README.md");
    char *source = contents("baselines/rules/nearest_mean.c");
    char *shown = strstr(readme, fence), *end;

    ck_assert_ptr_nonnull(shown);
    shown += strlen(fence);
    end = strstr(shown, "```");
    ck_assert_ptr_nonnull(end);
    *end = '\0';
    ck_assert_msg(strcmp(shown, source) == 0, /* too long for ck_assert_str_eq */
                  "README.md shows another baselines/rules/nearest_mean.c");
    free(readme);
    free(source);
}
END_TEST

Suite *readme_suite(void)
{
    Suite *suite = suite_create("readme");
    TCase *tests = tcase_create("readme");

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, the_learner_in_the_readme_is_the_learner);
    return suite;
}
