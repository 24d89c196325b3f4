/* The agenda: what of a study is still to be trained, and how much work that is. Cells
 * that differ in outputs.test alone stand in it as one training (`twin` in bench/plan.h).
 */
#ifndef BENCH_AGENDA_H
#define BENCH_AGENDA_H

#include "bench/study.h"

struct agenda {
    struct task *task; /* n, in the study's arena */
    int n, n_cell;     /* trainings, and the cells they are for */
    const struct plan *plan;
};

/* Of the cells that match `only` (NULL = all) those that are not finished. Each run is
 * opened once, so that every option is checked against the data before anything runs.
 * ERR_USAGE where none matches; with candidates (bench/tuning.h) there may be nothing to
 * do.
 */
enum status agenda_make(struct agenda *agenda, struct study *study, const char *only,
                        struct library *library, struct error *err);

/* Clears the way for every cell, as folder_prepare does. */
enum status agenda_prepare(const struct agenda *agenda, const struct folder *folder,
                           bool restart, struct error *err);

/* How many cells will go on from a checkpoint. */
int agenda_begun(const struct agenda *agenda, const struct folder *folder);

/* The cells with their work, and an estimate of the time. */
void agenda_print(const struct agenda *agenda, FILE *out);

#endif
