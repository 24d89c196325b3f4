#include "core/rate.h"

const char *const rate_names[] = {"constant", "linear", "late", NULL};

double rate_factor(enum rate rate, struct progress at)
{
    double left;

    if (at.n_step == 0 || rate == RATE_CONSTANT)
        return 1;
    left = 1 - (double)at.step / (double)at.n_step;
    if (rate == RATE_LATE)
        return left > 0.5 ? 1 : 2 * left;
    return left;
}
