/* The figures of a report: drawn by gnuplot, or only prepared where it is missing.
 *
 * A folder plots/ inside the report's holds the scripts and one data file per figure,
 * each with the command that draws it, so that a figure can be redrawn in another style.
 * A section of more groups than a picture can show has a picture for each strategy.
 */
#ifndef RESULTS_PLOTS_FIGURE_H
#define RESULTS_PLOTS_FIGURE_H

#include "results/plots/plot.h"
#include "results/stats/groups.h"

struct figure {
    const struct section *section; /* NULL: of all sections */
    const char
        *name; /* "accuracy-split-mnist.class": of the .svg, the .png and the data */
    const char *caption;
    bool drawn;
};

struct figures {
    struct figure *figure;
    int n;
};

/* Draws the plots asked for, of each section. After an error the figures not yet drawn
 * stay undrawn. Without gnuplot none is drawn, *no_gnuplot is set, and the call is OK. */
enum status figures_draw(struct figures *figures, const struct grouping *grouping,
                         unsigned plots, const char *folder, bool *no_gnuplot,
                         struct arena *arena, struct error *err);

#endif
