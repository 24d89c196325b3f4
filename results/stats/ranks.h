/* Average ranks of several learners over several streams (Demsar 2006, JMLR 7). */
#ifndef RESULTS_STATS_RANKS_H
#define RESULTS_STATS_RANKS_H

#include "core/base/arena.h"

enum { RANKS_STREAMS_FEW = 5 }; /* fewer streams than this hardly tell anything */

/* Average rank of each of k learners over n streams: 1 = the best, ties share the mean of
 * their ranks. score: k x n, higher is better, none missing. rank: k. */
void ranks_average(const double *score, int k, int n, double *rank);

/* Friedman's chi-square of average ranks, k - 1 degrees of freedom. */
double ranks_friedman(const double *rank, int k, int n);

/* P(X > x) for chi-square with df >= 1 degrees of freedom. */
double chi_square_beyond(double x, int df);

/* Nemenyi's critical difference at 5 %: average ranks that differ by more differ. */
double ranks_critical_difference(int k, int n);

#endif
