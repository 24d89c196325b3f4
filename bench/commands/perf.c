#include <fnmatch.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/commands/commands.h"
#include "bench/commands/flags.h"
#include "bench/perf/perf.h"
#include "core/base/denormals.h"
#include "core/kernels/kernels.h"
#include "core/nn/blas.h"

enum { REPEATS = 9, REPEATS_MIN = 3, GLOB_MAX = 256 };

struct settings {
    char glob[GLOB_MAX];
    int n_thread, repeats;
    bool json;
    struct threads *threads;
    double peak; /* of one core, operations per second */
};

static enum status read_count(const char *flag, const char *text, int low, int *count,
                              struct error *err)
{
    char *end;
    long n;

    if (!text)
        return OK;
    n = strtol(text, &end, 10);
    if (end == text || *end || n < low || n > 1000)
        return error_set(err, ERR_USAGE, "--%s takes a number from %d to 1000, not '%s'",
                         flag, low, text);
    *count = (int)n;
    return OK;
}

static enum status read_isa(const char *text, struct error *err)
{
    for (enum isa isa = 0; isa < N_ISA && text; isa++)
        if (strcmp(isa_name(isa), text) == 0 && kernels_of(isa)) {
            kernels_limit(isa);
            return OK;
        }
    if (!text)
        return OK;
    return error_set(err, ERR_USAGE, "--isa: '%s' does not run here (the best is %s)",
                     text, isa_name(kernels_best()));
}

static enum status read_settings(struct settings *settings, int argc, char **argv,
                                 struct error *err)
{
    const char *filter = NULL, *threads = NULL, *repeats = NULL, *isa = NULL;
    const struct flag table[] = {
        {.name = "filter", .value = &filter},    {.name = "threads", .value = &threads},
        {.name = "repeats", .value = &repeats},  {.name = "isa", .value = &isa},
        {.name = "json", .on = &settings->json}, {.name = NULL},
    };
    int n;

    settings->n_thread = 1;
    settings->repeats = REPEATS;
    if (flags_read(table, argc, argv, &n, err) != OK || read_isa(isa, err) != OK ||
        read_count("threads", threads, 1, &settings->n_thread, err) != OK ||
        read_count("repeats", repeats, REPEATS_MIN, &settings->repeats, err) != OK)
        return err->status;
    if (n > 1 || (n == 1 && filter))
        return error_set(err, ERR_USAGE, "bench perf takes one FILTER");
    snprintf(settings->glob, sizeof settings->glob, "*%s*",
             filter ? filter
             : n    ? argv[0]
                    : "");
    return OK;
}

static double load_average(void)
{
    double load = 0;

    return getloadavg(&load, 1) == 1 ? load : 0;
}

