/* A suite whose needs are not met is skipped: this one, where TEST_NEEDS names a program
 * that does not exist. */
#include "tests/support/needs.h"

#include <check.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* The exit status of a suite of this program. */
static int run_suite(const char *name, const char *program)
{
    pid_t pid = fork();
    int status;

    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        setenv("CK_RUN_SUITE", name, 1);
        setenv("TEST_NEEDS", program, 1);
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
        execl("/proc/self/exe", "check_project", NULL);
        _exit(127);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

START_TEST(a_suite_is_skipped_where_its_program_is_absent)
{
    ck_assert_int_eq(run_suite("needs", "no-such-program"), SKIPPED);
    ck_assert_int_eq(run_suite("no_such_suite", "no-such-program"), 1);
}
END_TEST

START_TEST(a_program_is_found_in_the_path)
{
    ck_assert(needs_program("sh"));
    ck_assert(!needs_failed());
}
END_TEST

Suite *needs_suite(void)
{
    Suite *suite = suite_create("needs");
    const char *program = getenv("TEST_NEEDS");
    TCase *tcase;

    if (program && !needs_program(program))
        return suite;
    tcase = tcase_create("needs");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_suite_is_skipped_where_its_program_is_absent);
    tcase_add_test(tcase, a_program_is_found_in_the_path);
    return suite;
}
