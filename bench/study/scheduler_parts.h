/* What the files of the scheduler share: scheduler.c, dispatch.c, and crew_lead.c and
 * crew_hand.c, which spread it over the ranks of an mpirun. */
#ifndef BENCH_STUDY_SCHEDULER_PARTS_H
#define BENCH_STUDY_SCHEDULER_PARTS_H

#include "bench/study/live.h"
#include "bench/study/scheduler.h"

struct scheduler;

/* Where trainings come from and where their ends go: the queue and the folder, or messages
 * to the rank that has them. */
struct supply {
    /* The next training for an idle worker; NULL = none now. */
    const struct job *(*next)(struct scheduler *s, const struct worker *worker);
    /* A worker's training ended so. */
    void (*ended)(struct scheduler *s, struct worker *worker, enum worker_end end,
                  struct error *err);
    /* Called again and again. false = nothing more will come, and nobody waits. */
    bool (*tend)(struct scheduler *s);
};

struct retry {
    const struct job *job;
    int not_on;  /* the rank where it crashed */
    bool handed; /* it has begun once more */
};

struct scheduler {
    const struct supply *supply;
    struct study *study;
    struct queue *queue;
    struct worker_settings settings;
    struct dataset_cache *cache; /* of the data that a rank's jobs need */
    struct worker *worker; /* n_worker: n_own processes, then those of other ranks */
    int n_own, n_worker;
    int running;  /* of the own */
    double pause; /* seconds to wait for a signal before tend is called again */
    double stop_after;
    int n_elsewhere;     /* trainings that another run of the same shard has */
    struct retry *retry; /* trainings that crashed on one rank; n_retry */
    int n_retry;
    bool stopping; /* start nothing more */
    bool apart;    /* other ranks must not look for the folder */
    double asked;  /* when a signal first asked to stop; 0 = none did */
    struct progress_view view;
    struct error *err;
};

/* Start nothing more, and ask the own workers to stop. */
void scheduler_stop(struct scheduler *s);

/* The same because of SIGINT, SIGTERM or SIGHUP, here or on another rank. */
void scheduler_interrupt(struct scheduler *s);

/* The next training of the queue that may begin on a rank. */
const struct job *scheduler_next(struct scheduler *s, int rank);

/* Takes the end of a training on a rank. */
void scheduler_ended(struct scheduler *s, struct worker *worker, enum worker_end end,
                     struct error *err);

/* What crashed on one rank may end well on another: has the worker's training handed out once
 * more. false = it was so already, or nothing begins any more. */
bool scheduler_try_again(struct scheduler *s, const struct worker *worker,
                         const char *reason);

/* Whether a training that crashed waits to be tried again. */
bool scheduler_retries(const struct scheduler *s);

#endif
