/* What the files of the plan share: bench/plan/plan.c unfolds a suite into products,
 * bench/plan/plan_cell.c makes their cells, bench/plan/plan_check.c checks them. Nobody
 * else includes this. */
#ifndef BENCH_PLAN_PLAN_PARTS_H
#define BENCH_PLAN_PLAN_PARTS_H

#include "bench/plan/config.h"
#include "bench/plan/plan.h"

/* A stream, a learner and a strategy, and what the suite leaves open for them. */
struct product {
    const struct config *stream, *learner, *strategy;
    struct grid shared; /* training and evaluation of the suite, one value of each */
    struct grid tuned;  /* of learner and strategy, one candidate each */
    const void *learner_options, *strategy_options; /* with them */
    const char *label, *shown; /* of the learner; shown: NULL = it has none */
    int candidate;
};

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
    struct {               /* the options that plan_check_images last accepted */
        const void *stream, *learner;
    } accepted;
    bool tuning;       /* candidates, not the suite's own cells */
    const int *winner; /* by product: the candidate taken; NULL = the first */
    int n_product;
};

/* Adds the cells of the product's current values, one for each seed. */
enum status plan_add_seeds(struct unfolding *u, const struct product *p,
                           const struct seed *seed, int n);

/* ERR_SUITE, placed at the entry that is to be changed, where the parts of the newest
 * cell do not go together. */
enum status plan_check_settings(struct unfolding *u, const struct cell *cell);
enum status plan_check_images(struct unfolding *u, const struct cell *cell);

/* The id of a cell fits into the field that results have for it. */
enum status plan_check_id(const struct unfolding *u, const struct cell *cell);

/* No two cells have the same id or are the same experiment; tuned cells may coincide. */
enum status plan_check_unique(const struct unfolding *u);

/* Every label that a target names is one of the plan's. */
enum status plan_check_targets(const struct unfolding *u);

#endif
