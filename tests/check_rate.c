#include "core/rate.h"

#include <check.h>
#include <stdlib.h>

START_TEST(factors_by_hand)
{
    static const struct {
        enum rate rate;
        int64_t step, n_step;
        double want;
    } row[] = {
        {RATE_CONSTANT, 0, 100, 1},   {RATE_CONSTANT, 99, 100, 1},
        {RATE_LINEAR, 0, 100, 1},     {RATE_LINEAR, 25, 100, 0.75},
        {RATE_LINEAR, 99, 100, 0.01}, {RATE_LATE, 0, 100, 1},
        {RATE_LATE, 50, 100, 1},      {RATE_LATE, 75, 100, 0.5},
        {RATE_LATE, 99, 100, 0.02},   {RATE_LINEAR, 7, 0, 1},
        {RATE_LATE, 7, 0, 1},
    };
    struct progress at = {.step = row[_i].step, .n_step = row[_i].n_step};

    ck_assert_double_eq_tol(rate_factor(row[_i].rate, at), row[_i].want, 1e-12);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rate");
    TCase *tcase = tcase_create("rate");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, factors_by_hand, 0, 11);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
