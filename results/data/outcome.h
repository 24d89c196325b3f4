/* The outcome of one cell: everything its result files are made from.
 *
 * It is stored as cells/<cell>/status.json; results.csv, accuracy.csv, timing.csv and the
 * report are derived from it and can be rewritten at any time. An evaluation in it is
 * [after_task, step, end, task, draw, hits, total], with tasks from 0 as in memory; where
 * tasks return, after_task counts the visits. */
#ifndef RESULTS_DATA_OUTCOME_H
#define RESULTS_DATA_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/param.h"

enum { N_TASK_MAX = 4096 };

enum ending { END_OK, END_DIVERGED, END_MEMORY, END_CRASHED, END_TIMEOUT };

const char *ending_name(enum ending ending); /* "ok", "diverged", ... */

struct evaluation {     /* one test set at one moment; without holes, for checkpoints */
    int64_t step;       /* batches trained so far */
    int32_t after_task; /* tasks finished; 0 = before the first was */
    int32_t end;  /* 1: a row of the accuracy matrix, taken when a task ended; else 0 */
    int32_t task; /* the task tested, from 0 */
    int32_t draw; /* which draw of a noisy inference */
    int32_t hits, total;
};

struct evaluation_list {
    struct evaluation *data; /* in the order of time */
    int n;
};

struct outcome_id {       /* what was run */
    char cell[256];       /* "split-mnist.class/backprop/none/seed-1" */
    char fingerprint[17]; /* 16 hex digits */
    char stream[64], scenario[16], learner[64], strategy[64]; /* ids, as shown */
    const char *dataset; /* its owner's; of outcome_load, the arena's */
    char seed[32]; /* "1", or "s1-l2" where the seeds of stream and learner differ */
};

struct visit_list {
    int32_t *task; /* n: from 0 */
    int n;
};

struct outcome_tests { /* what was tested, and how it came out; deterministic */
    int n_task;
    struct visit_list
        visits;    /* which task was trained when; none = each once, in order */
    bool pooled;   /* joint: only the last row of the matrix exists */
    bool future;   /* tasks not yet learnt were tested too */
    bool dense;    /* tested within tasks too (evaluation.every: N steps) */
    double chance; /* accuracy of guessing among what competes at the end */
    struct evaluation_list eval;
    struct evaluation_list probe; /* by the features alone (evaluation.probe); empty where
                                     not asked for, or without hidden features */
};

struct outcome_cost {      /* deterministic */
    struct arena_use peak; /* of the run arena */
    int threads;
    int64_t parameters;
    int blocks_in_memory; /* whose activations are held at once; 0 = no blocks */
    double train_flops;   /* NAN = unknown */
};

struct outcome_timing { /* varies from run to run */
    double train_seconds, eval_seconds, cpu_seconds;
    double samples;   /* rows trained on */
    int together;     /* cells that one process trained as one, this included: they share
                         these figures, but for eval_seconds */
    int64_t peak_rss; /* bytes; 0 = unknown */
    char started[32]; /* UTC, ISO 8601 */
};

struct outcome_origin { /* where it was run, and by which program */
    char host[64];
    char isa[16], blas_core[32];
    char commit[64], compiler[96]; /* "" = unknown, as in older files */
};

struct metrics;

struct outcome_shown { /* what a report calls it (`title:`); NULL = by its id */
    const char *stream, *learner, *strategy;
};

struct outcome_context { /* not in the file: what its reader knows besides */
    struct outcome_shown shown;
    int epochs;                   /* per task; 0 = training is given in steps */
    bool competing;               /* outputs of several tasks compete in a test */
    bool keeps_past;              /* the strategy trains on images of past tasks again */
    const char *settings;         /* as in settings.txt; NULL = unknown */
    const char *trace;            /* path of its trace.csv; NULL = there is none */
    const struct metrics *stored; /* in place of tests.eval (record_read); else NULL */
};

struct outcome {
    struct outcome_id id;
    enum ending ending;
    char reason[256]; /* why not ok; "" otherwise */
    struct outcome_tests tests;
    struct outcome_cost cost;
    uint64_t weights_hash;
    struct outcome_timing timing;
    struct outcome_origin origin;
    struct outcome_context context;
};

/* Rows of the accuracy matrix below the one from before training: one for each visit. */
int outcome_rows(const struct outcome *outcome);

/* The task that was trained before row r = 1..outcome_rows, and how many tasks were met
 * by then: numbers are given in the order of the first visits. */
int outcome_trained(const struct outcome *outcome, int row);
int outcome_met(const struct outcome *outcome, int row);

/* Written whole or not at all. Bytes of a text that are not UTF-8 are saved as '?'. */
enum status outcome_save(const struct outcome *outcome, const char *path,
                         struct error *err);

/* ERR_DAMAGED for a file that is not a whole and sound outcome, or that has been changed
 * since it was written (without its line "digest" that is not noticed), ERR_RESULT for
 * one of another format, ERR_IO for one that cannot be read; the evaluations are taken
 * from the arena. Where there is no file the outcome stays untouched. */
enum status outcome_load(struct outcome *outcome, const char *path, struct arena *arena,
                         struct error *err);

/* The same from n bytes of text; `path` is what errors are shown with. */
enum status outcome_parse(struct outcome *outcome, const char *text, size_t n,
                          const char *path, struct arena *arena, struct error *err);

#endif
