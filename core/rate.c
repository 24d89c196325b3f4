#include "core/rate.h"

#include <math.h>

const char *const rate_shapes[] = {"constant", "linear", "cosine", "late",
                                   "step",     "stairs", NULL};
const char *const rate_spans[] = {"stream", "task", NULL};

static double falling(enum rate_shape shape, double s)
{
    static const double stairs[] = {0.5, 0.75, 0.89, 0.94};
    double factor = 1;

    switch (shape) {
    case RATE_CONSTANT:
        return 1;
    case RATE_LINEAR:
        return 1 - s;
    case RATE_COSINE:
        return (1 + cos(acos(-1) * s)) / 2;
    case RATE_LATE:
        return s < 0.5 ? 1 : 2 * (1 - s);
    case RATE_STEP:
        return s < 0.6 ? 1 : s < 0.9 ? 0.1 : 0.01;
    case RATE_STAIRS:
        for (int i = 0; i < 4 && s >= stairs[i]; i++)
            factor /= 4;
    }
    return factor;
}

double rate_factor(const struct rate *rate, struct progress at)
{
    bool task = rate->span == RATE_TASK;
    int64_t now = task ? at.task_step : at.step, end = task ? at.n_task_step : at.n_step;
    double s;

    if (end == 0)
        return 1;
    s = (double)now / (double)end;
    if (s < rate->warmup) /* the first batch moves already */
        return (double)(now + 1) / (rate->warmup * (double)end + 1);
    return falling((enum rate_shape)rate->shape, (s - rate->warmup) / (1 - rate->warmup));
}
