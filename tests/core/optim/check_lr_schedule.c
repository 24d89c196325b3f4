#include "core/optim/lr_schedule.h"

#include <check.h>
#include <stdlib.h>

static const struct {
    struct lr_schedule rate;
    int64_t step, n_step;
    double want;
} rows[] = {
    {{LR_CONSTANT, 0, 0}, 0, 100, 1},
    {{LR_CONSTANT, 0, 0}, 99, 100, 1},
    {{LR_LINEAR, 0, 0}, 0, 100, 1},
    {{LR_LINEAR, 0, 0}, 25, 100, 0.75},
    {{LR_LINEAR, 0, 0}, 99, 100, 0.01},
    {{LR_LINEAR, 0, 0}, 7, 0, 1}, /* a stream without end */
    {{LR_COSINE, 0, 0}, 0, 100, 1},
    {{LR_COSINE, 0, 0}, 50, 100, 0.5},
    {{LR_COSINE, 0, 0}, 75, 100, 0.1464466094},
    {{LR_LATE, 0, 0}, 0, 100, 1},
    {{LR_LATE, 0, 0}, 50, 100, 1},
    {{LR_LATE, 0, 0}, 75, 100, 0.5},
    {{LR_LATE, 0, 0}, 99, 100, 0.02},
    {{LR_STEP, 0, 0}, 59, 100, 1},
    {{LR_STEP, 0, 0}, 60, 100, 0.1},
    {{LR_STEP, 0, 0}, 90, 100, 0.01},
    {{LR_STAIRS, 0, 0}, 49, 100, 1},
    {{LR_STAIRS, 0, 0}, 50, 100, 0.25},
    {{LR_STAIRS, 0, 0}, 75, 100, 0.0625},
    {{LR_STAIRS, 0, 0}, 99, 100, 0.00390625},
    {{LR_CONSTANT, 0, 0.09}, 0, 100, 0.1},
    {{LR_CONSTANT, 0, 0.09}, 4, 100, 0.5},
    {{LR_CONSTANT, 0, 0.09}, 9, 100, 1},
    {{LR_LINEAR, 0, 0.5}, 75, 100, 0.5}, /* of what the warm-up leaves */
};

START_TEST(factors_by_hand)
{
    struct progress at = {.step = rows[_i].step, .n_step = rows[_i].n_step};

    ck_assert_double_eq_tol(lr_schedule_factor(&rows[_i].rate, at), rows[_i].want, 1e-9);
}
END_TEST

START_TEST(each_task_anew)
{
    struct lr_schedule rate = {LR_LINEAR, LR_TASK, 0};
    struct progress at = {.step = 80, .n_step = 100, .task_step = 5, .n_task_step = 20};

    ck_assert_double_eq(lr_schedule_factor(&rate, at), 0.75);
    rate.span = LR_STREAM;
    ck_assert_double_eq_tol(lr_schedule_factor(&rate, at), 0.2, 1e-12);
}
END_TEST

Suite *lr_schedule_suite(void)
{
    Suite *suite = suite_create("lr_schedule");
    TCase *tcase = tcase_create("rate");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, factors_by_hand, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, each_task_anew);
    return suite;
}
