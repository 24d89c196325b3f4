/* What `bench perf` measures: cases, each prepared once on random data and run many
 * times.
 *
 * Names are paths ("gemm/mlp-forward", "step/noprop-dt/peer-block"). bench/perf/core.c
 * has products, random numbers, optimisers and a loss as they are called,
 * bench/perf/kernel.c every kernel by itself, bench/perf/layer.c layers,
 * bench/perf/step.c one training step of every learner. */
#ifndef BENCH_PERF_PERF_H
#define BENCH_PERF_PERF_H

#include "core/base/arena.h"
#include "core/base/dataset.h"
#include "core/base/stage.h"
#include "core/plug/learner.h"

enum { PERF_NAME_MAX = 96, PERF_CASES = 256 };

struct perf_setup { /* a case that is ready to run, with its memory */
    struct arena arena;
    void *self;  /* what the case keeps, from the arena */
    double flop; /* of one run; 0 = not counted */
    double
        bytes; /* moved by one run at least; counted where memory is the limit, else 0 */
    double samples; /* trained by one run; 0 = this is a kernel */
    int n_thread;
    struct threads *threads; /* n_thread of them; NULL = one */
};

struct perf_case {
    char name[PERF_NAME_MAX];
    enum status (*open)(const struct perf_case *perf, struct perf_setup *setup,
                        struct error *err);
    void (*run)(void *self);
    /* Parameters of the case; each kind uses those it needs. */
    const struct learner *learner;
    const char *net;
    struct shape shape;
    int size[5];
};

struct perf_list {
    struct perf_case perf[PERF_CASES];
    int n;
};

/* Each appends its cases. */
void perf_add_core(struct perf_list *list);
void perf_add_kernels(struct perf_list *list);
void perf_add_layers(struct perf_list *list);
void perf_add_steps(struct perf_list *list);

struct perf_time { /* seconds of one run, over the repeats */
    double median, min, max;
    int repeats;
    int64_t runs; /* in each repeat; its time is their mean */
};

/* Warms up, then measures. */
struct perf_time perf_measure(const struct perf_case *perf, struct perf_setup *setup,
                              int repeats);

/* The stages (core/base/stage.h) of one more repeat: seconds and operations of a run,
 * over all threads, those that took longest first. */
enum { PERF_STAGES = 32 };
struct perf_profile {
    struct stage stage[PERF_STAGES];
    int n;
    double seconds; /* of a run, by the clock */
};

struct perf_profile perf_profile(const struct perf_case *perf, struct perf_setup *setup);

/* Floating-point operations per second of fused multiply-adds on one core. */
double perf_peak(void);

#endif
