#include <stdlib.h>

#include "bench/perf/perf.h"
#include "core/base/clock.h"
#include "core/kernels/kernels.h"

enum { REPEATS_MAX = 1000, PEAK_ROUNDS = 400000, PEAK_REPEATS = 9, PROFILE_REPEATS = 5 };

static const double repeat_seconds =
    0.02; /* long against the clock, short against a slice */

static double time_runs(const struct perf_case *perf, struct perf_setup *setup,
                        int64_t runs)
{
    double start = clock_seconds();

    for (int64_t i = 0; i < runs; i++)
        perf->run(setup->self);
    return (clock_seconds() - start) / (double)runs;
}

/* How many runs fill a repeat; trying 1, 2, 4, ... is the warm-up. */
static int64_t count_runs(const struct perf_case *perf, struct perf_setup *setup)
{
    int64_t runs = 1;

    time_runs(perf, setup, 1);
    while (time_runs(perf, setup, runs) * (double)runs < repeat_seconds)
        runs *= 2;
    return runs;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct perf_time perf_measure(const struct perf_case *perf, struct perf_setup *setup,
                              int repeats)
{
    int n = repeats < REPEATS_MAX ? repeats : REPEATS_MAX;
    int64_t runs = count_runs(perf, setup);
    double seconds[REPEATS_MAX];

    for (int i = 0; i < n; i++)
        seconds[i] = time_runs(perf, setup, runs);
    qsort(seconds, (size_t)n, sizeof *seconds, by_value);
    return (struct perf_time){
        .median = (seconds[n / 2] + seconds[(n - 1) / 2]) / 2,
        .min = seconds[0],
        .max = seconds[n - 1],
        .repeats = n,
        .runs = runs,
    };
}

static int by_seconds(const void *a, const void *b)
{
    double x = ((const struct stage *)a)->seconds, y = ((const struct stage *)b)->seconds;

    return (x < y) - (x > y);
}

struct perf_profile perf_profile(const struct perf_case *perf, struct perf_setup *setup)
{
    double runs = (double)count_runs(perf, setup) * PROFILE_REPEATS;
    struct perf_profile profile = {.n = 0};

    stages_start();
    profile.seconds = time_runs(perf, setup, (int64_t)runs);
    for (struct stage *stage = stages_stop(); stage && profile.n < PERF_STAGES;
         stage = stage->next) {
        struct stage *to = &profile.stage[profile.n++];

        *to = *stage;
        to->seconds /= runs;
        to->flop /= runs;
    }
    qsort(profile.stage, (size_t)profile.n, sizeof *profile.stage, by_seconds);
    return profile;
}

double perf_peak(void)
{
    const struct kernels *kernels = kernels_default();
    double best = 0;
    float sink;

    for (int i = 0; i < PEAK_REPEATS; i++) {
        double start = clock_seconds(), flop = kernels->peak(PEAK_ROUNDS, &sink);
        double rate = flop / (clock_seconds() - start);

        best = rate > best ? rate : best;
    }
    return best;
}
