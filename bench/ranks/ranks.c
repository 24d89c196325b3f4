#include <stdlib.h>
#include <string.h>

#ifdef BENCH_MPI
#include <mpi.h>
#endif

#include "bench/ranks/ranks.h"

/* What the launchers of Open MPI, MPICH and Slurm tell their processes. */
static int launched(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]))
            return 1;
    return 0;
}

#ifdef BENCH_MPI

const char *ranks_library(void)
{
    static char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int n;

    MPI_Get_library_version(text, &n);
    text[strcspn(text, ",\n")] = '\0';
    return text;
}

enum status ranks_open(struct ranks *ranks, struct error *err)
{
    *ranks = (struct ranks){0, 1};
    if (!launched())
        return OK;
    if (MPI_Init(NULL, NULL) != MPI_SUCCESS)
        return error_set(err, ERR_IO, "MPI does not start");
    MPI_Comm_rank(MPI_COMM_WORLD, &ranks->self);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks->n);
    return OK;
}

enum { CHUNK = 1 << 30 }; /* MPI counts in int */

static int next_chunk(size_t left)
{
    return left < CHUNK ? (int)left : CHUNK;
}

void ranks_send(int to, const void *data, size_t bytes)
{
    const char *at = data;

    for (int n; bytes > 0; bytes -= (size_t)n, at += n) {
        n = next_chunk(bytes);
        MPI_Send(at, n, MPI_BYTE, to, 0, MPI_COMM_WORLD);
    }
}

void ranks_receive(int from, void *data, size_t bytes)
{
    char *at = data;

    for (int n; bytes > 0; bytes -= (size_t)n, at += n) {
        n = next_chunk(bytes);
        MPI_Recv(at, n, MPI_BYTE, from, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
}

static int is_open(void)
{
    int open = 0;

    MPI_Initialized(&open);
    return open;
}

void ranks_sum(real *x, size_t n)
{
    MPI_Datatype type = sizeof *x == sizeof(double) ? MPI_DOUBLE : MPI_FLOAT;

    if (!is_open())
        return;
    for (int k; n > 0; n -= (size_t)k, x += k) {
        k = next_chunk(n);
        MPI_Allreduce(MPI_IN_PLACE, x, k, type, MPI_SUM, MPI_COMM_WORLD);
    }
}

int64_t ranks_total(int64_t x)
{
    int64_t sum = 0;

    if (!is_open())
        return x;
    MPI_Reduce(&x, &sum, 1, MPI_INT64_T, MPI_SUM, 0, MPI_COMM_WORLD);
    return sum;
}

double ranks_most(double x)
{
    double most = 0;

    if (!is_open())
        return x;
    MPI_Reduce(&x, &most, 1, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
    return most;
}

void ranks_wait(void)
{
    if (is_open())
        MPI_Barrier(MPI_COMM_WORLD);
}

void ranks_close(const struct ranks *ranks, const struct error *err)
{
    if (!is_open())
        return;
    if (err->status != OK && ranks->n > 1)
        MPI_Abort(MPI_COMM_WORLD, 2);
    MPI_Finalize();
}

#else

const char *ranks_library(void)
{
    return "none";
}

enum status ranks_open(struct ranks *ranks, struct error *err)
{
    *ranks = (struct ranks){0, 1};
    if (launched())
        return error_set(err, ERR_USAGE,
                         "this bench was built without MPI: each process "
                         "would do the same");
    return OK;
}

/* There is nobody else. */

void ranks_send(int to, const void *data, size_t bytes)
{
}

void ranks_receive(int from, void *data, size_t bytes)
{
}

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

void ranks_close(const struct ranks *ranks, const struct error *err)
{
}

#endif
