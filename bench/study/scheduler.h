/* Runs what is in a queue: trainings in worker processes, several at a time, until all
 * have ended or somebody asks to stop. The tables are kept up to date meanwhile. */
#ifndef BENCH_STUDY_SCHEDULER_H
#define BENCH_STUDY_SCHEDULER_H

#include "bench/study/queue.h"

struct scheduler_options {
    int jobs;          /* trainings at a time; 0 = as many as fill the cores */
    double stop_after; /* seconds; 0 = never */
    bool restart, quiet;
};

/* Locks the study's folder, runs the queue and writes the tables. ERR_INTERRUPTED when
 * SIGINT, SIGTERM or SIGHUP came; what was done is kept. *stopped: set if it ended early
 * because of stop_after. */
enum status scheduler_run(struct study *study, const struct queue *queue,
                          const struct scheduler_options *how, bool *stopped,
                          struct error *err);

#endif
