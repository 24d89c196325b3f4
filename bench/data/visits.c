#include "bench/data/visits.h"

#include <stdlib.h>
#include <string.h>

static const char in_order[] = "in order"; /* the default: each once */

bool visits_return(const struct stream_setup *setup)
{
    return setup->rounds > 1 || strcmp(setup->visits, in_order) != 0;
}

/* One round as written, tasks from 1: "1 2 1 3" or "1, 2, 1, 3". */
static enum status read_round(struct visits *visits, const struct stream_setup *setup,
                              int n_task, struct error *err)
{
    char copy[PARAM_TEXT_MAX], *rest = NULL, *end;
    int32_t last = -1;

    strcpy(copy, setup->visits);
    for (char *word = strtok_r(copy, " ,", &rest); word;
         word = strtok_r(NULL, " ,", &rest)) {
        long task = strtol(word, &end, 10);

        if (*end || task < 1 || task > n_task)
            return error_set(err, ERR_SUITE,
                             "visits: '%s' is neither 'in order' nor a task from 1 to %d",
                             word, n_task);
        if (task > last + 2)
            return error_set(err, ERR_SUITE,
                             "visits: task %ld comes before task %d; let new tasks come "
                             "in the order of their numbers",
                             task, last + 2);
        visits->task[visits->n++] = (int32_t)task - 1;
        last = task - 1 > last ? (int32_t)task - 1 : last;
    }
    return visits->n > 0 ? OK : error_set(err, ERR_SUITE, "visits: names no task");
}

/* Where the stream ends early, its later tasks are not visited. */
static void leave_out(struct visits *visits, int n_task)
{
    int n = 0;

    for (int v = 0; v < visits->n; v++)
        if (visits->task[v] < n_task)
            visits->task[n++] = visits->task[v];
    visits->n = n;
}

static enum status repeat(struct visits *visits, int rounds, struct error *err)
{
    int n = visits->n, last = 0;

    if (rounds > N_VISIT_MAX / n)
        return error_set(err, ERR_SUITE,
                         "rounds: %d of %d visits each are more than the %d that there "
                         "can be",
                         rounds, n, N_VISIT_MAX);
    for (; visits->n < rounds * n; visits->n++)
        visits->task[visits->n] = visits->task[visits->n - n];
    for (int v = 0; v < visits->n; v++) {
        last = visits->task[v] > last ? visits->task[v] : last;
        visits->last[v] = last;
    }
    return OK;
}

enum status visits_make(struct visits *visits, const struct stream_setup *setup,
                        int *n_task, struct arena *arena, struct error *err)
{
    int first = setup->first_tasks;

    *visits = (struct visits){
        .task = arena_take(arena, TAG_FIXED, N_VISIT_MAX, sizeof *visits->task),
        .last = arena_take(arena, TAG_FIXED, N_VISIT_MAX, sizeof *visits->last)};
    if (arena_check(arena, err) != OK)
        return err->status;
    if (strcmp(setup->visits, in_order) == 0)
        for (; visits->n < *n_task; visits->n++)
            visits->task[visits->n] = visits->n;
    else if (read_round(visits, setup, *n_task, err) != OK)
        return err->status;
    if (first && first < *n_task)
        leave_out(visits, first);
    if (repeat(visits, setup->rounds, err) != OK)
        return err->status;
    *n_task = visits->last[visits->n - 1] + 1;
    return OK;
}
