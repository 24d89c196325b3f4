#include "noprop/schedule.h"

#include <math.h>

static double cosine(double u)
{
    double c = cos((u + 0.008) / 1.008 * acos(-1.0) / 2);

    return c * c;
}

void schedule_cosine(struct schedule *schedule, int T, double clip, struct arena *arena)
{
    schedule->T = T;
    schedule->abar = arena_take(arena, TAG_FIXED, (size_t)T + 1, sizeof(double));
    for (int t = 0; schedule->abar && t <= T; t++) {
        double abar = cosine(1 - (double)t / T) / cosine(0);

        schedule->abar[t] = fmin(fmax(abar, clip), 1 - clip);
    }
}

double schedule_snr(const struct schedule *schedule, int t)
{
    return schedule->abar[t] / (1 - schedule->abar[t]);
}

struct transition schedule_between(double before, double now)
{
    double alpha =
        before / now; /* alpha_{t-1}: abar_t is the product of alpha_t..alpha_T */

    return (struct transition){
        .a = sqrt(now) * (1 - alpha) / (1 - before),
        .b = sqrt(alpha) * (1 - now) / (1 - before),
        .c = (1 - now) * (1 - alpha) / (1 - before),
    };
}

struct transition schedule_transition(const struct schedule *schedule, int t)
{
    return schedule_between(schedule->abar[t - 1], schedule->abar[t]);
}

void schedule_move(struct transition step, struct mat z, struct mat uhat, struct mat eps)
{
    real a = (real)step.a, b = (real)step.b;

    for (int i = 0; i < z.rows; i++)
        for (int j = 0; j < z.cols; j++)
            mat_row(z, i)[j] =
                a * mat_row(uhat, i)[j] + b * mat_row(z, i)[j] + mat_row(eps, i)[j];
}

double schedule_weight(const struct schedule *schedule, int t, double eta)
{
    return schedule->T / 2.0 * eta *
           (schedule_snr(schedule, t) - schedule_snr(schedule, t - 1));
}
