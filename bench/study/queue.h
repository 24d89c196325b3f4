/* The agenda: what of a study is still to be trained, and how much work that is. Cells
 * that differ in outputs.test alone stand in it as one training (`twin` in bench/plan/plan.h).
 */
#ifndef BENCH_STUDY_QUEUE_H
#define BENCH_STUDY_QUEUE_H

#include "bench/study/study.h"

struct queue {
    struct job *job; /* n, in the study's arena */
    int n, n_cell;   /* trainings, and the cells they are for */
    const struct plan *plan;
};

/* Of the cells that match `only` (NULL = all) those that are not finished. Each run is
 * opened once, so that every option is checked against the data before anything runs.
 * ERR_USAGE where none matches; with candidates (bench/study/tuning.h) there may be nothing to
 * do.
 */
enum status queue_make(struct queue *queue, struct study *study, const char *only,
                       struct dataset_cache *cache, struct error *err);

/* Clears the way for every cell, as folder_prepare does. */
enum status queue_prepare(const struct queue *queue, const struct folder *folder,
                          bool restart, struct error *err);

/* How many cells will go on from a checkpoint. */
int queue_begun(const struct queue *queue, const struct folder *folder);

/* The cells with their work, and an estimate of the time. */
void queue_print(const struct queue *queue, FILE *out);

#endif
