/* The quadratic programme of GEM (baselines/strategies/quadratic_program.h) against its
 * optimality conditions and against every set of active bounds tried in turn. */
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "baselines/strategies/quadratic_program.h"
#include "core/nn/rng.h"

enum { MOST = 7, WEIGHTS = 9, PROBLEMS = 200 };

static struct arena arena;
static struct quadratic_program qp;

static void open_cone(void)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    qp_take(&qp, MOST, &arena);
    ck_assert_int_eq(arena_check(&arena, &err), OK);
}

static void close_cone(void)
{
    arena_close(&arena);
}

/* P = G G' + 1e-3, q = G g, of n random gradients; the last repeats the first where n is
 * large, so that P is nearly singular. */
static void draw_problem(int n, uint64_t seed)
{
    struct rng rng = rng_seed(seed);
    real g[WEIGHTS], past[MOST][WEIGHTS];

    rng_normal(&rng, g, WEIGHTS, 1);
    for (int t = 0; t < n; t++)
        rng_normal(&rng, past[t], WEIGHTS, 1);
    if (n > 4)
        memcpy(past[n - 1], past[0], sizeof past[0]);
    for (int i = 0; i < n; i++) {
        qp.q[i] = qp_dot(past[i], g, WEIGHTS);
        for (int j = 0; j < n; j++)
            qp.p[i * n + j] = qp_dot(past[i], past[j], WEIGHTS) + (i == j ? 1e-3 : 0);
    }
}

static double slope(int n, int i)
{
    double sum = qp.q[i];

    for (int j = 0; j < n; j++)
        sum += qp.p[i * n + j] * qp.v[j];
    return sum;
}

/* v >= 0, slope >= 0, and where v > 0 the slope is 0. */
START_TEST(the_optimality_conditions_hold)
{
    int n = _i % MOST + 1;

    draw_problem(n, (uint64_t)_i);
    qp_solve(&qp, n);
    for (int i = 0; i < n; i++) {
        ck_assert_double_ge(qp.v[i], 0);
        ck_assert_double_ge(slope(n, i), -1e-9);
        if (qp.v[i] > 0)
            ck_assert_double_le(fabs(slope(n, i)), 1e-9);
    }
}
END_TEST

static double objective(int n, const double *v)
{
    double sum = 0;

    for (int i = 0; i < n; i++) {
        sum += qp.q[i] * v[i];
        for (int j = 0; j < n; j++)
            sum += v[i] * qp.p[i * n + j] * v[j] / 2;
    }
    return sum;
}

/* P v = -q over the unknowns in `free`, the others 0: Gauss-Jordan with row exchange. */
static void solve_free(int n, unsigned free, double v[MOST])
{
    double row[MOST][MOST + 1] = {{0}};

    for (int i = 0; i < n; i++) {
        bool in = free >> i & 1;

        for (int j = 0; j < n; j++)
            row[i][j] = in ? qp.p[i * n + j] * (free >> j & 1) : i == j;
        row[i][n] = in ? -qp.q[i] : 0;
    }
    for (int k = 0; k < n; k++) {
        int best = k;
        double spare[MOST + 1];

        for (int i = k; i < n; i++)
            best = fabs(row[i][k]) > fabs(row[best][k]) ? i : best;
        memcpy(spare, row[k], sizeof spare);
        memcpy(row[k], row[best], sizeof spare);
        memcpy(row[best], spare, sizeof spare);
        for (int i = 0; i < n; i++) {
            double times = i == k ? 0 : row[i][k] / row[k][k];

            for (int j = k; j <= n; j++)
                row[i][j] -= times * row[k][j];
        }
    }
    for (int i = 0; i < n; i++)
        v[i] = row[i][n] / row[i][i];
}

START_TEST(no_set_of_bounds_is_better)
{
    int n = _i % MOST + 1;
    double best = 0, found;

    draw_problem(n, (uint64_t)_i);
    qp_solve(&qp, n);
    found = objective(n, qp.v);
    for (unsigned free = 1; free < 1u << n; free++) {
        double v[MOST], lowest = 0;

        solve_free(n, free, v);
        for (int i = 0; i < n; i++)
            lowest = fmin(lowest, v[i]);
        if (lowest >= 0)
            best = fmin(best, objective(n, v));
    }
    ck_assert_double_eq_tol(found, best, 1e-9 * (1 + fabs(best)));
}
END_TEST

START_TEST(one_unknown_is_a_division)
{
    qp.p[0] = 4;
    qp.q[0] = -2;
    qp_solve(&qp, 1);
    ck_assert_double_eq(qp.v[0], 0.5);
    qp.q[0] = 2;
    qp_solve(&qp, 1);
    ck_assert_double_eq(qp.v[0], 0);
}
END_TEST

/* v = (1 / e, 1 / e, 0): the third slope is the difference of the first two unknowns, 0
 * but for what rounding leaves of numbers so large. */
START_TEST(a_slope_lost_in_rounding_is_none)
{
    double e = ldexp(1.1, -_i), side = _i % 2 ? -1 : 1;
    double p[] = {1 + e, -1, side, -1, 1 + e, -side, side, -side, 3};

    memcpy(qp.p, p, sizeof p);
    qp.q[0] = qp.q[1] = -1.1;
    qp.q[2] = 0;
    qp_solve(&qp, 3);
    ck_assert_double_eq_tol(qp.v[0] * e, 1.1, 0.01);
    ck_assert_double_eq(qp.v[2], 0);
}
END_TEST

START_TEST(a_product_has_every_term)
{
    real a[21], b[21];
    double sum = 0;

    for (int i = 0; i < 21; i++) {
        a[i] = (real)(i + 1);
        b[i] = (real)(i % 3 - 1);
        sum += (double)a[i] * (double)b[i];
        ck_assert_double_eq(qp_dot(a, b, (size_t)i + 1), sum);
    }
}
END_TEST

Suite *quadratic_program_suite(void)
{
    Suite *suite = suite_create("quadratic_program");
    TCase *tcase = tcase_create("quadratic_program");

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, open_cone, close_cone);
    tcase_add_loop_test(tcase, the_optimality_conditions_hold, 0, PROBLEMS);
    tcase_add_loop_test(tcase, no_set_of_bounds_is_better, 0, PROBLEMS);
    tcase_add_test(tcase, one_unknown_is_a_division);
    tcase_add_loop_test(tcase, a_slope_lost_in_rounding_is_none, 10, 40);
    tcase_add_test(tcase, a_product_has_every_term);
    return suite;
}
