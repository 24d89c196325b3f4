/* Paired comparison of two learners over the same seeds. */
#ifndef RESULTS_PAIRED_H
#define RESULTS_PAIRED_H

#include "results/statistics.h"

enum { PAIRED_EXACT_MAX = 40 }; /* pairs up to which the test is exact */

struct paired {
    struct statistics difference; /* of a - b over the pairs that are whole */
    double effect;  /* mean / std of the differences (Cohen's d_z) times Hedges's
                       correction for few pairs, which is 0 for two; NAN below three
                       pairs and where there is no spread */
    double p;       /* two-sided; NAN without a pair */
    double p_least; /* the smallest p that so many pairs can give, 2 / 2^n */
};

/* NAN in a or b: that pair is left out. */
struct paired paired_compare(const double *a, const double *b, int n);

/* The share of all 2^n choices of signs for which the sum of the differences is at least
 * as far from 0 as the one observed (Fisher 1935); beyond PAIRED_EXACT_MAX that of
 * Student's t. n >= 1. */
double sign_flip(const double *difference, int n);

/* Replaces p-values by those of Holm 1979, which hold for all n at once. NAN stays and
 * does not count. */
void holm(double *p, int n);

#endif
