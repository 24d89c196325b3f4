/* Outcomes made by hand, for the tests of results/. */
#ifndef TESTS_SUPPORT_MAKE_OUTCOME_H
#define TESTS_SUPPORT_MAKE_OUTCOME_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "results/data/outcome.h"

/* A finished cell whose accuracy matrix is R, n_task + 1 rows from row 0 (before
 * training) on; NAN = not measured. Every test set has `total` images, every task takes
 * 100 steps. */
static inline struct outcome make_outcome(const double *R, int n_task, int total,
                                          struct arena *arena)
{
    struct outcome o = {
        .fingerprint = "0123456789abcdef",
        .stream = "split-digits",
        .dataset = "digits",
        .scenario = "domain",
        .learner = "backprop",
        .strategy = "none",
        .seed = "1",
        .epochs = 3,
        .n_task = n_task,
        .future = true,
        .chance = 0.5,
        .threads = 1,
        .parameters = 1000,
        .train_flops = 1e9,
        .blocks_in_memory = 3,
        .weights_hash = 0x00ff00ff00ff00ffu,
        .train_seconds = 2,
        .eval_seconds = 0.5,
        .samples = 1000,
        .cpu_seconds = 2.25,
        .together = 2,
        .peak_rss = 1 << 20,
        .started = "2026-01-02T03:04:05Z",
        .host = "host",
        .isa = "avx2",
        .blas_core = "Haswell",
        .peak = {.total = 6400, .part = {1280, 640, 1280, 640, 640, 640, 640, 640}},
    };
    size_t n = (size_t)(n_task + 1) * (size_t)n_task;

    strcpy(o.cell, "split-digits.domain/backprop/none/seed-1");
    o.eval = arena_take(arena, TAG_FIXED, n, sizeof *o.eval);
    for (size_t k = 0; k < n; k++) {
        int row = (int)k / n_task;

        if (isnan(R[k]))
            continue;
        o.eval[o.n_eval++] = (struct evaluation){
            .after_task = row,
            .step = row * 100,
            .end = true,
            .task = (int)k % n_task,
            .hits = (int)lround(R[k] * total),
            .total = total,
        };
    }
    return o;
}

static inline void name_cell(struct outcome *o, const char *scenario, const char *learner,
                             const char *strategy, int seed)
{
    snprintf(o->scenario, sizeof o->scenario, "%s", scenario);
    snprintf(o->learner, sizeof o->learner, "%s", learner);
    snprintf(o->strategy, sizeof o->strategy, "%s", strategy);
    snprintf(o->seed, sizeof o->seed, "%d", seed);
    snprintf(o->cell, sizeof o->cell, "split-digits.%s/%s/%s/seed-%d", scenario, learner,
             strategy, seed);
}

#endif
