/* A worker: one process that runs one cell, or the twins of one training (bench/plan/plan.h).
 *
 * The process that starts workers sees their progress in shared memory and their end
 * through wait4. A worker that is told to stop (SIGTERM) leaves a checkpoint; one that
 * crashes is a result. Workers do not outlive their parent. */
#ifndef BENCH_STUDY_WORKER_H
#define BENCH_STUDY_WORKER_H

#include <sys/types.h>

#include "bench/run/run.h"
#include "bench/study/folder.h"

enum worker_end {
    WORKER_FINISHED,    /* the outcome is in the status.json of each cell */
    WORKER_INTERRUPTED, /* it stopped at a checkpoint */
    WORKER_FAILED,      /* it could not write its results: the error says why */
};

struct worker_page { /* shared with the child */
    struct live_progress live;
    struct error error;
    _Atomic int n_recorded; /* outcomes written, of the twins in their order */
};

/* flags, version and machine, for every outcome */
struct environment;

struct worker {
    pid_t pid;               /* 0 = idle */
    const struct cell *cell; /* the first of the twins */
    const struct environment *environment;
    struct worker_page *page;
    bool overdue;   /* it was killed because its time was up */
    double work;    /* FLOPs of the cell, for the estimate of the time left */
    double started; /* monotonic seconds */
};

enum status worker_start(struct worker *worker, const struct folder *folder,
                         const struct cell *cell, const struct dataset *data,
                         double checkpoint_seconds, const struct environment *environment,
                         struct error *err);

/* Asks it to stop at the next batch. */
void worker_stop(const struct worker *worker);

/* Ends it at once: its time limit is long over. Recorded as a timeout. */
void worker_kill(struct worker *worker);

/* After waitpid reported the worker's end with that status and peak resident size:
 * completes the outcomes (or writes those of a crash), one for each of the twins, and
 * makes the worker idle. */
enum worker_end worker_finish(struct worker *worker, const struct folder *folder,
                              int wait_status, int64_t peak_rss, struct arena *arena,
                              struct outcome outcome[SHARING_MOST], struct error *err);

#endif
