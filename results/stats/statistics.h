/* Statistics over seeds. */
#ifndef RESULTS_STATS_STATISTICS_H
#define RESULTS_STATS_STATISTICS_H

struct statistics {
    int n;         /* values that are not missing */
    double mean;   /* NAN for n = 0 */
    double std;    /* of the sample (n - 1); this and the next two are NAN for n < 2 */
    double error;  /* standard error of the mean, std / sqrt(n) */
    double margin; /* half the width of the 95 % t-interval of the mean */
};

/* NAN in x is a missing value and is left out. */
struct statistics statistics_of(const double *x, int n);

/* The x with P(T <= x) = p for Student's t with df >= 1 degrees of freedom, 0.5 <= p < 1.
 */
double student_quantile(double p, int df);

/* P(|T| > t), t >= 0. */
double student_beyond(double t, int df);

#endif
