/* The quadratic program of GEM: the nearest vector to a gradient whose products with the
 * gradients of past tasks are not negative, by its dual, with one unknown for each task.
 *
 *   min_v  1/2 v'P v + q'v   with v >= 0,  P positive definite
 *
 * Solved exactly, by the active set method of Lawson & Hanson (Solving Least Squares
 * Problems, 1974, algorithm 23.10) on the normal equations. */
#ifndef BASELINES_STRATEGIES_QUADRATIC_PROGRAM_H
#define BASELINES_STRATEGIES_QUADRATIC_PROGRAM_H

#include "core/base/arena.h"
#include "core/base/real.h"

struct quadratic_program {
    int n_max;
    double *p;                      /* n x n, symmetric: set by the caller */
    double *q;                      /* n: the same */
    double *v;                      /* n: the solution */
    double *factor, *slope, *point; /* n x n, n, n: scratch */
    int *set;                       /* n: the unknowns that are above 0 */
};

/* Scratch for at most n_max unknowns; 0 = none is needed. */
void qp_take(struct quadratic_program *qp, int n_max, struct arena *arena);

/* Solves for v with n <= n_max unknowns. */
void qp_solve(const struct quadratic_program *qp, int n);

/* a . b, in double and always in the same order. */
double qp_dot(const real *a, const real *b, size_t n);

#endif
