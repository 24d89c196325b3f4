/* Remarks on the figures of a section: which groups did not learn, and which have
 * forgotten as expected. docs/statistics.md gives the reasons. */
#ifndef RESULTS_REPORT_REMARK_H
#define RESULTS_REPORT_REMARK_H

#include "results/stats/groups.h"

/* Whether the group learnt its tasks clearly better than by answers that do not depend
 * on the image; true where that is not known. */
bool remark_learnt(const struct group *group);

/* A text for each group that did not learn, with the figure that remark_learnt judges by:
 * "backprop did not learn: learning accuracy is 49.10 %, not above 1.2 times the 50.00 %
 * of guessing ...". NULL after the last. */
const char **remark_unlearnt(const struct section *section, struct arena *arena);

/* Groups whose accuracy on old tasks is near 0, as is to be expected in the class
 * scenario where images of old tasks are not trained on again (context.keeps_past), of
 * those that learnt. "backprop, backprop + ewc-100", or NULL where there are none. */
const char *remark_forgetful(const struct section *section, struct arena *arena);

/* Groups that learnt the first task and hardly any later one, in the class scenario: too
 * strong a penalty does that. Their low forgetting says nothing. As above. */
const char *remark_stuck(const struct section *section, struct arena *arena);

#endif
