/* The sections of a suite file, each read by a function, and --set. Inside bench/suite
 * only: suite.c calls them. */
#ifndef BENCH_SUITE_SECTIONS_H
#define BENCH_SUITE_SECTIONS_H

#include "bench/suite/reader.h"

/* bench/suite/entries.c */
enum status suite_read_streams(struct reader *r, const struct node *node);
enum status suite_read_learners(struct reader *r, const struct node *node);
enum status suite_read_strategies(struct reader *r, const struct node *node);
enum status
suite_default_strategies(struct reader *r); /* the default: strategies: [none] */

/* bench/suite/seeds.c */
enum status suite_read_seeds(struct reader *r, const struct node *node);
enum status suite_read_tuning(struct reader *r, const struct node *node);

/* bench/suite/report_section.c */
enum status suite_read_report(struct reader *r, const struct node *node);
void suite_default_report(struct reader *r); /* the default: every plot, no target */

/* bench/suite/override.c: edits the tree as --set asks. */
enum status override_apply(struct reader *r, struct node *root,
                           const struct override *set);

#endif
