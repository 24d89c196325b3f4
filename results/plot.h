/* The kinds of plot: what each draws, as data and arguments for its gnuplot script. */
#ifndef RESULTS_PLOT_H
#define RESULTS_PLOT_H

#include <stdbool.h>

#include "results/report.h"
#include "results/sketch.h"

struct plot_kind {
    enum plot plot;
    const char *name;                      /* in file names, and of the script */
    const char *script;                    /* where that is another; NULL = name */
    const char *title;                     /* before the stream's name */
    bool (*sketch)(struct sketch *sketch); /* false = there is nothing to draw */
    bool across;                           /* one over all sections, not one of each */
};

extern const struct plot_kind plot_kinds[]; /* ends with a NULL name */

bool plot_accuracy(struct sketch *sketch);
bool plot_matrix(struct sketch *sketch);
bool plot_forgetting(struct sketch *sketch);
bool plot_memory(struct sketch *sketch);
bool plot_time(struct sketch *sketch);
bool plot_pareto_memory(struct sketch *sketch);
bool plot_pareto_time(struct sketch *sketch);
bool plot_pareto_flops(struct sketch *sketch);
bool plot_stability(struct sketch *sketch);
bool plot_ranks(struct sketch *sketch);

#endif
