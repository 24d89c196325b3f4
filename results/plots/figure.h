/* The figures of a report: their data and gnuplot scripts in plots/, their pictures as
 * NAME.svg, NAME.png and NAME.pdf, as asked for. A section with too many groups for one
 * picture of a kind (plots.def) has one for each strategy; where these are many too, or
 * have too many groups themselves, pictures show the groups of the highest and of the
 * lowest accuracy.
 */
#ifndef RESULTS_PLOTS_FIGURE_H
#define RESULTS_PLOTS_FIGURE_H

#include "results/plots/plot.h"
#include "results/plots/style.h"
#include "results/stats/groups.h"

struct figure {
    const struct section *section; /* NULL: of all sections */
    const char *name; /* "accuracy-split-mnist.class": of the pictures and the data */
    const char *caption;
    unsigned formats; /* enum picture_format: those drawn */
};

struct figures {
    struct figure *figure;
    int n;
};

/* Draws the plots asked for, of each section. A picture that gnuplot fails at is left out
 * and counted, without gnuplot all are, and the call is OK. */
enum status figures_draw(struct figures *figures, const struct grouping *grouping,
                         unsigned plots, const struct style *style, const char *folder,
                         struct pictures *pictures, struct arena *arena,
                         struct error *err);

#endif
