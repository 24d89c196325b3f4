/* What the files of the plan share: bench/plan/plan.c unfolds a suite, bench/plan/plan_check.c
 * looks whether its cells go together. Nobody else includes this. */
#ifndef BENCH_PLAN_PLAN_PARTS_H
#define BENCH_PLAN_PLAN_PARTS_H

#include "bench/plan/config.h"
#include "bench/plan/plan.h"

struct origin { /* what a cell was made from */
    const struct entry *stream, *learner, *strategy;
};

struct unfolding {
    const struct suite *suite;
    struct plan *plan;
    struct arena *arena;
    struct error *err;
    struct configs streams, learners, strategies;
    struct origin *origin; /* of every cell */
    struct {               /* what was last found to fit */
        const void *stream,
            *learner; /* options, with the setup of the stream's variant */
    } fits;
    bool tuning;       /* candidates, not the suite's own cells */
    const int *winner; /* by product: the candidate taken; NULL = the first */
    int n_product;
};

/* The stream and the learner of a new cell fit the images. */
enum status plan_check_fit(struct unfolding *u, const struct cell *cell);

/* The id of a cell fits where a result has it. */
enum status plan_check_id(const struct unfolding *u, const struct cell *cell);

/* No two cells have one id, or are the same experiment; those that are tuned may meet. */
enum status plan_check_unique(const struct unfolding *u);

/* A label that a target names is one of the plan's. */
enum status plan_check_targets(const struct unfolding *u);

#endif
