/* Working off an agenda: the workers, and the tables as cells end. */
#ifndef BENCH_EXECUTION_H
#define BENCH_EXECUTION_H

#include "bench/agenda.h"

struct execution {
    int jobs;          /* cells at a time; 0 = as many as fill the cores */
    double stop_after; /* seconds; 0 = never */
    bool restart, quiet;
};

/* Locks the study's folder, runs what is on the agenda and writes the tables;
 * ERR_INTERRUPTED as pool_run. *stopped: set where stop_after came first. */
enum status execution_run(struct study *study, const struct execution *how,
                          const struct agenda *agenda, bool *stopped, struct error *err);

#endif
