#include "results/stats/curve.h"

static struct crossing at_point(int i, double outside)
{
    return (struct crossing){.low = i, .high = i, .outside = outside};
}

struct crossing curve_cross(const double *at, int n, double value)
{
    int top = 0; /* the highest point so far */

    if (value <= at[0])
        return at_point(0, value - at[0]);
    for (int i = 1; i < n; i++) {
        if (at[i] == value)
            return at_point(i, 0);
        if (at[i] > value)
            return (struct crossing){
                .low = top, .high = i, .share = (value - at[top]) / (at[i] - at[top])};
        if (at[i] > at[top])
            top = i;
    }
    return at_point(top, value - at[top]);
}

double curve_between(const struct crossing *crossing, double low, double high)
{
    return crossing->low == crossing->high ? low : low + crossing->share * (high - low);
}
