/* The manual page: every command with its whole help, and no warning of groff. Without
 * groff the test is skipped. */
#include <check.h>
#include <ctype.h>

#include "tests/support/program.h"

/* The rendered page, in the test's file "page"; what groff warns of, in "warnings". */
static void render(void)
{
    char command[2 * SAMPLE_PATH];

    ck_assert_int_eq(bench("--man"), 0);
    snprintf(command, sizeof command,
             "cd %s && groff -man -Tascii -P-cbou -rLL=120n -Wall -ww printed "
             ">page 2>warnings",
             folder);
    ck_assert_int_eq(system(command), 0);
}

static void assert_page_has(const char *page, char *line)
{
    while (isspace((unsigned char)*line))
        line++;
    line[strcspn(line, "\n")] = '\0';
    ck_assert_msg(strstr(page, line) != NULL, "the page lacks: %s", line);
}

/* Each line of what `bench NAME --help` prints is on the page, under a heading. */
static void assert_page_explains(const char *page, const char *name)
{
    char line[256], *help, *next;

    snprintf(line, sizeof line, "\n   bench %s\n", name);
    ck_assert_msg(strstr(page, line) != NULL, "no heading: %s", line);
    snprintf(line, sizeof line, "%s --help", name);
    ck_assert_int_eq(bench(line), 0);
    help = content("printed");
    for (char *l = strtok_r(help, "\n", &next); l; l = strtok_r(NULL, "\n", &next))
        assert_page_has(page, l);
    free(help);
}

/* The commands are those that --help lists: "  run       run the cells ..." */
START_TEST(every_command_has_its_help_in_it)
{
    char name[32], *page, *help, *next;
    int n = 0;

    render();
    page = content("page");
    ck_assert_int_eq(bench("--help"), 0);
    help = content("printed");
    for (char *l = strtok_r(help, "\n", &next); l; l = strtok_r(NULL, "\n", &next)) {
        if (strncmp(l, "  ", 2) != 0 || strncmp(l, "  bench", 7) == 0)
            continue;
        ck_assert_int_eq(sscanf(l, "%31s", name), 1);
        assert_page_explains(page, name);
        n++;
    }
    ck_assert_int_ge(n, 10);
    free(help);
    free(page);
}
END_TEST

START_TEST(groff_has_nothing_to_warn_of)
{
    char *warnings;

    render();
    warnings = content("warnings");
    ck_assert_str_eq(warnings, "");
    free(warnings);
}
END_TEST

START_TEST(it_names_the_version)
{
    char *version, *page;

    ck_assert_int_eq(bench("--version"), 0);
    version = content("printed");
    version[strcspn(version, ",\n")] = '\0';
    ck_assert_int_eq(strncmp(version, "bench 0.", 8), 0);
    render();
    page = content("page");
    ck_assert_ptr_nonnull(strstr(page, version));
    free(version);
    free(page);
}
END_TEST

/* Stands in where groff is missing, so that the suite has a test to run. */
START_TEST(nothing_can_be_rendered)
{
}
END_TEST

Suite *man_suite(void)
{
    Suite *suite = suite_create("man");
    TCase *tcase = tcase_create("man");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    if (system("command -v groff >/dev/null") != 0) {
        puts("skipped: groff is not installed");
        tcase_add_test(tcase, nothing_can_be_rendered);
    } else {
        tcase_add_test(tcase, every_command_has_its_help_in_it);
        tcase_add_test(tcase, groff_has_nothing_to_warn_of);
        tcase_add_test(tcase, it_names_the_version);
    }
    suite_add_tcase(suite, tcase);
    return suite;
}
