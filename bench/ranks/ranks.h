/* The processes that mpirun (or srun) started together: ranks. This is the one file that
 * knows MPI. A program that was not started so, or was built without MPI, is rank 0 of 1.
 * MPI starts at ranks_open only: a plain run pays nothing for it. */
#ifndef BENCH_RANKS_RANKS_H
#define BENCH_RANKS_RANKS_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/real.h"

struct ranks {
    int self, n; /* self < n; n = 1: alone */
};

/* "Open MPI v4.1.4" or "none": what the program was built with. */
const char *ranks_library(void);

/* Joins the others, once in a process. ERR_USAGE where mpirun started the program, and it
 * was built without MPI: each process would do the same work. */
enum status ranks_open(struct ranks *ranks, struct error *err);

/* Bytes to rank `to`, and from rank `from`, which has to ask for as many. An MPI error ends
 * all ranks, here and below. */
void ranks_send(int to, const void *data, size_t bytes);
void ranks_receive(int from, void *data, size_t bytes);

/* x becomes the sum over all ranks, on each of them the same. The order of the sum is that
 * of the library, fixed for n and the number of ranks. */
void ranks_sum(real *x, size_t n);

/* At rank 0, the sum over all ranks, and the largest; elsewhere 0. */
int64_t ranks_total(int64_t x);
double ranks_most(double x);

/* Returns when every rank has called it. */
void ranks_wait(void);

/* The last call of every rank. Waits for the others where `err` is OK; otherwise, ends all of
 * them, as they would wait for this one. */
void ranks_close(const struct ranks *ranks, const struct error *err);

#endif
