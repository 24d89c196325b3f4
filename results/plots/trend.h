/* A result against an option: cells whose settings are the same but for one number, and
 * their seeds, lie on a line. A suite need not ask for it: a grid over `blocks` makes a
 * line, and so do separate entries. */
#ifndef RESULTS_PLOTS_TREND_H
#define RESULTS_PLOTS_TREND_H

#include "results/stats/groups.h"

enum { TREND_POINTS = 3, TREND_MOST = 8 }; /* fewest on a line; options of a section */

struct trend {
    const char *key; /* "learner.blocks", not NUL-ended */
    int n_key;
    const char *name; /* "blocks" */
};

struct trend_point {
    double x;
    const struct group *group;
};

struct trend_line {
    const char *label; /* of its first group, without the option */
    const struct group *first;
    struct trend_point *point; /* n, in the order of x */
    int n;
};

struct trend_lines {
    struct trend_line *line;
    int n;
};

/* The options along which the section has a line; how many. */
int trends_of(const struct section *section, struct trend trend[TREND_MOST],
              struct arena *arena);

/* The lines along one of them. Groups without a finished cell are on none. */
struct trend_lines trend_lines(const struct section *section, const struct trend *trend,
                               struct arena *arena);

#endif
