#include "tests/support/difference.h"

#include <math.h>
#include <stdlib.h>

static double slope(difference_f *f, void *context, double *at, double step)
{
    double middle = *at, above, below;

    *at = middle + step;
    above = f(context);
    *at = middle - step;
    below = f(context);
    *at = middle;
    return (above - below) / (2 * step);
}

bool difference(difference_f *f, void *context, double *at, size_t n, double *d)
{
    double *near = calloc(n + 1, sizeof *near), largest = 0;
    bool smooth = true;

    for (size_t i = 0; i < n; i++) {
        d[i] = slope(f, context, at + i, 1e-5);
        near[i] = slope(f, context, at + i, 2.5e-6);
        largest = fmax(largest, fabs(d[i]));
    }
    for (size_t i = 0; i < n; i++)
        smooth = smooth && fabs(d[i] - near[i]) <=
                               1e-6 * fmax(fabs(d[i]), fmax(largest / 100, 1e-6));
    free(near);
    return smooth;
}
