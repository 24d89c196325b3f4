/* The kinds of plot: what each draws, as data and arguments for its gnuplot script. */
#ifndef RESULTS_PLOTS_PLOT_H
#define RESULTS_PLOTS_PLOT_H

#include <stdbool.h>

struct plot_data; /* results/plots/plot_data.h */

enum plot {
    PLOT_ACCURACY = 1 << 0,   /* over tasks, mean and 95 % band; against options */
    PLOT_MATRIX = 1 << 1,     /* heat map of R */
    PLOT_FORGETTING = 1 << 2, /* bars with a dot per seed */
    PLOT_MEMORY = 1 << 3,     /* stacked parts of the peak; against options */
    PLOT_TIME = 1 << 4,       /* training seconds; against options */
    PLOT_PARETO = 1 << 5,     /* accuracy against peak memory, time and FLOPs */
    PLOT_STABILITY = 1 << 6,  /* first task within the later ones: evaluation.every */
    PLOT_RANKS = 1 << 7,      /* critical differences, where there are several streams */
    PLOT_TRACE = 1 << 8,      /* diagnostics of the inference: evaluation.trace */
    PLOT_CURVE = 1 << 9,      /* at every evaluation: evaluation.every */
    PLOT_ALL = (1 << 10) - 1,
};

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
