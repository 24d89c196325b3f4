/* The rows of the accuracy matrix, and which task each is about. */
#include "results/data/outcome.h"

int outcome_rows(const struct outcome *o)
{
    return o->tests.visits.n > 0 ? o->tests.visits.n : o->tests.n_task;
}

int outcome_trained(const struct outcome *o, int row)
{
    return o->tests.visits.n > 0 ? o->tests.visits.task[row - 1] : row - 1;
}

int outcome_met(const struct outcome *o, int row)
{
    int met = o->tests.visits.n > 0 ? 0 : row;

    for (int v = 0; v < row && v < o->tests.visits.n; v++)
        if (o->tests.visits.task[v] >= met)
            met = o->tests.visits.task[v] + 1;
    return met;
}
