/* The other side of a pair at equal learning accuracy: learners that differ only in their
 * number of updates make a curve, which is read where it has learnt as much as A. */
#ifndef BENCH_COMMANDS_COMPARE_CURVE_H
#define BENCH_COMMANDS_COMPARE_CURVE_H

#include <stdbool.h>

#include "results/stats/groups.h"

struct curve {
    /* As B of a pair. ok: for each seed of A the learner with the next fewer updates;
     * metric: the curve where it first reaches A's learning accuracy, each metric on a
     * straight line from that learner to the next; NAN where it does not reach it; flops:
     * the mean of theirs. */
    struct group group;
    const struct metrics **low, **high; /* of these two learners */
    double *outside; /* A's learning accuracy above the curve or (below 0) below it; 0 =
                        the curve reaches it */
    int n_least, n_most; /* learners that a seed has, from .. to */
};

/* Whether a name is that of a curve, "curve:GLOB,GLOB..." or "curve:GLOB,GLOB.../STRATEGY",
 * of ids of learners. */
bool curve_is(const char *name);

/* The strategy that it names; NULL = that of the other side. */
const char *curve_strategy(const char *name);

/* Reads the curve at the learning accuracy of each seed of `a`, which is left out if it is
 * itself on the curve. ERR_RESULT unless the section has two learners for it, with
 * known training FLOPs, which order them, and equal in all but their updates. */
enum status curve_read(struct curve **curve, const char *name,
                       const struct section *section, const struct group *a,
                       struct arena *arena, struct error *err);

int curve_count_outside(const struct curve *curve);

/* Between which values A - B lies if the curve stays between its two neighbours: the means
 * over the matched seeds of A less the larger of them, and less the smaller. NAN where no
 * seed is matched. */
void curve_bound(const struct curve *curve, const struct group *a, enum metric metric,
                 double bound[2], struct arena *arena);

#endif
