#include "noprop/edm.h"

#include <math.h>

struct edm_factors edm_factors(const struct edm *edm, double sigma)
{
    double square = sigma * sigma + edm->data * edm->data;

    return (struct edm_factors){.skip = edm->data * edm->data / square,
                                .out = sigma * edm->data / sqrt(square),
                                .in = 1 / sqrt(square),
                                .noise = log(sigma) / 4};
}

/* Of the standard normal distribution. */
static double probability_below(double x)
{
    return erfc(-x / sqrt(2)) / 2;
}

double edm_sigma(const struct edm *edm, double low, double high, double share)
{
    double a = (log(low) - edm->mean) / edm->std, b = (log(high) - edm->mean) / edm->std;
    double wanted =
        probability_below(a) + share * (probability_below(b) - probability_below(a));

    for (int i = 0; i < 50; i++) {
        double middle = (a + b) / 2;

        if (probability_below(middle) < wanted)
            a = middle;
        else
            b = middle;
    }
    return exp(edm->mean + edm->std * (a + b) / 2);
}
