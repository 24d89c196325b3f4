/* Some of the groups of a section, as a section of their own: with colours and dashes of
 * their own, and a name that begins with the section's. */
#ifndef RESULTS_STATS_PARTS_H
#define RESULTS_STATS_PARTS_H

#include "results/stats/groups.h"

/* Those of one strategy: "split-mnist.class-replay"; their labels are the learners', for
 * the title names the strategy. false = no memory. */
bool part_of_strategy(struct section *part, const struct section *section,
                      const char *strategy, struct arena *arena);

/* The n of the highest and the n of the lowest mean accuracy, where some cell ended ok;
 * in the order of the section: "split-mnist.class-extremes". false = no memory. */
bool part_of_extremes(struct section *part, const struct section *section, int n,
                      struct arena *arena);

enum { PARTS_MOST = 8 };

struct parts {
    const struct section *part[PARTS_MOST];
    int whole[PARTS_MOST]; /* groups that the part was chosen from */
    int n;
};

/* The section in parts of `most` groups, or (each) as many learners and strategies: itself,
 * or one part for each strategy where they are not too many; a part that still has too many
 * is cut to its extremes. false = no memory. */
bool parts_of(struct parts *parts, const struct section *section, int most, bool each,
              struct arena *arena);

#endif
