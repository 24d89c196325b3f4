/* What each learner reaches at what cost, beside what is published for it: the table for
 * a README, published.md. Times vary from run to run, so it is not among the tables that
 * do not (results/report/report.h). */
#ifndef RESULTS_REPORT_PUBLISHED_H
#define RESULTS_REPORT_PUBLISHED_H

#include "results/report/target.h"

/* A row per learner and strategy of the section: accuracy, the published accuracy (of the
 * first target that matches), their difference, epochs per task, thousands of images
 * trained on (more where an epoch is several passes), seconds of CPU, peak memory. */
struct table published_table(const struct section *section,
                             const struct comparison *comparison, int n,
                             struct arena *arena);

#endif
