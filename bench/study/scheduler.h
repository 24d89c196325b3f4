/* Runs what is in a queue: trainings in worker processes, several at a time, until all
 * have ended or somebody asks to stop. The tables are kept up to date meanwhile.
 *
 * It knows three things: a queue that hands out the next training (queue_next), a process
 * that runs one and records it (worker_start), and the tables (study_refresh_tables). */
#ifndef BENCH_STUDY_SCHEDULER_H
#define BENCH_STUDY_SCHEDULER_H

#include "bench/study/queue.h"
#include "bench/study/training.h"

struct scheduler_options {
    int jobs;          /* trainings at a time; 0 = as many as fill the cores */
    double stop_after; /* seconds; 0 = never */
    bool restart, quiet;
    bool apart;                  /* other ranks work in folders of their own */
    struct dataset_cache *cache; /* where there may be other ranks */
    /* in place of training_run; NULL = that */
    enum training_end (*train)(const struct training_task *task);
};

/* Locks the study's folder, runs the queue and writes the tables. ERR_INTERRUPTED when
 * SIGINT, SIGTERM or SIGHUP came; what was done is kept. *stopped: set if it ended early
 * because of stop_after. */
enum status scheduler_run(struct study *study, struct queue *queue,
                          const struct scheduler_options *how, bool *stopped,
                          struct error *err);

#endif
