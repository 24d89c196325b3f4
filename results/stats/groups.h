/* Cells in the order of a report: a section per stream and scenario, in it a group per
 * learner and strategy, in it the seeds. Cells that did not end ok are counted but enter
 * no mean. */
#ifndef RESULTS_STATS_GROUPS_H
#define RESULTS_STATS_GROUPS_H

#include <stdbool.h>

#include "results/data/metrics.h"
#include "results/stats/draws.h"

enum { MEBIBYTE = 1 << 20 }; /* bytes; what memory is shown in */

struct group {
    const struct outcome *first;    /* of the cells: what they all have in common */
    const char *name;               /* "backprop", "backprop + replay-500": of the ids */
    const char *learner, *strategy; /* as a report shows them */
    const char *label;              /* the same for both: "Backprop + ER" */
    int n_cell;
    const struct outcome **ok; /* n: those that ended ok */
    int n;
    struct draws draws;     /* of those: which are independent; means are over these */
    int n_task, n_row;      /* of those; 0 = there are none */
    struct metrics *metric; /* n */

    struct statistics mean[N_METRIC];
    const char *reason[N_METRIC]; /* why there is no mean; NULL where there is one */
    struct statistics peak;       /* bytes */
    struct statistics seconds;    /* of training */
    struct statistics cpu;        /* seconds, evaluations included */
    struct statistics flops;      /* of training */
    struct statistics *seen;      /* n_row: accuracy over the tasks learnt so far */
    double *R; /* (n_row + 1) x n_task: mean over seeds, NAN = missing */

    int hue, dash; /* from 1: colour and line of its curve, unique within the section */
};

struct section {
    const char *stream, *scenario, *dataset, *name; /* name: "split-mnist.class" */
    const char *title; /* as a report shows it: "Split MNIST, class"; without a label the
                          name */
    struct group *group;
    int n;
};

struct grouping {
    struct section *section;
    int n;
};

/* Everything is taken from the arena and points into the cells. */
enum status group_cells(struct grouping *grouping, const struct outcome *cells, int n,
                        struct arena *arena, struct error *err);

/* "3 seeds", "2 to 3 seeds", "2 seeds of the stream (mean over the learner seeds of
 * each)": over the groups with any finished cell. */
const char *section_seeds(const struct section *section, struct arena *arena);

/* What follows "n seeds" where those of stream and learner differ (draws.h); "" = they do
 * not. */
const char *seeds_crossed(const struct section *section);

#endif
