/* The order of the groups in tables and figures, in place of the suite's. */
#ifndef RESULTS_STATS_ORDER_H
#define RESULTS_STATS_ORDER_H

#include "results/stats/groups.h"

/* ERR_USAGE where the key is neither a metric nor peak_bytes, train_seconds, train_flops,
 * learner, strategy. */
enum status order_check(const char *key, struct error *err);

/* Sorts the groups of each section by a key that order_check takes: the best first, what
 * is less first where less is better, names by the alphabet, and last those without a
 * value; of equals the order stays. NULL = nothing is done. ERR_MEMORY where the arena
 * has a limit. */
enum status order_groups(struct grouping *grouping, const char *key, struct arena *arena,
                         struct error *err);

#endif
