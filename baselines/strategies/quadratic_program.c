#include "baselines/strategies/quadratic_program.h"

#include <assert.h>
#include <math.h>

enum { LANES = 8 };

void qp_take(struct quadratic_program *qp, int n_max, struct arena *arena)
{
    size_t n = (size_t)n_max;

    qp->n_max = n_max;
    qp->p = arena_take(arena, TAG_SCRATCH, n * n, sizeof *qp->p);
    qp->q = arena_take(arena, TAG_SCRATCH, n, sizeof *qp->q);
    qp->v = arena_take(arena, TAG_SCRATCH, n, sizeof *qp->v);
    qp->factor = arena_take(arena, TAG_SCRATCH, n * n, sizeof *qp->factor);
    qp->slope = arena_take(arena, TAG_SCRATCH, n, sizeof *qp->slope);
    qp->point = arena_take(arena, TAG_SCRATCH, n, sizeof *qp->point);
    qp->set = arena_take(arena, TAG_SCRATCH, n, sizeof *qp->set);
}

double qp_dot(const real *a, const real *b, size_t n)
{
    double lane[LANES] = {0}, sum = 0;
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lane[j] += (double)a[i + j] * (double)b[i + j];
    for (; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    for (size_t j = 0; j < LANES; j++)
        sum += lane[j];
    return sum;
}

/* Of the unknowns in the set, the m x m part of P = L L'. */
static void factorise(const struct quadratic_program *c, int n, int m)
{
    for (int i = 0; i < m; i++)
        for (int j = 0; j <= i; j++) {
            double sum = c->p[c->set[i] * n + c->set[j]];

            for (int k = 0; k < j; k++)
                sum -= c->factor[i * n + k] * c->factor[j * n + k];
            assert(i != j || !(sum <= 0)); /* NaN, of a learner that diverges, passes */
            c->factor[i * n + j] = i == j ? sqrt(sum) : sum / c->factor[j * n + j];
        }
}

/* The minimum over the set alone, without its bounds: P at = -q. */
static void solve_set(const struct quadratic_program *c, int n, int m)
{
    factorise(c, n, m);
    for (int i = 0; i < m; i++) {
        c->point[i] = -c->q[c->set[i]];
        for (int k = 0; k < i; k++)
            c->point[i] -= c->factor[i * n + k] * c->point[k];
        c->point[i] /= c->factor[i * n + i];
    }
    for (int i = m - 1; i >= 0; i--) {
        for (int k = i + 1; k < m; k++)
            c->point[i] -= c->factor[k * n + i] * c->point[k];
        c->point[i] /= c->factor[i * n + i];
    }
}

/* As far from v towards the minimum over the set as the bounds allow; what arrives at a
 * bound leaves the set. Returns its new size; the same as before = the minimum was
 * reached. */
static int step_to(const struct quadratic_program *c, int m)
{
    double share = 1;
    int stops = -1, kept = 0;

    for (int i = 0; i < m; i++) {
        double from = c->v[c->set[i]];

        if (c->point[i] <= 0 && from / (from - c->point[i]) < share) {
            share = from / (from - c->point[i]);
            stops = i;
        }
    }
    for (int i = 0; i < m; i++) {
        double *v = &c->v[c->set[i]];

        *v += share * (c->point[i] - *v);
        if (i == stops || *v <= 0)
            *v = 0;
        else
            c->set[kept++] = c->set[i];
    }
    return kept;
}

/* The unknown at its bound that the objective falls fastest along; -1 = there is none.
 * Slopes that are lost in the rounding of P v + q are none. */
static int steepest(const struct quadratic_program *c, int n, double largest)
{
    int best = -1;

    for (int i = 0; i < n; i++) {
        double size = largest;

        c->slope[i] = c->q[i];
        for (int j = 0; j < n; j++) {
            c->slope[i] += c->p[i * n + j] * c->v[j];
            size += fabs(c->p[i * n + j]) * c->v[j];
        }
        if (c->v[i] == 0 && c->slope[i] < -1e-12 * size &&
            (best < 0 || c->slope[i] < c->slope[best]))
            best = i;
    }
    return best;
}

/* If entering the set would take an unknown below 0, its slope was a rounding error. In
 * exact arithmetic every entry lowers the objective, so that no set occurs twice; with
 * rounding one could, hence the bound of Lawson & Hanson's program: 3n entries. */
void qp_solve(const struct quadratic_program *c, int n)
{
    double largest = 0;
    int m = 0;

    assert(n <= c->n_max);
    for (int i = 0; i < n; i++) {
        c->v[i] = 0;
        largest = fmax(largest, fabs(c->q[i]));
    }
    for (int entry = 0; entry < 3 * n; entry++) {
        int enters = steepest(c, n, largest), before;

        if (enters < 0)
            return;
        c->set[m++] = enters;
        solve_set(c, n, m);
        if (c->point[m - 1] <= 0)
            return;
        while (before = m, (m = step_to(c, m)) < before && m > 0)
            solve_set(c, n, m);
    }
}
