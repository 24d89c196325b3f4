/* Runs the suites of one test program, which CMake lists: one suite for each check_X.c or
 * gradient_X.c of a folder, with the name X. CK_RUN_SUITE=X runs one of them. Ends with 0
 * (all passed), 1, or 77: nothing has run, as what it needs is absent. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/needs.h"

#define SUITE(name) Suite *name##_suite(void);
#include "suites.def"
#undef SUITE

static void add(SRunner *runner, const char *name, Suite *(*suite)(void))
{
    const char *only = getenv("CK_RUN_SUITE");

    if (!only || strcmp(only, name) == 0)
        srunner_add_suite(runner, suite());
}

int main(void)
{
    SRunner *runner = srunner_create(NULL);
    int run, failed;

    setenv("BENCH_CACHE", "none", 1); /* tests leave nothing behind */
#define SUITE(name) add(runner, #name, name##_suite);
#include "suites.def"
    srunner_run_all(runner, CK_ENV);
    run = srunner_ntests_run(runner);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (run == 0 && needs_failed())
        return SKIPPED;
    if (run == 0) /* CK_RUN_SUITE or CK_RUN_CASE has a name that does not exist */
        fprintf(stderr, "no test has run\n");
    return run == 0 || failed != 0;
}
