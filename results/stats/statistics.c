#include "results/stats/statistics.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

/* P(|T| <= sqrt(df) tan(angle)): Abramowitz & Stegun 26.7.3 (odd df) and 26.7.4 (even
 * df). */
static double student_within(double angle, int df)
{
    bool odd = df % 2;
    double c = cos(angle), term = odd ? c : 1, sum = 0;

    for (int k = df % 2; k <= df - 2; k += 2) {
        sum += term;
        term *= c * c * (k + 1) / (k + 2);
    }
    return odd ? M_2_PI * (angle + sin(angle) * sum) : sin(angle) * sum;
}

double student_quantile(double p, int df)
{
    double low = 0, high = M_PI_2, within = 2 * p - 1;

    assert(df >= 1 && p >= 0.5 && p < 1);
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;

        if (student_within(middle, df) < within)
            low = middle;
        else
            high = middle;
    }
    return sqrt(df) * tan((low + high) / 2);
}

double student_beyond(double t, int df)
{
    return 1 - student_within(atan(t / sqrt(df)), df);
}

struct statistics statistics_of(const double *x, int n)
{
    struct statistics s = {0, NAN, NAN, NAN, NAN};
    double sum = 0, squares = 0;

    for (int i = 0; i < n; i++) {
        if (isnan(x[i]))
            continue;
        sum += x[i];
        s.n++;
    }
    if (s.n > 0)
        s.mean = sum / s.n;
    if (s.n < 2)
        return s;
    for (int i = 0; i < n; i++)
        if (!isnan(x[i]))
            squares += (x[i] - s.mean) * (x[i] - s.mean);
    s.std = sqrt(squares / (s.n - 1));
    s.error = s.std / sqrt(s.n);
    s.margin = student_quantile(0.975, s.n - 1) * s.error;
    return s;
}
