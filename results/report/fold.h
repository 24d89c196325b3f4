/* Columns of a table that say the same as one before them. */
#ifndef RESULTS_REPORT_FOLD_H
#define RESULTS_REPORT_FOLD_H

#include "results/report/table.h"

/* Leaves out columns after the `from` first that repeat an earlier one of them in every
 * row, or repeat it with the sign changed. Returns which: "accuracy sample = accuracy,
 * bwt = -forgetting", "" = none. Of a table of one row nothing is left out. */
const char *table_fold(struct table *table, int from, struct arena *arena);

#endif
