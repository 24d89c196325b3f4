/* The kinds of plot: what each draws, as data and arguments for its gnuplot script. */
#ifndef RESULTS_PLOTS_PLOT_H
#define RESULTS_PLOTS_PLOT_H

#include <stdbool.h>

#include "results/plots/plot_data.h"
#include "results/report/report.h"

/* How many there are: one of each section, one over all of them, or one of each section
 * and option that its cells differ in (results/plots/trend.h). */
enum plot_scope { PER_SECTION, ACROSS_SECTIONS, PER_OPTION };

struct plot_kind {
    enum plot plot;
    const char *name;   /* in file names, and of the script */
    const char *script; /* where that is another; NULL = name */
    const char *title;  /* before the stream's name */
    bool (*plot_data)(struct plot_data *plot_data); /* false = there is nothing to draw */
    enum plot_scope scope;
};

extern const struct plot_kind plot_kinds[]; /* ends with a NULL name */

bool plot_accuracy(struct plot_data *plot_data);
bool plot_matrix(struct plot_data *plot_data);
bool plot_forgetting(struct plot_data *plot_data);
bool plot_memory(struct plot_data *plot_data);
bool plot_time(struct plot_data *plot_data);
bool plot_pareto_memory(struct plot_data *plot_data);
bool plot_pareto_time(struct plot_data *plot_data);
bool plot_pareto_flops(struct plot_data *plot_data);
bool plot_stability(struct plot_data *plot_data);
bool plot_curve(struct plot_data *plot_data);
bool plot_curve_flops(struct plot_data *plot_data);
bool plot_ranks(struct plot_data *plot_data);
bool plot_accuracy_trend(struct plot_data *plot_data);
bool plot_memory_trend(struct plot_data *plot_data);
bool plot_time_trend(struct plot_data *plot_data);
bool plot_speedup_trend(struct plot_data *plot_data); /* of threads alone */
bool plot_trace(struct plot_data *plot_data);

#endif
