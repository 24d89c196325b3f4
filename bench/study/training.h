/* A training: one cell, or the cells that share it, from the settings to the recorded
 * outcome, in the process that calls. It does not matter which process that is: workers
 * (bench/study/worker.h) are forked for it. */
#ifndef BENCH_STUDY_TRAINING_H
#define BENCH_STUDY_TRAINING_H

#include "bench/run/run.h"
#include "bench/study/folder.h"
#include "results/data/environment.h"

struct worker_page { /* shared with the process that watches */
    struct live_progress live;
    struct error error;
    _Atomic int n_recorded; /* outcomes written, in the order of the cells */
};

struct training_task;

/* How it ended. The values are exit statuses of a process; any other one is a crash. */
enum training_end {
    TRAINING_RECORDED = 0,   /* the outcome is in the status.json of each cell */
    TRAINING_STOPPED = 10,   /* as asked, at a checkpoint */
    TRAINING_UNWRITTEN = 11, /* it could not write its results: page->error says why */
    TRAINING_APART = 12,     /* internal: the cells have to be run one by one */
};

/* What all trainings of a study have in common. */
struct worker_settings {
    const struct folder *folder;
    const struct environment *environment; /* of the program, for every outcome */
    double checkpoint_seconds;
    /* what trains and records; NULL = training_run (tests/simulate.c has another) */
    enum training_end (*train)(const struct training_task *task);
};

struct training_task {
    const struct worker_settings *settings;
    const struct cell *cell; /* the first of those that share it */
    const struct dataset *data;
    const volatile sig_atomic_t *stop; /* a request to stop soon; NULL = there is none */
    struct worker_page *page;
    const struct run_apart *apart; /* of a training by several processes: without
                                      checkpoints, recorded by the first; else NULL */
};

/* Trains and records. The folders of the cells must have been begun (folder_begin). */
enum training_end training_run(const struct training_task *task);

/* Where and when an outcome was made. */
void training_describe(const struct environment *env, struct outcome *outcome);

#endif
