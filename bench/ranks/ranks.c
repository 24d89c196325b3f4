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

void ranks_close(const struct ranks *ranks, const struct error *err)
{
    int open = 0;

    MPI_Initialized(&open);
    if (open && err->status != OK && ranks->n > 1)
        MPI_Abort(MPI_COMM_WORLD, 2);
    if (open)
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

void ranks_close(const struct ranks *ranks, const struct error *err)
{
}

#endif
