#include "results/plots/plot.h"

#include <stddef.h>

const struct plot_kind plot_kinds[] = {
#define PLOT(id, name, script, title, write, scope, most, about)                         \
    {PLOT_##id, name, script, title, write, scope, most},
#define ALSO(id, name, script, title, write, scope, most)                                \
    {PLOT_##id, name, script, title, write, scope, most},
#include "results/plots/plots.def"
    {0},
};

const struct plot_name plot_names[] = {
#define PLOT(id, name, script, title, write, scope, most, about) {name, PLOT_##id, about},
#define ALSO(...)
#include "results/plots/plots.def"
    {"all", PLOT_ALL, "every one for which there is something to draw; the default"},
    {"none", 0, "tables only"},
    {NULL, 0, NULL},
};

_Static_assert(sizeof plot_names / sizeof plot_names[0] == N_PLOT_NAME + 1,
               "plots, all, none and the end");
