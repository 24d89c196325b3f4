/* A worker: one process that runs one training (bench/study/training.h).
 *
 * The process that starts workers sees their progress in shared memory and their end
 * through wait4. A worker writes the status.json of its cells, each once and whole; only
 * where it ended before it could, its parent does. A worker that is told to stop
 * (SIGTERM) leaves a checkpoint; one that crashes is a result. Workers do not outlive
 * their parent. */
#ifndef BENCH_STUDY_WORKER_H
#define BENCH_STUDY_WORKER_H

#include <sys/types.h>

#include "bench/study/training.h"

enum worker_end {
    WORKER_FINISHED,    /* the outcome is in the status.json of each cell */
    WORKER_INTERRUPTED, /* it stopped at a checkpoint */
    WORKER_FAILED,      /* it could not write its results: the error says why */
};

struct job;

struct worker_place { /* zero = a process of this one */
    int rank, slot;   /* of an mpirun; which of the workers there */
    char *host;       /* NULL = this one */
    bool is_apart;    /* it does not see the folder of the results */
};

struct worker {
    const struct worker_settings *settings;
    pid_t pid;               /* 0 = idle */
    const struct cell *cell; /* the first of those that share the training */
    const struct dataset *data;
    struct worker_page *page; /* NULL = idle */
    bool overdue;             /* it was killed because its time was up */
    bool dropped;             /* it was killed because nobody waits for it any more */
    const struct job *job;    /* that it trains */
    struct worker_place at;
    double work;     /* FLOPs of the training, for the estimate of the time left */
    double started;  /* monotonic seconds */
    double reported; /* when progress.c last gave it a line; the same clock */
};

/* Whether it is at work, here or on another rank. */
static inline bool worker_is_busy(const struct worker *worker)
{
    return worker->page != NULL;
}

/* Starts an idle worker, with its settings set, on a cell. */
enum status worker_start(struct worker *worker, const struct cell *cell,
                         const struct dataset *data, struct error *err);

/* Asks it to stop at the next batch. */
void worker_stop(const struct worker *worker);

/* Ends it at once: its time limit is long over. Recorded as a timeout. */
void worker_kill(struct worker *worker);

/* Ends it at once, as if it had been interrupted: it goes on from its last checkpoint. */
void worker_drop(struct worker *worker);

/* After wait4 reported the worker's end with that status and peak resident size: writes
 * the outcomes that a crash left out, and makes the worker idle. */
enum worker_end worker_finish(struct worker *worker, int wait_status, int64_t peak,
                              struct error *err);

#endif
