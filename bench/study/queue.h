/* The queue: what of a study is still to be trained, and how much work that is. Cells
 * that share a training (`next_sharing` in bench/plan/plan.h) are one job. */
#ifndef BENCH_STUDY_QUEUE_H
#define BENCH_STUDY_QUEUE_H

#include "bench/data/dataset_cache.h"
#include "bench/study/study.h"
#include "bench/study/warnings.h"

struct job {           /* one training */
    struct cell *cell; /* the first of those that share it */
    uint64_t training; /* fingerprint_training */
    const struct dataset *data;
    double work;        /* FLOPs */
    int64_t parameters; /* of the learner */
};

struct queue {
    struct job *job;          /* n, in the order of the plan; in the study's arena */
    int n, n_cell;            /* trainings, and the cells that they are for */
    const struct job **order; /* n: the jobs from the longest on */
    int n_handed;             /* of these, handed out by queue_next */
    const struct plan *plan;
    struct warnings warnings; /* of what is to be trained */
};

/* The cells that match `only` (NULL = all) and are not finished. Runs are opened and
 * closed again, so that every option is checked against the data before anything is
 * trained. ERR_USAGE if one of the globs matches no cell; candidates
 * (bench/study/tuning.h) need not match. */
enum status queue_make(struct queue *queue, struct study *study, const struct globs *only,
                       struct dataset_cache *cache, struct error *err);

/* The next training to begin, NULL = all have begun: the longest first, so that the last
 * ones to end are short; of equal ones the first of the plan. Results do not depend on the
 * order. */
const struct job *queue_next(struct queue *queue);

/* Prepares the folder of every cell, as folder_prepare does. */
enum status queue_prepare(const struct queue *queue, const struct folder *folder,
                          bool restart, struct error *err);

/* How many cells will go on from a checkpoint. */
int queue_begun(const struct queue *queue, const struct folder *folder);

/* FLOPs of the whole queue. */
double queue_work(const struct queue *queue);

/* The cells with their work, and an estimate of the time. */
void queue_print(const struct queue *queue, FILE *out);

#endif
