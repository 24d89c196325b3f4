/* Some of the groups of a section, as a section of their own: with colours and dashes of
 * their own, and a name that begins with the section's. */
#ifndef RESULTS_STATS_PARTS_H
#define RESULTS_STATS_PARTS_H

#include "results/stats/groups.h"

/* Those of one strategy: "split-mnist.class-replay". false = no memory. */
bool part_of_strategy(struct section *part, const struct section *section,
                      const char *strategy, struct arena *arena);

/* The n of the highest and the n of the lowest mean accuracy, where some cell ended ok;
 * in the order of the section: "split-mnist.class-extremes". false = no memory. */
bool part_of_extremes(struct section *part, const struct section *section, int n,
                      struct arena *arena);

/* The strategies of the section's groups, in their order; how many. The list is from the
 * arena, NULL where it has no memory left. */
const char **part_strategies(const struct section *section, int *n, struct arena *arena);

#endif
