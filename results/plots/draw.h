/* Draws the pictures of a report: several gnuplot processes at a time, one a picture. */
#ifndef RESULTS_PLOTS_DRAW_H
#define RESULTS_PLOTS_DRAW_H

#include "results/plots/figure.h"
#include "results/plots/plot_data.h"

struct drawing { /* a figure whose data are written */
    struct figure *figure;
    const char *script; /* "accuracy" */
    const char *argument[N_PLOT_ARGUMENT];
};

/* Draws each in the formats asked for into the folder; its data and script are in plots/.
 * A picture that fails is left out and counted. What is not drawn now is not left from an
 * earlier report either. Texts are from the arena. */
enum status draw_all(const struct drawing *drawing, int n, const char *folder,
                     struct pictures *pictures, struct arena *arena, struct error *err);

/* Removes the pictures that the figure does not have: those of an earlier report, which the
 * page now written knows nothing of. */
void draw_remove(const struct figure *figure, const char *folder, struct arena *arena);

#endif
