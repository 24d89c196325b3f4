/* Accuracy over the tasks as a small plot of characters. */
#ifndef RESULTS_REPORT_CURVES_TEXT_H
#define RESULTS_REPORT_CURVES_TEXT_H

#include "results/report/table.h"
#include "results/stats/groups.h"

/* Eight heights from 0 to 1, one for each of n values: "█▅▁"; a blank where a value is NAN. */
const char *curve_text(const double *value, int n, struct arena *arena);

/* A row for each group of several tasks that was tested after each: stream, learner,
 * strategy, the curve, and the per cents at both its ends. */
struct table curves_terminal(const struct grouping *grouping, struct arena *arena);

#endif
