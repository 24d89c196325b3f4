#include "noprop/gamma.h"

#include <math.h>

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static double softplus(double x)
{
    return x > 30 ? x : log1p(exp(x));
}

double gamma_abar(double gamma)
{
    return sigmoid(-gamma);
}

/* Unit j of the net. */
struct unit {
    double a, k, b; /* softplus(v_j), softplus(w_j), b_j */
};

static struct unit unit_of(const real *w, int j)
{
    return (struct unit){softplus((double)w[j]), softplus((double)w[GAMMA_UNITS + j]),
                         (double)w[2 * GAMMA_UNITS + j]};
}

/* The values of the net at t that the formulas need. */
struct net_at {
    double rise, span, slope; /* g(t) - g(0), g(1) - g(0), g'(t) */
};

static struct net_at net_at(const real *w, double t)
{
    struct net_at at = {0, 0, 0};

    for (int j = 0; j < GAMMA_UNITS; j++) {
        struct unit u = unit_of(w, j);
        double now = sigmoid(u.k * t + u.b), start = sigmoid(u.b);

        at.rise += u.a * (now - start);
        at.span += u.a * (sigmoid(u.k + u.b) - start);
        at.slope += u.a * u.k * now * (1 - now);
    }
    return at;
}

void gamma_start(real *w, double range, struct rng rng)
{
    for (int j = 0; j < GAMMA_UNITS; j++) {
        w[j] = rng_uniform(&rng) - (real)0.5;
        w[GAMMA_UNITS + j] = 1 + rng_uniform(&rng);
        w[2 * GAMMA_UNITS + j] = 2 * rng_uniform(&rng) - 2;
    }
    w[3 * GAMMA_UNITS] = -(real)range;
    w[3 * GAMMA_UNITS + 1] = (real)range;
}

struct gamma_point gamma_at(const real *w, double t)
{
    struct net_at at = net_at(w, t);
    double low = (double)w[3 * GAMMA_UNITS], high = (double)w[3 * GAMMA_UNITS + 1];

    return (struct gamma_point){low + (high - low) * (1 - at.rise / at.span),
                                -(high - low) * at.slope / at.span};
}

/* Adds to g what unit j gets: by_now, by_start and by_end are the derivatives by g(t),
 * g(0) and g(1), by_slope that by g'(t). */
static void unit_backward(const real *w, int j, double t, double by_now, double by_start,
                          double by_end, double by_slope, real *g)
{
    const double time[3] = {t, 0, 1}, by[3] = {by_now, by_start, by_end};
    struct unit u = unit_of(w, j);
    double s = sigmoid(u.k * t + u.b), first = s * (1 - s), second = first * (1 - 2 * s);
    double da = by_slope * u.k * first, db = by_slope * u.a * u.k * second;
    double dk = by_slope * u.a * (first + u.k * t * second);

    for (int i = 0; i < 3; i++) {
        double at = sigmoid(u.k * time[i] + u.b), rise = u.a * at * (1 - at);

        da += by[i] * at;
        dk += by[i] * rise * time[i];
        db += by[i] * rise;
    }
    g[j] += (real)(da * sigmoid((double)w[j]));
    g[GAMMA_UNITS + j] += (real)(dk * sigmoid((double)w[GAMMA_UNITS + j]));
    g[2 * GAMMA_UNITS + j] += (real)db;
}

void gamma_backward(const real *w, double t, double dgamma, double dslope, real *g)
{
    struct net_at at = net_at(w, t);
    double bar = at.rise / at.span, bar_slope = at.slope / at.span;
    double range = (double)(w[3 * GAMMA_UNITS + 1] - w[3 * GAMMA_UNITS]);
    double by_rise = -range * dgamma / at.span, by_slope = -range * dslope / at.span;
    double by_span = -by_rise * bar - by_slope * bar_slope;

    for (int j = 0; j < GAMMA_UNITS; j++)
        unit_backward(w, j, t, by_rise, -by_rise - by_span, by_span, by_slope, g);
    g[3 * GAMMA_UNITS] += (real)(dgamma * bar + dslope * bar_slope);
    g[3 * GAMMA_UNITS + 1] += (real)(dgamma * (1 - bar) - dslope * bar_slope);
}
