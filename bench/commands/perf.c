#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/commands/commands.h"
#include "bench/commands/flags.h"
#include "bench/commands/perf_print.h"
#include "core/base/denormals.h"
#include "core/kernels/kernels.h"
#include "core/nn/blas.h"

enum { REPEATS = 9, REPEATS_MIN = 3, GLOB_MAX = 256 };

struct settings {
    char glob[GLOB_MAX];
    int repeats;
    bool profile;
    struct threads *threads;
    struct perf_output output;
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
        {.name = "filter", .value = &filter},
        {.name = "threads", .value = &threads},
        {.name = "repeats", .value = &repeats},
        {.name = "isa", .value = &isa},
        {.name = "json", .on = &settings->output.json},
        {.name = "profile", .on = &settings->profile},
        {.name = NULL},
    };
    int n;

    settings->output.n_thread = 1;
    settings->repeats = REPEATS;
    if (flags_read(table, argc, argv, &n, err) != OK || read_isa(isa, err) != OK ||
        read_count("threads", threads, 1, &settings->output.n_thread, err) != OK ||
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

static void warn(void)
{
    const char *blas = blas_warning();
    double load = perf_load();

    if (blas)
        fprintf(stderr, "warning: %s\n", blas);
    if (load > 0.5)
        fprintf(stderr,
                "warning: the machine is busy (load average %.1f on %ld cores); compare "
                "figures of runs made in turn, or measure when it is idle\n",
                load, sysconf(_SC_NPROCESSORS_ONLN));
}

static void measure(const struct settings *settings, const struct perf_case *perf,
                    struct perf_setup *setup)
{
    struct perf_time time = perf_measure(perf, setup, settings->repeats);
    struct perf_profile profile;

    if (settings->profile)
        profile = perf_profile(perf, setup);
    perf_print_case(&settings->output, perf, setup, time,
                    settings->profile ? &profile : NULL);
}

static enum status run_case(const struct settings *settings, const struct perf_case *perf,
                            struct error *err)
{
    struct perf_setup setup = {.n_thread = settings->output.n_thread,
                               .threads = settings->threads};
    struct error why = {0};

    if (arena_open(&setup.arena, 0, err) != OK)
        return err->status;
    if (perf->open(perf, &setup, &why) != OK)
        fprintf(stderr, "%s: skipped: %s\n", perf->name, why.text);
    else
        measure(settings, perf, &setup);
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
            settings->output.peak = perf_peak();
            perf_print_machine(&settings->output);
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
        return error_no_memory(err);
    perf_add_core(list);
    perf_add_kernels(list);
    perf_add_layers(list);
    perf_add_steps(list);
    if (settings.output.n_thread == 1 ||
        threads_open(&settings.threads, settings.output.n_thread, err) == OK)
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
        "                  [--isa SET] [--profile] [--json]\n"
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
        "  --profile    which share of a run each stage of the core takes\n"
        "  --json       one object per line: the machine, then every case\n"
        "\n"
        "Each case is warmed up, then measured in repeats of about 20 ms or one run. "
        "The\n"
        "table shows the median and range of a run, its rate, and its share of the peak, "
        "the\n"
        "most multiply-adds that one core makes here (measured first; times N with\n"
        "--threads N). FLOPs are those of the direct algorithm, whatever the kernel "
        "saves.\n"
        "Those of a stage are its own, in all threads together, the zeros that a product "
        "leaves\n"
        "out included, so that it may pass its peak, which is one core's.\n"
        "Bytes are the least that must move, for cases that memory limits. MiB and "
        "allocs\n"
        "are what the learner and its batch took from the arena before the first step; "
        "a\n"
        "step takes none.\n",
    .run = perf,
};
