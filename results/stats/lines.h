/* The colour and the dash of every group's line, unique within its section. */
#ifndef RESULTS_STATS_LINES_H
#define RESULTS_STATS_LINES_H

#include "results/stats/groups.h"

/* Sets hue and dash. Colour tells the learner and dash the strategy; where all learners
 * (or strategies) are the same, both tell the other. */
enum status lines_choose(struct section *section, struct arena *arena, struct error *err);

#endif
