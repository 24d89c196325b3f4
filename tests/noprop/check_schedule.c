#include "noprop/schedule.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static struct arena arena;

static void set_up(void)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
}

static void tear_down(void)
{
    arena_close(&arena);
}

/* Worked out once for T = 10, clip 0.001, eta 0.1, outside this program; to the digits
 * given. */
START_TEST(ten_steps_from_noise_to_label)
{
    static const struct {
        double abar, snr, a, b, root_c, weight;
    } row[] = {
        {0.001000, 0.0010, NAN, NAN, NAN, NAN},
        {0.024092, 0.0247, 0.14892, 0.19903, 0.96764, 0.0118},
        {0.094046, 0.1038, 0.23374, 0.46985, 0.83097, 0.0396},
        {0.203121, 0.2549, 0.26714, 0.59852, 0.68727, 0.0755},
        {0.340810, 0.5170, 0.29597, 0.63862, 0.57810, 0.1311},
        {0.493844, 0.9757, 0.33036, 0.63787, 0.48779, 0.2293},
        {0.647478, 1.8367, 0.37722, 0.60825, 0.40652, 0.4305},
        {0.786911, 3.6929, 0.44588, 0.54831, 0.32727, 0.9281},
        {0.898706, 8.8723, 0.55342, 0.44481, 0.24317, 2.5897},
        {0.972093, 34.833, 0.73482, 0.26490, 0.14422, 12.980},
        {0.999000, 999.00, 0.96465, 0.03535, 0.03107, 482.08},
    };
    struct schedule s;

    schedule_cosine(&s, 10, 1e-3, &arena);
    for (int t = 0; t <= 10; t++) {
        ck_assert_double_eq_tol(s.abar[t], row[t].abar, 5.1e-7);
        ck_assert_double_eq_tol(schedule_snr(&s, t), row[t].snr,
                                5.1e-5 * fmax(row[t].snr, 1));
    }
    for (int t = 1; t <= 10; t++) {
        struct transition step = schedule_transition(&s, t);

        ck_assert_double_eq_tol(step.a, row[t].a, 5.1e-6);
        ck_assert_double_eq_tol(step.b, row[t].b, 5.1e-6);
        ck_assert_double_eq_tol(sqrt(step.c), row[t].root_c, 5.1e-6);
        ck_assert_double_eq_tol(schedule_weight(&s, t, 0.1), row[t].weight,
                                5.1e-5 * fmax(row[t].weight, 1));
    }
}
END_TEST

static const int lengths[] = {1, 2, 3, 10, 37, 1000};

/* q(z_t | y) is what a step of q(z_t | z_{t-1}, y) makes of q(z_{t-1} | y): the mean
 * a + b sqrt(abar_{t-1}) = sqrt(abar_t), the variance b^2 (1 - abar_{t-1}) + c = 1 -
 * abar_t. */
START_TEST(steps_keep_the_marginals)
{
    static const double clip[] = {1e-6, 1e-3, 0.1};
    int T = lengths[_i];

    for (int i = 0; i < 3; i++) {
        struct schedule s;

        schedule_cosine(&s, T, clip[i], &arena);
        ck_assert_int_eq(s.T, T);
        for (int t = 1; t <= T; t++) {
            struct transition step = schedule_transition(&s, t);
            double now = s.abar[t], before = s.abar[t - 1];

            ck_assert_double_eq_tol(step.a + step.b * sqrt(before), sqrt(now), 1e-9);
            ck_assert_double_eq_tol(step.b * step.b * (1 - before) + step.c, 1 - now,
                                    1e-9);
            ck_assert(step.a >= 0 && step.b >= 0 && step.c >= 0);
            /* KL between N(a uhat + b z, c) and N(a u + b z, c) is a^2 / (2 c)
             * ||uhat - u||^2, and that is where the weight comes from */
            ck_assert_double_eq_tol(T * step.a * step.a,
                                    2 * step.c * schedule_weight(&s, t, 1),
                                    1e-12 + 1e-6 * T * step.a * step.a);
        }
    }
}
END_TEST

START_TEST(time_runs_from_noise_to_label)
{
    int T = lengths[_i];
    double sum = 0;
    struct schedule s;

    schedule_cosine(&s, T, 1e-3, &arena);
    ck_assert_double_eq_tol(s.abar[0], 1e-3, 1e-12);
    ck_assert_double_eq_tol(s.abar[T], 1 - 1e-3, 1e-12);
    for (int t = 1; t <= T; t++) {
        ck_assert_double_ge(s.abar[t], s.abar[t - 1]);
        ck_assert_double_ge(schedule_weight(&s, t, 2), 0);
        sum += schedule_weight(&s, t, 2);
    }
    /* T eta / 2 times a telescoping sum */
    ck_assert_double_eq_tol(sum, T * (schedule_snr(&s, T) - schedule_snr(&s, 0)),
                            1e-6 * sum);
}
END_TEST

Suite *schedule_suite(void)
{
    Suite *suite = suite_create("schedule");
    TCase *tcase = tcase_create("schedule");

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, ten_steps_from_noise_to_label);
    tcase_add_loop_test(tcase, steps_keep_the_marginals, 0, 6);
    tcase_add_loop_test(tcase, time_runs_from_noise_to_label, 0, 6);
    return suite;
}
