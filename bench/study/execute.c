#include "bench/study/execute.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"

enum { TABLES_EVERY = 5 }; /* seconds */

/* Processors this process may use, over the threads of the widest cell. */
static int fitting_jobs(const struct plan *plan)
{
    cpu_set_t set;
    int threads = 1, cores = 1;

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        cores = CPU_COUNT(&set);
    for (int i = 0; i < plan->n; i++)
        if (plan->cell[i].training.threads > threads)
            threads = plan->cell[i].training.threads;
    return cores / threads > 0 ? cores / threads : 1;
}

static enum status cell_ended(void *context, const struct outcome *outcome,
                              struct error *err)
{
    struct study *study = context;

    for (int i = 0; i < study->plan.n; i++)
        if (strcmp(study->plan.cell[i].id, outcome->id.cell) == 0 &&
            folder_outcome(&study->folder, &study->plan.cell[i], &study->arena,
                           &study->outcome[i], &study->there[i], err) != OK)
            return err->status;
    if (clock_seconds() - study->written < TABLES_EVERY)
        return OK;
    return study_write_tables(study, err);
}

/* The tables of a run that ended or was interrupted: another error must not hide that. */
static void write_last_tables(struct study *study, struct error *err)
{
    struct error why = {0};

    if (study_write_tables(study, &why) != OK && err->status == OK)
        *err = why;
}

/* "quick: 18 cells, 4 to run, 2 of them from a checkpoint, 2 at a time" */
static void announce(const struct study *study, const struct queue *queue, int jobs)
{
    int begun = queue_begun(queue, &study->folder);

    printf("%s: ", study->suite.name);
    plan_print_size(&study->plan, study->main ? "cells that tune it" : "cells", stdout);
    printf(", %d to run, ", queue->n_cell);
    if (begun > 0)
        printf("%d of them from a checkpoint, ", begun);
    printf("%d at a time\n", jobs);
}

enum status study_execute(struct study *study, const struct execute_options *how,
                          const struct queue *queue, bool *stopped, struct error *err)
{
    struct scheduler scheduler = {
        .folder = &study->folder,
        .environment = &study->environment,
        .job = queue->job,
        .n_job = queue->n,
        .n_cell = queue->n_cell,
        .jobs = how->jobs ? how->jobs : fitting_jobs(&study->plan),
        .checkpoint_seconds = study->suite.checkpoint,
        .stop_after = how->stop_after,
        .out = how->quiet ? NULL : stdout,
        .ended = cell_ended,
        .context = study,
    };

    if (folder_lock(&study->folder, err) != OK ||
        queue_prepare(queue, &study->folder, how->restart, err) != OK ||
        (!study->main && study_write_setup(study, queue->n > 0, err) != OK) ||
        study_write_tables(study, err) != OK)
        return err->status;
    if (!how->quiet)
        announce(study, queue, scheduler.jobs);
    if (queue->n > 0)
        scheduler_run(&scheduler, stopped, err);
    if (err->status == OK || err->status == ERR_INTERRUPTED)
        write_last_tables(study, err);
    return err->status;
}
