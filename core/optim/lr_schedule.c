#include "core/optim/lr_schedule.h"

#include <math.h>

const char *const lr_schedule_shapes[] = {"constant", "linear", "cosine", "late",
                                          "step",     "stairs", NULL};
const char *const lr_schedule_spans[] = {"stream", "task", NULL};

static double falling(enum lr_schedule_shape shape, double s)
{
    static const double stairs[] = {0.5, 0.75, 0.89, 0.94};
    double factor = 1;

    switch (shape) {
    case LR_CONSTANT:
        return 1;
    case LR_LINEAR:
        return 1 - s;
    case LR_COSINE:
        return (1 + cos(acos(-1) * s)) / 2;
    case LR_LATE:
        return s < 0.5 ? 1 : 2 * (1 - s);
    case LR_STEP:
        return s < 0.6 ? 1 : s < 0.9 ? 0.1 : 0.01;
    case LR_STAIRS:
        for (int i = 0; i < 4 && s >= stairs[i]; i++)
            factor /= 4;
    }
    return factor;
}

double lr_schedule_factor(const struct lr_schedule *schedule, struct progress progress)
{
    bool task = schedule->span == LR_TASK;
    int64_t now = task ? progress.task_step : progress.step,
            end = task ? progress.n_task_step : progress.n_step;
    double s;

    if (end == 0)
        return 1;
    s = (double)now / (double)end;
    if (s < schedule->warmup) /* not 0 at the first batch */
        return (double)(now + 1) / (schedule->warmup * (double)end + 1);
    return falling((enum lr_schedule_shape)schedule->shape,
                   (s - schedule->warmup) / (1 - schedule->warmup));
}
