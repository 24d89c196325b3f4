/* Runs the cells of a study that are not finished and writes its report: `bench run`, and
 * what `bench verify` does with each protocol. */
#ifndef BENCH_COMMANDS_RUN_STUDY_H
#define BENCH_COMMANDS_RUN_STUDY_H

#include "bench/study/study.h"

struct run_options {
    const char *data;   /* data directory; NULL = the default one */
    struct globs only;  /* the cells to run */
    int jobs;           /* cells at a time; 0 = as many as fill the cores */
    double stop_after;  /* seconds since `begun`; 0 = never */
    double begun;       /* clock_seconds: of all suites together; 0 = now */
    struct shard shard; /* what of it this run trains */
    bool dry_run;       /* prints the cells and the work, and runs nothing */
    bool restart;       /* discards the outcomes of the cells that match `only` */
    bool apart;         /* other ranks of an mpirun do not look for the folder */
    bool no_report, quiet;
};

/* The rows --jobs and --stop-after over struct run_options; ends with a NULL name. */
extern const struct param run_option_table[];

/* Says on stderr why pictures of a report are missing; whether gnuplot failed at one. That
 * it is not installed is no failure. */
bool tell_missing_pictures(const struct pictures *pictures, const char *folder);

/* Runs the study in the result folder `out`. *exit_status becomes 1 where a cell did not
 * end ok. An interrupted run is reported too, and returns ERR_INTERRUPTED. */
enum status run_study(struct study *study, const char *out,
                      const struct run_options *options, int *exit_status,
                      struct error *err);

#endif
