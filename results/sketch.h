/* What a plot hands to its gnuplot script: a data file and a few arguments. */
#ifndef RESULTS_SKETCH_H
#define RESULTS_SKETCH_H

#include <stdio.h>

#include "results/group.h"

enum { N_SKETCH_ARGUMENT = 6 };

struct trend; /* results/trend.h */

struct sketch {
    const struct section *section;   /* NULL in a plot over all sections */
    const struct grouping *grouping; /* all sections */
    const struct trend *trend;       /* in a plot against an option, else NULL */
    struct arena *arena;
    FILE *data; /* where to write what the script reads */
    /* filled by the plot */
    const char
        *argument[N_SKETCH_ARGUMENT]; /* after DATA OUT FORMAT; NULL after the last */
    const char *caption;
};

/* Writes the name in quotes, with no quote inside. */
void sketch_name(struct sketch *sketch, const char *name);

/* Values from which an interval is drawn: that of two is twelve times as wide as their
 * distance, and tells nothing. */
enum { N_INTERVAL = 3 };

/* Writes the mean and its 95 % interval, times a scale; of too few values the mean is its
 * own interval, which the scripts do not draw. It ends at least and most, before the
 * scale. */
void sketch_interval(struct sketch *sketch, const struct statistics *s, double scale,
                     double least, double most);

/* The same for a share, in per cent: its interval ends at 0 and 100. */
void sketch_share(struct sketch *sketch, const struct statistics *s);

/* For a caption: that of some groups no interval is drawn, or "". */
const char *sketch_few(const struct section *section);

/* The list with one more entry: the quoted label or text, or the numbers of colour and
 * dash. */
const char *sketch_label(struct sketch *sketch, const char *list,
                         const struct group *group);
const char *sketch_text(struct sketch *sketch, const char *list, const char *text);
const char *sketch_style(struct sketch *sketch, const char *list,
                         const struct group *group);

const char *sketch_count(struct sketch *sketch, int n);

#endif
