/* The kinds of plot: what each draws, as data and arguments for its gnuplot script. */
#ifndef RESULTS_PLOT_H
#define RESULTS_PLOT_H

#include <stdbool.h>

#include "results/report.h"
#include "results/sketch.h"

/* How many there are: one of each section, one over all of them, or one of each section
 * and option that its cells differ in (results/trend.h). */
enum plot_scope { PER_SECTION, ACROSS_SECTIONS, PER_OPTION };

struct plot_kind {
    enum plot plot;
    const char *name;                      /* in file names, and of the script */
    const char *script;                    /* where that is another; NULL = name */
    const char *title;                     /* before the stream's name */
    bool (*sketch)(struct sketch *sketch); /* false = there is nothing to draw */
    enum plot_scope scope;
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
bool plot_curve(struct sketch *sketch);
bool plot_curve_flops(struct sketch *sketch);
bool plot_ranks(struct sketch *sketch);
bool plot_accuracy_trend(struct sketch *sketch);
bool plot_memory_trend(struct sketch *sketch);
bool plot_time_trend(struct sketch *sketch);
bool plot_speedup_trend(struct sketch *sketch); /* of threads alone */
bool plot_trace(struct sketch *sketch);

#endif
