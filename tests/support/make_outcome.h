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
        .id.fingerprint = "0123456789abcdef",
        .id.stream = "split-digits",
        .id.dataset = "digits",
        .id.scenario = "domain",
        .id.learner = "backprop",
        .id.strategy = "none",
        .id.seed = "1",
        .context.epochs = 3,
        .tests.n_task = n_task,
        .tests.future = true,
        .tests.chance = 0.5,
        .cost.threads = 1,
        .cost.parameters = 1000,
        .cost.train_flops = 1e9,
        .cost.blocks_in_memory = 3,
        .weights_hash = 0x00ff00ff00ff00ffu,
        .timing.train_seconds = 2,
        .timing.eval_seconds = 0.5,
        .timing.samples = 1000,
        .timing.cpu_seconds = 2.25,
        .timing.together = 2,
        .timing.peak_rss = 1 << 20,
        .timing.started = "2026-01-02T03:04:05Z",
        .origin.host = "host",
        .origin.isa = "avx2",
        .origin.blas_core = "Haswell",
        .cost.peak = {.total = 6400, .part = {1280, 640, 1280, 640, 640, 640, 640, 640}},
    };
    size_t n = (size_t)(n_task + 1) * (size_t)n_task;

    strcpy(o.id.cell, "split-digits.domain/backprop/none/seed-1");
    o.tests.eval.data = arena_take(arena, TAG_FIXED, n, sizeof *o.tests.eval.data);
    for (size_t k = 0; k < n; k++) {
        int row = (int)k / n_task;

        if (isnan(R[k]))
            continue;
        o.tests.eval.data[o.tests.eval.n++] = (struct evaluation){
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
    snprintf(o->id.scenario, sizeof o->id.scenario, "%s", scenario);
    snprintf(o->id.learner, sizeof o->id.learner, "%s", learner);
    snprintf(o->id.strategy, sizeof o->id.strategy, "%s", strategy);
    snprintf(o->id.seed, sizeof o->id.seed, "%d", seed);
    snprintf(o->id.cell, sizeof o->id.cell, "split-digits.%s/%s/%s/seed-%d", scenario,
             learner, strategy, seed);
}

#endif
