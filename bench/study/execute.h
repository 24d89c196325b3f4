/* Working off an agenda: the workers, and the tables as cells end. */
#ifndef BENCH_STUDY_EXECUTE_H
#define BENCH_STUDY_EXECUTE_H

#include "bench/study/queue.h"

struct execute_options {
    int jobs;          /* cells at a time; 0 = as many as fill the cores */
    double stop_after; /* seconds; 0 = never */
    bool restart, quiet;
};

/* Locks the study's folder, runs what is on the agenda and writes the tables;
 * ERR_INTERRUPTED as scheduler_run. *stopped: set where stop_after came first. */
enum status study_execute(struct study *study, const struct execute_options *how,
                          const struct queue *queue, bool *stopped, struct error *err);

#endif