static void warn(void)
{
    const char *blas = blas_warning();
    double load = load_average();

    if (blas)
        fprintf(stderr, "warning: %s\n", blas);
    if (load > 0.5)
        fprintf(stderr,
                "warning: the machine is busy (load average %.1f on %ld cores); compare "
                "figures of runs made in turn, or measure when it is idle\n",
                load, sysconf(_SC_NPROCESSORS_ONLN));
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

static void print_machine(const struct settings *settings)
{
    const char *isa = isa_name(kernels_best());
    json_t *object;

    if (!settings->json) {
        printf(
            "%s kernels, BLAS %s, one core: %.1f GFLOP/s of multiply-adds\n\n%-34s %11s "
            "%21s %9s %8s %6s %7s %9s %9s %6s\n",
            isa, blas_core(), 1e-9 * settings->peak, "", "ms median", "min .. max",
            "MFLOP", "GFLOP/s", "peak", "GB/s", "samples/s", "MiB", "allocs");
        return;
    }
    object = json_object();
    json_object_set_new(object, "isa", json_string(isa));
    json_object_set_new(object, "blas_core", json_string(blas_core()));
    json_object_set_new(object, "threads", json_integer(settings->n_thread));
    add_real(object, "peak_gflops", 1e-9 * settings->peak);
    json_object_set_new(object, "load_average", json_real(load_average()));
    print_json(object);
}

static void print_number(int width, int digits, double value, const char *unit)
{
    if (value > 0)
        printf(" %*.*f%s", width, digits, value, unit);
    else
        printf(" %*s", width + (int)strlen(unit), "");
}

static void print_row(const struct settings *settings, const struct perf_case *perf,
                      const struct perf_setup *setup, struct perf_time time)
{
    double rate = setup->flop / time.median;
    int threads = setup->samples > 0 ? settings->n_thread : 1;

    printf("%-34s %11.4g %9.4g .. %8.4g", perf->name, 1e3 * time.median, 1e3 * time.min,
           1e3 * time.max);
    print_number(9, 2, 1e-6 * setup->flop, "");
    print_number(8, 1, 1e-9 * rate, "");
    print_number(5, 0, 100 * rate / (settings->peak * threads), "%");
    print_number(7, 1, 1e-9 * setup->bytes / time.median, "");
    print_number(9, 0, setup->samples / time.median, "");
    print_number(9, 1, setup->samples > 0 ? (double)setup->arena.peak.total / 0x1p20 : 0,
                 "");
    print_number(6, 0, setup->samples > 0 ? (double)setup->arena.n_piece : 0, "");
    putchar('\n');
    fflush(stdout);
}

static void print_result(const struct settings *settings, const struct perf_case *perf,
                         const struct perf_setup *setup, struct perf_time time)
{
    double rate = setup->flop / time.median;
    int threads = setup->samples > 0 ? settings->n_thread : 1;
    json_t *object = json_object();

    json_object_set_new(object, "name", json_string(perf->name));
    json_object_set_new(object, "repeats", json_integer(time.repeats));
    json_object_set_new(object, "runs_per_repeat", json_integer(time.runs));
    add_real(object, "ms_median", 1e3 * time.median);
    add_real(object, "ms_min", 1e3 * time.min);
    add_real(object, "ms_max", 1e3 * time.max);
    add_real(object, "flop", setup->flop);
    add_real(object, "gflops", 1e-9 * rate);
    add_real(object, "peak_share", rate / (settings->peak * threads));
    add_real(object, "gbytes_per_s", 1e-9 * setup->bytes / time.median);
    add_real(object, "samples_per_s", setup->samples / time.median);
    json_object_set_new(object, "arena_peak_bytes",
                        json_integer((json_int_t)setup->arena.peak.total));
    json_object_set_new(object, "allocations",
                        json_integer((json_int_t)setup->arena.n_piece));
    print_json(object);
}

static enum status run_case(const struct settings *settings, const struct perf_case *perf,
                            struct error *err)
{
    struct perf_setup setup = {.n_thread = settings->n_thread,
                               .threads = settings->threads};
    struct error why = {0};

    if (arena_open(&setup.arena, 0, err) != OK)
        return err->status;
    if (perf->open(perf, &setup, &why) != OK)
        fprintf(stderr, "%s: skipped: %s\n", perf->name, why.text);
    else if (settings->json)
        print_result(settings, perf, &setup,
                     perf_measure(perf, &setup, settings->repeats));
    else
        print_row(settings, perf, &setup, perf_measure(perf, &setup, settings->repeats));
    arena_close(&setup.arena);
    return OK;
}

static enum status run_cases(struct settings *settings, const struct perf_list *list,
                             struct error *err)
{
    int n = 0;

    for (int i = 0; i < list->n && err->status == OK; i++) {
        if (fnmatch(settings->glob, list->perf[i].name, 0) != 0)
            continue;
        if (n++ == 0) {
            warn();
            settings->peak = perf_peak();
            print_machine(settings);
        }
        run_case(settings, &list->perf[i], err);
    }
    if (n == 0)
        error_set(err, ERR_USAGE, "nothing to measure is called '%s'", settings->glob);
    return err->status;
}

static enum status perf(int argc, char **argv, int *exit_status, struct error *err)
{
    struct settings settings = {0};
    struct perf_list *list;

    if (read_settings(&settings, argc, argv, err) != OK)
        return err->status;
    denormals_flush();
    list = calloc(1, sizeof *list);
    if (!list)
        return error_set(err, ERR_MEMORY, "the machine has no memory left");
    perf_add_core(list);
    perf_add_kernels(list);
    perf_add_layers(list);
    perf_add_steps(list);
    if (settings.n_thread == 1 ||
        threads_open(&settings.threads, settings.n_thread, err) == OK)
        run_cases(&settings, list, err);
    threads_close(settings.threads);
    free(list);
    return err->status;
}

const struct command command_perf = {
    .name = "perf",
    .about = "how fast the tensor core and one step of every learner run here",
    .usage =
        "usage: bench perf [FILTER] [--filter GLOB] [--threads N] [--repeats N]\n"
        "                  [--isa SET] [--json]\n"
        "\n"
        "Micro-benchmarks on random data: matrix products, random numbers, optimisers, "
        "every\n"
        "kernel and the layers of the tensor core, and one training step (batch 128) of\n"
        "every learner.\n"
        "\n"
        "  FILTER       only cases whose name contains this (a glob: gemm, "
        "'step/*/mlp*')\n"
        "  --threads N  of a training step, where the learner can use them (default 1)\n"
        "  --repeats N  measurements of each case (default 9)\n"
        "  --isa SET    baseline, avx2 or avx512 (default: the best that runs here); "
        "each\n"
        "               gemm case is also measured with OpenBLAS (OPENBLAS_CORETYPE)\n"
        "  --json       one object per line: the machine, then every case\n"
        "\n"
        "Each case is warmed up, then measured in repeats of about 20 ms or one run. "
        "The\n"
        "table shows the median and range of a run, its rate, and its share of the peak, "
        "the\n"
        "most multiply-adds that one core makes here (measured first; times N with\n"
        "--threads N). FLOPs are those of the direct algorithm, whatever the kernel "
        "saves.\n"
        "Bytes are the least that must move, for cases that memory limits. MiB and "
        "allocs\n"
        "are what the learner and its batch took from the arena before the first step; "
        "a\n"
        "step takes none.\n",
    .run = perf,
};
