/* What a plot hands to its gnuplot script: a data file and a few arguments. */
#ifndef RESULTS_PLOTS_PLOT_DATA_H
#define RESULTS_PLOTS_PLOT_DATA_H

#include <stdio.h>

#include "results/plots/style.h"
#include "results/stats/groups.h"

enum { N_PLOT_ARGUMENT = 6 };

struct trend; /* results/plots/trend.h */

struct plot_data {
    const struct section *section;   /* NULL in a plot over all sections */
    const struct grouping *grouping; /* all sections */
    const struct trend *trend;       /* in a plot against an option, else NULL */
    const struct style *style;
    struct arena *arena;
    FILE *data; /* where to write what the script reads */
    /* filled by the plot */
    const char
        *argument[N_PLOT_ARGUMENT]; /* after DATA OUT FORMAT; NULL after the last */
    const char *caption;
    const char *script; /* where it is not that of the kind; else NULL */
    bool cut;           /* an interval ends outside of what is drawn */
    enum { INTERVAL_BARS, INTERVAL_BANDS, INTERVAL_NONE } intervals; /* drawn as */
};

/* Writes the name in quotes, with no quote inside. */
void plot_data_name(struct plot_data *plot_data, const char *name);

/* An interval is drawn from this many values on: that of two is twelve times as wide as
 * their distance. */
enum { N_INTERVAL = 3 };

#define PLOT_DATA_BAND ", band = 95 % t-interval of the mean"
#define PLOT_DATA_BARS ", bars = 95 % t-interval of the mean"

/* Writes the mean and its 95 % interval, times a scale; of too few values the mean is its
 * own interval, which the scripts do not draw. least and most, before the scale, are what
 * the axis shows: of an interval that goes on, the scripts draw an arrow in place of its
 * end, which plot_data_cut explains. */
void plot_data_interval(struct plot_data *plot_data, const struct statistics *s,
                        double scale, double least, double most);

/* The same for a share, in per cent, on an axis from 0 to 100. */
void plot_data_share(struct plot_data *plot_data, const struct statistics *s);

/* For a caption: the words, where any interval is drawn, or "". */
const char *plot_data_bounds(const struct plot_data *plot_data, const char *words);

/* For a caption: that of some groups no interval is drawn, or "". */
const char *plot_data_few(const struct plot_data *plot_data);

/* For a caption: what the arrows mean, or where bands are cut, or "". */
const char *plot_data_cut(const struct plot_data *plot_data);

/* For a caption: who is missing, because no cell ended ok, or "". */
const char *plot_data_missing(const struct section *section, struct arena *arena);

/* The group's label; where some of its cells did not end ok: "label (1 of 4 ok)". */
const char *plot_data_name_of(const struct group *group, struct arena *arena);

/* The unit, in operations, in which a count of them has one to three digits before the
 * point, and its name: "GFLOP". */
double plot_data_unit(double flops, const char **name);

/* The list with one more entry: the quoted label or text, or the numbers of colour and
 * dash. */
const char *plot_data_label(struct plot_data *plot_data, const char *list,
                            const struct group *group);
const char *plot_data_text(struct plot_data *plot_data, const char *list,
                           const char *text);
const char *plot_data_style(struct plot_data *plot_data, const char *list,
                            const struct group *group);

const char *plot_data_count(struct plot_data *plot_data, int n);

#endif
