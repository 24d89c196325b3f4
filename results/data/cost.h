/* What a cell cost: columns of results.csv and timing.csv that are not computed from its
 * accuracies. `bench explain` prints them after the metrics. */
#ifndef RESULTS_DATA_COST_H
#define RESULTS_DATA_COST_H

#include "results/data/metrics.h"

extern const struct metric_info cost_table[]; /* ends with a NULL name */

#endif
