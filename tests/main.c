/* Runs the suites of one test program, which CMake lists: one suite for each check_X.c or
 * gradient_X.c of a folder, with the name X. CK_RUN_SUITE=X runs one of them. */
#include <check.h>
#include <stdio.h>

#define SUITE(name) Suite *name##_suite(void);
#include "suites.def"
#undef SUITE

int main(void)
{
    SRunner *runner = srunner_create(NULL);
    int run, failed;

#define SUITE(name) srunner_add_suite(runner, name##_suite());
#include "suites.def"
    srunner_run_all(runner, CK_ENV);
    run = srunner_ntests_run(runner);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (run == 0) /* CK_RUN_SUITE or CK_RUN_CASE has a name that does not exist */
        fprintf(stderr, "no test has run\n");
    return run == 0 || failed != 0;
}
