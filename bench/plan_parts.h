/* What the files of the plan share: bench/plan.c unfolds a suite, bench/plan_check.c
 * looks whether its cells go together. Nobody else includes this. */
#ifndef BENCH_PLAN_PARTS_H
#define BENCH_PLAN_PARTS_H

#include "bench/plan.h"
#include "bench/variant.h"

struct origin { /* what a cell was made from */
    const struct entry *stream, *learner, *strategy;
};

struct unfolding {
    const struct suite *suite;
    struct plan *plan;
    struct arena *arena;
    struct error *err;
    struct variants streams, learners, strategies;
    struct origin *origin; /* of every cell */
    bool tuning;           /* candidates, not the suite's own cells */
    const int *winner;     /* by product: the candidate taken; NULL = the first */
    int n_product;
};

/* No two cells have one id, or are the same experiment; those that are tuned may meet. */
enum status plan_check_unique(const struct unfolding *u);

/* A label that a target names is one of the plan's. */
enum status plan_check_targets(const struct unfolding *u);

#endif
