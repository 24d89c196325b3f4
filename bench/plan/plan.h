/* The plan: a suite unfolded into cells, each with every setting resolved. */
#ifndef BENCH_PLAN_PLAN_H
#define BENCH_PLAN_PLAN_H

#include "bench/suite/settings.h"
#include "bench/suite/suite.h"

enum { SHARING_MOST = 4 }; /* room for each value of outputs.test */

struct cell {
    const char *id;       /* "split-mnist.class/noprop-dt-10/replay-500/seed-3" */
    char fingerprint[17]; /* 16 hex digits over `settings` */
    const char
        *settings; /* every setting that determines the result, one "key: value" a line */

    const char *stream_id, *learner_id,
        *strategy_id; /* as shown; stream without scenario */
    const struct stream *stream;
    const struct learner *learner;
    const struct strategy *strategy;
    const void *stream_options, *learner_options,
        *strategy_options; /* state structs with the
                              options filled in */
    struct stream_setup setup;
    struct training training;
    struct evaluating evaluating;
    struct limits limits;
    uint64_t stream_seed, learner_seed;
    const char *seed;          /* "3", or "s1-l2" */
    struct cell *next_sharing; /* the next of the cells that share one training, because
                                  they differ in outputs.test alone or, where they are
                                  tuned, not at all: SHARING_MOST of them at most; NULL =
                                  no more */

    int product;   /* which stream, learner and strategy, with the grids of each */
    int candidate; /* of its options that are tuned: which values, and what they are */
    const char *tuned; /* "lr: 0.001, blocks: 3"; "" = none are */
};

struct plan {
    struct cell *cell; /* those of a product, and of a candidate of it, are together */
    int n, n_product;
    int n_left_out; /* cells of strategies and learners that do not go together, which
                       the suite skips */
};

/* Unfolds every product; the order is streams with their grids (scenario
 * innermost), learners, strategies, grids of the whole suite, seeds. ERR_SUITE for ids
 * that collide. winner: by product, the candidate that its tuned options take; NULL = the
 * first, before it is known. */
enum status plan_make(struct plan *plan, const struct suite *suite, const int *winner,
                      struct arena *arena, struct error *err);

/* Unfolds what there is to tune: every candidate of every product, in the same order, on
 * the first tasks of its stream and judged by images held out of their training data
 * (bench/study/tuning.h). A cell's id is "split-mnist.class/backprop/none/lr0.001/seed-1". */
enum status plan_make_tuning(struct plan *plan, const struct suite *suite,
                             struct arena *arena, struct error *err);

/* "18 cells", "18 cells (6 left out: incompatible)"; what: "cells". */
void plan_print_size(const struct plan *plan, const char *what, FILE *out);

/* How many cells share the training of this one, the first of them, itself included. */
int plan_count_sharing(const struct cell *cell);

/* Whether the cell's id matches the glob (fnmatch, where * crosses slashes); NULL = yes.
 */
bool plan_match(const struct cell *cell, const char *glob);

#endif
