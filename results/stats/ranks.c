#include "results/stats/ranks.h"

#include <math.h>

void ranks_average(const double *score, int k, int n, double *rank)
{
    for (int i = 0; i < k; i++) {
        double sum = 0;

        for (int s = 0; s < n; s++)
            for (int j = 0; j < k; j++) {
                double own = score[i * n + s], other = score[j * n + s];

                sum += j == i ? 1 : other > own ? 1 : other < own ? 0 : 0.5;
            }
        rank[i] = sum / n;
    }
}

double ranks_friedman(const double *rank, int k, int n)
{
    double sum = 0;

    for (int i = 0; i < k; i++)
        sum += rank[i] * rank[i];
    return 12.0 * n / (k * (k + 1)) * (sum - k * (k + 1) * (k + 1) / 4.0);
}

/* Abramowitz & Stegun 26.4.4 (odd df) and 26.4.5 (even df). */
double chi_square_beyond(double x, int df)
{
    double half = x / 2, term, sum = 0;

    if (x <= 0)
        return 1;
    term = df % 2 ? sqrt(half) / tgamma(1.5) : 1;
    for (int i = df % 2 ? 3 : 2; i <= df; i += 2) {
        sum += term;
        term *= half / (i / 2.0);
    }
    return (df % 2 ? erfc(sqrt(half)) : 0) + exp(-half) * sum;
}

static double normal_below(double z)
{
    return erfc(-z * M_SQRT1_2) / 2;
}

/* P(range of k standard normals <= q), by the trapezoidal rule, which is exact to
 * rounding for an integrand that dies off like this. */
static double range_within(double q, int k)
{
    const double step = 0.05;
    double sum = 0;

    for (int i = -160; i <= 320; i++) {
        double z = i * step;
        double inside = normal_below(z) - normal_below(z - q);

        sum += exp(-z * z / 2) * pow(inside, k - 1);
    }
    return k * sum * step / sqrt(2 * M_PI);
}

double ranks_critical_difference(int k, int n)
{
    double low = 0, high = 20;

    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;

        if (range_within(middle, k) < 0.95)
            low = middle;
        else
            high = middle;
    }
    return low * M_SQRT1_2 * sqrt(k * (k + 1) / (6.0 * n));
}
