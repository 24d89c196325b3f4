#include "bench/commands/perf_print.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/kernels/kernels.h"
#include "core/nn/blas.h"

double perf_load(void)
{
    double load = 0;

    return getloadavg(&load, 1) == 1 ? load : 0;
}

/* One JSON object on a line of its own; 0 = the value does not apply. */
static void print_json(json_t *object)
{
    json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
    putchar('\n');
    fflush(stdout);
    json_decref(object);
}

static void add_real(json_t *object, const char *key, double value)
{
    json_object_set_new(object, key, value > 0 ? json_real(value) : json_null());
}

void perf_print_machine(const struct perf_output *to)
{
    const char *isa = isa_name(kernels_best());
    json_t *object;

    if (!to->json) {
        printf(
            "%s kernels, BLAS %s, one core: %.1f GFLOP/s of multiply-adds\n\n%-34s %11s "
            "%21s %9s %8s %6s %7s %9s %9s %6s\n",
            isa, blas_core(), 1e-9 * to->peak, "", "ms median", "min .. max", "MFLOP",
            "GFLOP/s", "peak", "GB/s", "samples/s", "MiB", "allocs");
        return;
    }
    object = json_object();
    json_object_set_new(object, "isa", json_string(isa));
    json_object_set_new(object, "blas_core", json_string(blas_core()));
    json_object_set_new(object, "threads", json_integer(to->n_thread));
    add_real(object, "peak_gflops", 1e-9 * to->peak);
    json_object_set_new(object, "load_average", json_real(perf_load()));
    print_json(object);
}

static void print_number(int width, int digits, double value, const char *unit)
{
    if (value > 0)
        printf(" %*.*f%s", width, digits, value, unit);
    else
        printf(" %*s", width + (int)strlen(unit), "");
}

/* Threads that the case may keep busy. */
static int threads_of(const struct perf_output *to, const struct perf_setup *setup)
{
    return setup->samples > 0 ? to->n_thread : 1;
}

static void print_row(const struct perf_output *to, const struct perf_case *perf,
                      const struct perf_setup *setup, struct perf_time time)
{
    double rate = setup->flop / time.median;
    int threads = threads_of(to, setup);

    printf("%-34s %11.4g %9.4g .. %8.4g", perf->name, 1e3 * time.median, 1e3 * time.min,
           1e3 * time.max);
    print_number(9, 2, 1e-6 * setup->flop, "");
    print_number(8, 1, 1e-9 * rate, "");
    print_number(5, 0, 100 * rate / (to->peak * threads), "%");
    print_number(7, 1, 1e-9 * setup->bytes / time.median, "");
    print_number(9, 0, setup->samples / time.median, "");
    print_number(9, 1, setup->samples > 0 ? (double)setup->arena.peak.total / 0x1p20 : 0,
                 "");
    print_number(6, 0, setup->samples > 0 ? (double)setup->arena.n_piece : 0, "");
    putchar('\n');
    fflush(stdout);
}

/* What no stage took, and the threads' waiting. */
static double rest_of(const struct perf_profile *profile, int threads)
{
    double rest = profile->seconds * threads;

    for (int i = 0; i < profile->n; i++)
        rest -= profile->stage[i].seconds;
    return rest > 0 ? rest : 0;
}

static void print_stage(const struct perf_output *to, const char *name, double seconds,
                        double flop, double share)
{
    printf("  %-32s %11.4g %20.1f%%", name, 1e3 * seconds, 100 * share);
    print_number(9, 2, 1e-6 * flop, "");
    print_number(8, 1, 1e-9 * flop / seconds, "");
    print_number(5, 0, 100 * flop / seconds / to->peak, "%");
    putchar('\n');
}

static void print_stages(const struct perf_output *to, const struct perf_profile *profile,
                         int threads)
{
    double all = profile->seconds * threads;

    for (int i = 0; i < profile->n; i++)
        print_stage(to, profile->stage[i].name, profile->stage[i].seconds,
                    profile->stage[i].flop, profile->stage[i].seconds / all);
    print_stage(to, threads > 1 ? "the rest, and waiting" : "the rest",
                rest_of(profile, threads), 0, rest_of(profile, threads) / all);
}

static json_t *stages_object(const struct perf_output *to,
                             const struct perf_profile *profile, int threads)
{
    double all = profile->seconds * threads;
    json_t *stages = json_object();

    for (int i = 0; i < profile->n; i++) {
        const struct stage *stage = &profile->stage[i];
        json_t *object = json_object();

        add_real(object, "ms", 1e3 * stage->seconds);
        add_real(object, "share", stage->seconds / all);
        add_real(object, "gflops", 1e-9 * stage->flop / stage->seconds);
        add_real(object, "peak_share", stage->flop / stage->seconds / to->peak);
        json_object_set_new(stages, stage->name, object);
    }
    return stages;
}

static void print_result(const struct perf_output *to, const struct perf_case *perf,
                         const struct perf_setup *setup, struct perf_time time,
                         const struct perf_profile *profile)
{
    double rate = setup->flop / time.median;
    int threads = threads_of(to, setup);
    json_t *object = json_object();

    json_object_set_new(object, "name", json_string(perf->name));
    json_object_set_new(object, "repeats", json_integer(time.repeats));
    json_object_set_new(object, "runs_per_repeat", json_integer(time.runs));
    add_real(object, "ms_median", 1e3 * time.median);
    add_real(object, "ms_min", 1e3 * time.min);
    add_real(object, "ms_max", 1e3 * time.max);
    add_real(object, "flop", setup->flop);
    add_real(object, "gflops", 1e-9 * rate);
    add_real(object, "peak_share", rate / (to->peak * threads));
    add_real(object, "gbytes_per_s", 1e-9 * setup->bytes / time.median);
    add_real(object, "samples_per_s", setup->samples / time.median);
    json_object_set_new(object, "arena_peak_bytes",
                        json_integer((json_int_t)setup->arena.peak.total));
    json_object_set_new(object, "allocations",
                        json_integer((json_int_t)setup->arena.n_piece));
    if (profile)
        json_object_set_new(object, "stages", stages_object(to, profile, threads));
    print_json(object);
}

void perf_print_case(const struct perf_output *to, const struct perf_case *perf,
                     const struct perf_setup *setup, struct perf_time time,
                     const struct perf_profile *profile)
{
    if (to->json) {
        print_result(to, perf, setup, time, profile);
        return;
    }
    print_row(to, perf, setup, time);
    if (profile)
        print_stages(to, profile, threads_of(to, setup));
}
