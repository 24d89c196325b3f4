/* A study on several ranks of an mpirun. Each rank reads the suite and makes the same plan.
 * Rank 0 leads: it has the queue, the folder and the tables. The others are hands: each asks
 * for a training for every idle worker, runs it in a process of its own, as rank 0 does too,
 * and says how it ended. Only hands ask and only rank 0 answers, so that no two ranks can
 * wait for each other.
 *
 * A hand that dies is noticed by its silence, where the launcher lets the others live: what it
 * trained is tried once more on another rank.
 *
 * Where a hand does not see the leader's folder (it looks for a word that the leader wrote
 * into .lock), it works in a temporary one, and results and checkpoints travel as bytes
 * (bench/study/parcel.h). */
#ifndef BENCH_STUDY_CREW_H
#define BENCH_STUDY_CREW_H

#include <sys/types.h>

#include "bench/study/scheduler_parts.h"
#include "core/base/host.h"

/* Joins the ranks of the mpirun, if there is one. What a hand prints is dropped. */
enum status crew_open(struct error *err);

/* The last thing: all ranks that live wait for each other. Afterwards the leader has the error of a
 * hand where it had none of its own, and a hand none: nobody prints it twice. */
void crew_close(struct error *err);

bool crew_is_hand(void);

/* Data that every rank has to know, from the leader's. */
void crew_share(void *data, size_t n);

/* Around run_workers. */
enum status crew_begin(struct scheduler *s, struct error *err);
void crew_end(struct scheduler *s);

extern const struct supply crew_lead_supply, crew_hand_supply;

/* ---------------------------------------------------------------- messages */

enum note_kind { NOTE_ASK, NOTE_TELL, NOTE_ENDED, NOTE_LEAVE };

struct note { /* of a hand; the parcel of its training's files may follow */
    enum note_kind kind;
    int study; /* how many it has begun */
    int slot;  /* of its workers */
    enum worker_end end;
    bool interrupted; /* by a signal */
    bool has_looked;  /* for the leader's folder: no training is handed out before */
    bool is_apart;    /* it did not see it */
    bool has_parcel;
    int64_t step, n_step, first_step, samples; /* as in struct live_progress */
    int task, n_task, accuracy;
    char host[HOST_NAME], build[65];
    pid_t pid;
    struct error error;
};

enum reply_kind { REPLY_NOTHING, REPLY_JOB, REPLY_FINISH };

struct reply { /* a parcel of the job's files may follow */
    enum reply_kind kind;
    bool stop;                      /* ask the workers to stop */
    enum status status;             /* the leader's: other than OK, all is over */
    int study;                      /* that it is at; its word is of this one */
    int cell[SHARING_MOST], n_cell; /* numbers in the plan */
    bool has_parcel;
    char fingerprint[17]; /* of the first cell */
    char word[64];        /* that is in .lock; "" = do not look */
};

#endif
