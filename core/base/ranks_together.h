/* What all ranks (core/base/ranks.h) call together, in the same order. Of one that is alone
 * these return at once. An MPI error ends all ranks. */
#ifndef CORE_BASE_RANKS_TOGETHER_H
#define CORE_BASE_RANKS_TOGETHER_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/real.h"

/* x becomes the sum over all ranks, on each of them the same. The order of the sum is that
 * of the library, fixed for n and the number of ranks. */
void ranks_sum(real *x, size_t n);

/* At rank 0, the sum over all ranks, and the largest; elsewhere 0. */
int64_t ranks_total(int64_t x);
double ranks_most(double x);

/* Returns when every rank has called it. */
void ranks_wait(void);

/* Ends all ranks with that exit status, whatever they do. Returns only where the process is
 * alone. */
void ranks_end_all(int status);

#endif
