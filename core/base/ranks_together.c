#include "core/base/ranks_together.h"

#include "core/base/ranks.h"

#ifdef BENCH_MPI

#include <mpi.h>

enum { MOST = 1 << 30 }; /* numbers at a time: MPI counts in an int */

void ranks_sum(real *x, size_t n)
{
    MPI_Datatype type = sizeof *x == sizeof(double) ? MPI_DOUBLE : MPI_FLOAT;

    for (size_t k; ranks_count() > 1 && n > 0; x += k, n -= k) {
        k = n < MOST ? n : MOST;
        MPI_Allreduce(MPI_IN_PLACE, x, (int)k, type, MPI_SUM, MPI_COMM_WORLD);
    }
}

int64_t ranks_total(int64_t x)
{
    int64_t sum = 0;

    if (ranks_count() == 1)
        return x;
    MPI_Reduce(&x, &sum, 1, MPI_INT64_T, MPI_SUM, 0, MPI_COMM_WORLD);
    return sum;
}

double ranks_most(double x)
{
    double most = 0;

    if (ranks_count() == 1)
        return x;
    MPI_Reduce(&x, &most, 1, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
    return most;
}

void ranks_wait(void)
{
    if (ranks_count() > 1)
        MPI_Barrier(MPI_COMM_WORLD);
}

void ranks_end_all(int status)
{
    if (ranks_count() > 1)
        MPI_Abort(MPI_COMM_WORLD, status);
}

#else

void ranks_sum(real *x, size_t n)
{
}

int64_t ranks_total(int64_t x)
{
    return x;
}

double ranks_most(double x)
{
    return x;
}

void ranks_wait(void)
{
}

void ranks_end_all(int status)
{
}

#endif
