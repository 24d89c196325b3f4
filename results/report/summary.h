/* The figures of a report as tables: mean and spread over seeds. */
#ifndef RESULTS_REPORT_SUMMARY_H
#define RESULTS_REPORT_SUMMARY_H

#include "results/plots/style.h"
#include "results/report/table.h"
#include "results/stats/groups.h"

/* One row per group: learner, strategy, n, the metrics that any group has (per cent, mean
 * ± std; the best mean of a column is strong, joint training and learners that did not
 * learn aside: the row of these is weak, and their name has a dagger), the peak memory
 * and, where asked for, the training time; of these what the style has as columns. Means
 * that the paired test over seeds does not tell from the best one at 5 %, though it has the
 * six pairs that this takes, are near. */
struct table summary_table(const struct section *section, const struct style *style,
                           bool time, struct arena *arena);

/* The shorter table for the terminal, over all sections. */
struct table summary_terminal(const struct grouping *grouping, struct arena *arena);

/* What is undefined in the table and why: "forgetting, bwt: n/a, one task"; one text per
 * reason. NULL after the last. */
const char **summary_reasons(const struct section *section, struct arena *arena);

/* summary.csv: one row per group and figure; nothing that varies from run to run. */
void summary_csv(const struct grouping *grouping, FILE *out);

/* The same as a list of objects. */
void summary_json(const struct grouping *grouping, FILE *out);

/* "97.53 ± 0.12", in per cent; n/a where there is no mean; says n where it is not
 * `n_cell`. */
const char *summary_percent(const struct statistics *s, int n_cell, struct arena *arena);

#endif
