/* Paired comparison of two learners over the same seeds. */
#ifndef RESULTS_STATS_PAIRED_H
#define RESULTS_STATS_PAIRED_H

#include "results/stats/statistics.h"

enum { PAIRED_EXACT_MAX = 40 }; /* pairs up to which the test is exact */

struct paired {
    struct statistics difference; /* of a - b over the pairs that are whole */
    double effect;  /* mean / std of the differences (Cohen's d_z) times Hedges's
                       correction for few pairs, which is 0 for two; NAN below three
                       pairs and where there is no spread */
    double p;       /* two-sided; NAN without a pair */
    double p_least; /* the smallest p that n pairs can give, 2 / 2^n */
};

/* NAN in a or b: that pair is left out. */
struct paired paired_compare(const double *a, const double *b, int n);

/* The share of all 2^n choices of signs for which the sum of the differences is at least
 * as far from 0 as the one observed (Fisher 1935); beyond PAIRED_EXACT_MAX that of
 * Student's t. n >= 1. */
double sign_flip(const double *difference, int n);

/* One-sided: the share for which the sum is at least the observed one. Small where the
 * differences are above 0; at least 1 / 2^n. */
double sign_flip_above(const double *difference, int n);

/* Two one-sided tests (Schuirmann 1987; Lakens 2017) that the mean of a - b is above
 * -margin and that it is below it, each by sign_flip_above on the differences shifted by
 * the margin: the larger p of the two, which is small where a and b are equivalent
 * within the margin. margin > 0, in the unit of a and b; NAN as in paired_compare, and
 * without a pair. */
double paired_equivalence(const double *a, const double *b, int n, double margin);

/* Replaces p-values by those of Holm 1979, which hold for all n at once. NAN stays and
 * does not count. */
void holm(double *p, int n);

#endif
