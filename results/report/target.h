/* Results held against published numbers, or those of an independent program.
 *
 * A mean lands on a published one when their difference is at most
 *   3 std_published sqrt(1 / n_published + 1 / n_ours) + 0.05 points,
 * and never less than 0.3 points, or by the margin that the target gives itself. The gate
 * has two sides: being better than published is a difference too. The published spread
 * alone sets its width, so that a bug that makes our runs noisy cannot widen it. */
#ifndef RESULTS_REPORT_TARGET_H
#define RESULTS_REPORT_TARGET_H

#include "results/report/report.h"
#include "results/report/table.h"
#include "results/stats/groups.h"

struct comparison {
    const struct target *target;
    const struct group *group; /* NULL = no cells match the target */
    struct statistics ours;    /* n = 0: nothing to compare with */
    double published_margin;   /* half the 95 % t-interval; NAN = spread or n unknown */
    double difference;         /* ours - published */
    double allowed;            /* for the size of the difference */
    bool inside;
};

/* One comparison per target and group that matches it, at least one per target; *n of
 * them. */
struct comparison *targets_compare(const struct target *target, int n_target,
                                   const struct grouping *grouping, int *n,
                                   struct arena *arena);

/* Whether there are comparisons and every one is inside. */
bool targets_met(const struct comparison *comparison, int n);

/* What the numbers are to be called: "published" where all of them are, else "reference".
 */
const char *target_kind(const struct comparison *comparison, int n);

struct table target_table(const struct comparison *comparison, int n,
                          struct arena *arena);

#endif
