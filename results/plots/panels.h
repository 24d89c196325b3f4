/* Small multiples: a section's curves in panels, where one plot would be too crowded.
 *
 * There is a panel for each learner, with a curve for each strategy; or, where there are
 * more strategies, the other way round. Where one of the two is the same for all, each
 * panel has one curve, and the others in grey. */
#ifndef RESULTS_PLOTS_PANELS_H
#define RESULTS_PLOTS_PANELS_H

#include "results/plots/plot_data.h"

enum { N_TOGETHER = 6 }; /* curves of a plot; more of them are drawn in panels */

/* The groups that have a block of data, in its order. */
struct curves {
    const struct group **group;
    int n;
};

/* Fills script and arguments of the plot; axes: two quoted titles; marks: as panels.gp has
 * them. Returns what the caption says of the panels. */
const char *panels_fill(struct plot_data *plot_data, const struct curves *curves,
                        const char *axes, const char *marks);

#endif
