/* What the numbers of a section say, in a sentence or two. */
#ifndef RESULTS_REPORT_HEADLINE_H
#define RESULTS_REPORT_HEADLINE_H

#include "results/stats/groups.h"

/* "On split-mnist.class, X has the highest average accuracy, 85.00 % (n = 3), and forgets
 * 5.00 points; the next is Y with 80.00 %. ...": who is best and second, whether their 95 % intervals overlap (of three
 * seeds on), what the best forgets, and what joint training reaches. Who did not learn
 * (remark.h) is not best. */
const char *headline(const struct section *section, struct arena *arena);

#endif
