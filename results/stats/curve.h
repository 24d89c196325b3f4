/* A curve through points in a fixed order, such as learners that were trained for more and
 * more updates, and where it first reaches a value. */
#ifndef RESULTS_STATS_CURVE_H
#define RESULTS_STATS_CURVE_H

struct crossing {
    int low, high;  /* the points before and after; the same where a point is met */
    double share;   /* of the way from low to high: 0 <= share < 1 */
    double outside; /* how far the value is above the highest point or (below 0) below the
                       first, which low and high then are; 0 = the curve reaches it */
};

/* at: n >= 1 finite values. A point that is not above all before it is passed over, so
 * that the curve rises and reaches a value once. Between points it is a straight line. */
struct crossing curve_cross(const double *at, int n, double value);

/* What the curve has there, given what it has at the points low and high. */
double curve_between(const struct crossing *crossing, double low, double high);

#endif
