/* The plots of a report: what each is called, and the function that writes its data and
 * the arguments of its gnuplot script. results/plots/plots.def has a line for each. */
#ifndef RESULTS_PLOTS_PLOT_H
#define RESULTS_PLOTS_PLOT_H

#include <stdbool.h>

#include "core/base/error.h"

enum {
#define PLOT(id, ...) PLOT_NUMBER_##id,
#define ALSO(...)
#include "results/plots/plots.def"
    N_PLOT
};

enum plot { /* bits of a set of plots */
#define PLOT(id, ...) PLOT_##id = 1 << PLOT_NUMBER_##id,
#define ALSO(...)
#include "results/plots/plots.def"
};

enum { PLOT_ALL = (1 << N_PLOT) - 1 };

enum picture_format {                 /* bits of a set */
                      FORMAT_SVG = 1, /* always drawn: the page shows it */
                      FORMAT_PNG = 2,
                      FORMAT_PDF = 4
};

struct pictures {       /* how the plots are drawn, and how that went */
    unsigned formats;   /* besides SVG; 0 = PNG */
    int jobs;           /* gnuplot processes at a time; 0 = as many as there are cores */
    bool no_gnuplot;    /* it is not installed: none is drawn */
    int n_failed;       /* pictures that could not be drawn, */
    struct error first; /* and why the first could not */
};

/* The words for sets of plots in a suite: each plot, all, none. */
struct plot_name {
    const char *name;
    unsigned plots;
    const char *about;
};

enum { N_PLOT_NAME = N_PLOT + 2 };

extern const struct plot_name plot_names[]; /* ends with a NULL name */

/* How many pictures there are: one of each section, which can have panels where it has many
 * groups (results/plots/panels.h), one over all of them, or one of each section and option
 * that its cells differ in (results/plots/trend.h). */
enum plot_scope { PER_SECTION, PER_PANELS, ACROSS_SECTIONS, PER_OPTION };

struct plot_data; /* results/plots/plot_data.h */

struct plot_kind {
    enum plot plot;
    const char *name;                           /* in file names, and of the script */
    const char *script;                         /* where that is another; NULL = name */
    const char *title;                          /* before the stream's name */
    bool (*write)(struct plot_data *plot_data); /* false = there is nothing to draw */
    enum plot_scope scope;
    int most; /* groups of a picture of a section; PER_PANELS: its learners, strategies */
};

extern const struct plot_kind plot_kinds[]; /* ends with a NULL name */

#define PLOT(id, name, script, title, write, scope, most, about)                         \
    bool write(struct plot_data *plot_data);
#define ALSO(id, name, script, title, write, scope, most)                                \
    bool write(struct plot_data *plot_data);
#include "results/plots/plots.def"

#endif
