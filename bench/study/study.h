/* A study: a suite, its plan, its result folder, and the outcomes that are there. */
#ifndef BENCH_STUDY_STUDY_H
#define BENCH_STUDY_STUDY_H

#include "bench/plan/plan.h"
#include "bench/study/folder.h"
#include "results/data/environment.h"
#include "results/plots/plot.h"

/* One of n shares of a study that several runs train into one folder; n is 0 where one run
 * trains it all. */
struct shard {
    int k, n; /* k from 1 */
};

struct study {
    struct arena arena;   /* of everything below but the outcomes */
    struct arena results; /* of these: workers do not have it */
    struct suite suite;
    struct plan plan;
    struct plan
        candidates; /* of a suite that tunes (bench/study/tuning.h); else n is 0 */
    struct shard shard;
    bool *is_mine; /* plan.n: the cells of this shard (queue_make); NULL = all are */
    struct folder folder;
    const char *title; /* of the report; NULL = the suite's name */
    bool json;         /* its summary.json too */
    const char *sort;  /* of its rows; NULL = as in the suite */
    struct environment environment;
    bool environment_lost;   /* the results' own is not known: this is the present one */
    struct outcome *outcome; /* plan.n; `there` says which exist, the others are zero */
    bool *there;
    int n_damaged; /* result files that could not be read and were left out */
    int n_other; /* cells read whose status.json is of other settings; left out as well */
    const struct cell *other; /* the first of them */
    double written, writing;  /* when the tables were last written; how long that took */
    const char *tuned;        /* what was tried, for the report; NULL = nothing was */
    const struct study *main; /* of a study of candidates: the one that they tune */
};

/* Reads the suite, with the overrides (NULL = none), and makes its plan. Closed by
 * study_close in any case. */
enum status study_open(struct study *study, const char *path,
                       const struct override_list *overrides, struct error *err);
void study_close(struct study *study);

/* Whether a cell matches one of the globs; a candidate does where a cell that it is meant
 * for does. */
bool study_match(const struct study *study, const struct cell *cell,
                 const struct globs *globs);

/* Takes memory for the outcomes of the plan. */
enum status study_take_outcomes(struct study *study, struct error *err);

/* Reads the outcome of a cell of the study's plan from the folder. NULL if there is none
 * (err stays OK) or it cannot be read. */
const struct outcome *study_read_cell(struct study *study, const struct cell *cell,
                                      struct error *err);

/* Reads the outcomes of the plan's cells that are in the folder, except those that match
 * the globs `forget` (NULL = none). A file that is damaged, cannot be read or is of other
 * settings is warned of on stderr; its cell counts as not run. */
enum status study_read(struct study *study, const struct globs *forget,
                       struct error *err);

/* Reads once more what other shards may have finished since: the outcomes that are not
 * there or not final. */
enum status study_read_others(struct study *study, struct error *err);

/* Whether the cell with that number in the plan is for this shard to train. */
bool study_is_mine(const struct study *study, int i);

/* Reads the environment that the folder's results were made in. If the folder has none,
 * or a damaged one, the report will say so. */
enum status study_read_environment(struct study *study, struct error *err);

/* The outcomes that exist, n of them, in the order of the plan. They are moved together,
 * not copied: from here on the number of an outcome is not that of its cell, and cells are
 * neither read nor run any more. */
const struct outcome *study_gather(struct study *study, int *n);

/* results.csv, accuracy.csv, timing.csv */
enum status study_write_tables(struct study *study, struct error *err);

/* The same, unless it is too soon: not more often than every few seconds, and not so often
 * that the tables of many cells take more than a small share of the time. */
enum status study_refresh_tables(struct study *study, struct error *err);

/* suite.resolved.yaml; and environment.json, where cells are going to be run in it. */
enum status study_write_setup(const struct study *study, bool runs, struct error *err);

/* The report of these cells into the folder; pictures as in struct report. */
enum status study_report(struct study *study, const struct outcome *cells, int n,
                         const char *folder, struct pictures *pictures,
                         struct error *err);

#endif
