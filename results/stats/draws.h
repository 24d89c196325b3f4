/* Which of a group's cells are independent of each other.
 *
 * Where seeds of stream and learner are crossed ({stream: [1, 2], learner: [1, 2]}), cells
 * of one stream seed saw the same tasks, order and images. They are one draw: their values
 * are averaged first, and n is the number of stream seeds. Where all cells have the same
 * stream seed, each is a draw of its own, of the learner on that stream. */
#ifndef RESULTS_STATS_DRAWS_H
#define RESULTS_STATS_DRAWS_H

#include "results/data/outcome.h"
#include "results/stats/statistics.h"

struct draws {
    int n, n_cell;   /* n < n_cell: seeds are crossed */
    bool one_stream; /* more than one cell, all of one stream seed */
    int *of;         /* n_cell: the draw of each cell, numbered as they come */
    int *count;      /* n: scratch of draws_average */
};

/* ERR_MEMORY where the arena has a limit. */
enum status draws_find(struct draws *draws, const struct outcome *const *cell, int n,
                       struct arena *arena, struct error *err);

/* value, n_cell of them, becomes n means, one of each draw; NAN is left out. Returns n. */
int draws_average(const struct draws *draws, double *value);

/* Of the means of the draws; value is overwritten. */
struct statistics draws_statistics(const struct draws *draws, double *value);

#endif
