/* Squared Euclidean distance, for nearest means. */
#ifndef CORE_NN_DISTANCE_H
#define CORE_NN_DISTANCE_H

#include "core/base/real.h"

static inline real squared_distance(const real *a, const real *b, int n)
{
    real sum = 0;

    for (int j = 0; j < n; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

#endif
