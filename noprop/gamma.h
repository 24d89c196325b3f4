/* The learned noise schedule of NoProp in continuous time (Li, Teh & Pascanu 2025,
 * section 2.3.1 and appendix B): time runs from 0 (noise) to 1 (label),
 *
 *   abar(t)  = sigmoid(-gamma(t)),  SNR(t) = exp(-gamma(t))
 *   gamma(t) = gamma0 + (gamma1 - gamma0) (1 - gbar(t))
 *   gbar(t)  = (g(t) - g(0)) / (g(1) - g(0))
 *   g(t)     = sum_j softplus(v_j) sigmoid(softplus(w_j) t + b_j)
 *
 * g is a net of two layers with positive weights, so that SNR does not fall as long as
 * gamma1 > gamma0. The paper gives neither its width nor the ends: here 16 units, gamma0
 * = -5 and gamma1 = 5 by default, all of it trained. The weights are v (units), w, b,
 * gamma0, gamma1. */
#ifndef NOPROP_GAMMA_H
#define NOPROP_GAMMA_H

#include <stddef.h>

#include "core/base/real.h"
#include "core/nn/rng.h"

enum { GAMMA_UNITS = 16, GAMMA_WEIGHTS = 3 * GAMMA_UNITS + 2 };

struct gamma_point {
    double gamma, slope; /* gamma(t), gamma'(t) <= 0 */
};

/* Ends at -range and range; close to a straight line between them. */
void gamma_start(real *w, double range, struct rng rng);

struct gamma_point gamma_at(const real *w, double t);

/* Adds to g the gradient, given the derivatives by gamma(t) and by gamma'(t). */
void gamma_backward(const real *w, double t, double dgamma, double dslope, real *g);

double gamma_abar(double gamma); /* sigmoid(-gamma) */

#endif
