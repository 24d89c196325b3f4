/* A cell: one experiment, with every setting resolved. */
#ifndef BENCH_PLAN_CELL_H
#define BENCH_PLAN_CELL_H

#include "bench/suite/settings.h"
#include "core/plug/learner.h"
#include "core/plug/strategy.h"
#include "core/plug/stream.h"

enum { SHARING_MOST = 4 }; /* room for each value of outputs.test */

struct cell {
    const char *id;       /* "split-mnist.class/noprop-dt-10/replay-500/seed-3" */
    char fingerprint[17]; /* 16 hex digits over `settings` */
    /* every setting that determines the result but the seeds, one "key: value" a line;
     * the seeds of a product share the text (the whole one: fingerprint_settings) */
    const char *settings;

    /* labels; that of the stream is without its scenario */
    const char *stream_id, *learner_id, *strategy_id;
    /* what a report shows in their place; NULL = they themselves */
    const char *stream_shown, *learner_shown, *strategy_shown;
    const struct stream *stream;
    const struct learner *learner;
    const struct strategy *strategy;
    /* state structs with the options filled in */
    const void *stream_options, *learner_options, *strategy_options;
    struct stream_setup setup;
    struct training training;
    struct evaluating evaluating;
    struct limits limits;
    uint64_t stream_seed, learner_seed;
    const char *seed; /* "3", or "s1-l2" */

    /* the next of the cells that share one training, because they differ in outputs.test
     * alone or, where they are tuned, not at all; SHARING_MOST of them at most; NULL = no
     * more */
    struct cell *next_sharing;

    int product;       /* number of the stream, learner and strategy with their grids */
    int candidate;     /* number of the values that its tuned options have */
    const char *tuned; /* those values: "lr: 0.001, blocks: 3"; "" if nothing is tuned */
};

/* How many cells share the training of this one, the first of them, itself included. */
int plan_count_sharing(const struct cell *cell);

struct globs { /* fnmatch patterns, where * crosses slashes */
    const char *const *glob;
    int n; /* 0 = every cell */
};

/* Whether the id of a cell matches one of them; NULL = yes. */
bool globs_match(const struct globs *globs, const char *id);
bool plan_match(const struct cell *cell, const struct globs *globs);

#endif
