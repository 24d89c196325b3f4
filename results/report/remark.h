/* Remarks on the figures of a section: which groups did not learn, and which have
 * forgotten as expected. docs/statistics.md gives the reasons. */
#ifndef RESULTS_REPORT_REMARK_H
#define RESULTS_REPORT_REMARK_H

#include "results/stats/groups.h"

/* Whether the group learnt its tasks clearly better than by answers that do not depend
 * on the image; true where that is not known. */
bool remark_learnt(const struct group *group);

/* A text for each group that did not learn: "backprop: learning accuracy 49.10 % is not
 * clearly above ...". NULL after the last. */
const char **remark_unlearnt(const struct section *section, struct arena *arena);

/* Learners whose accuracy on old tasks is near 0, as is to be expected in the class
 * scenario without a strategy of those that learnt. "backprop, noprop-dt", or NULL where
 * there are none. */
const char *remark_forgetful(const struct section *section, struct arena *arena);

#endif
