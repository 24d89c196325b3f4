/* The processes that mpirun (or srun) started together: ranks. This is the one file that
 * knows MPI. A program that was not started so, or was built without MPI, is rank 0 of 1.
 * MPI starts at ranks_open only: a plain run pays nothing for it. */
#ifndef BENCH_RANKS_RANKS_H
#define BENCH_RANKS_RANKS_H

#include "core/base/error.h"

struct ranks {
    int self, n; /* self < n; n = 1: alone */
};

/* "Open MPI v4.1.4" or "none": what the program was built with. */
const char *ranks_library(void);

/* Joins the others, once in a process. ERR_USAGE where mpirun started the program, and it
 * was built without MPI: each process would do the same work. */
enum status ranks_open(struct ranks *ranks, struct error *err);

/* The last call of every rank. Waits for the others where `err` is OK; otherwise, ends all of
 * them, as they would wait for this one. */
void ranks_close(const struct ranks *ranks, const struct error *err);

#endif
