/* The pool: runs cells in worker processes, so many at a time, until all ended or
 * somebody asks to stop. */
#ifndef BENCH_STUDY_SCHEDULER_H
#define BENCH_STUDY_SCHEDULER_H

#include "bench/study/progress.h"
#include "results/data/environment.h"

struct job { /* one training: a cell, and its twins */
    struct cell *cell;
    uint64_t training; /* fingerprint_training */
    const struct dataset *data;
    double work; /* FLOPs, for the estimate of the time left */
};

struct scheduler {
    const struct folder *folder;
    const struct environment *environment;
    struct job *job;
    int n_job, n_cell, jobs;
    double checkpoint_seconds;
    double stop_after; /* seconds; 0 = never */
    FILE *out;         /* progress; NULL = quiet */
    /* called in the pool's process after a cell ended; an error stops the pool */
    enum status (*ended)(void *context, const struct outcome *outcome, struct error *err);
    void *context;
};

/* ERR_INTERRUPTED when SIGINT, SIGTERM or SIGHUP came; what was done is kept. *stopped:
 * it ended early because of stop_after. */
enum status scheduler_run(const struct scheduler *scheduler, bool *stopped,
                          struct error *err);

#endif
