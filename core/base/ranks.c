#include "core/base/ranks.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"

static int own, count = 1;

int ranks_own(void)
{
    return own;
}

int ranks_count(void)
{
    return count;
}

#ifdef BENCH_MPI

#include <mpi.h>

enum { LENGTH = 1, PIECE = 2 }; /* tags */
enum { MOST = 1 << 30 };        /* bytes that are sent at a time: MPI counts in an int */
enum { PATIENCE = 60 };         /* seconds */

static bool given_up;

const char *ranks_library(void)
{
    static char name[MPI_MAX_LIBRARY_VERSION_STRING];
    int n;

    MPI_Get_library_version(name, &n);
    name[strcspn(name, ",")] = '\0';
    return name;
}

/* MPI_Init of a process that nothing launched takes long, and needs a daemon. */
static bool is_launched(void)
{
    static const char *const set[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"};

    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        if (getenv(set[i]))
            return true;
    return false;
}

/* The threads of MPI must not take the signals that the caller's thread waits for. */
static bool initialise(void)
{
    static const int waited[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP};
    sigset_t set, before;
    bool good;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof waited / sizeof *waited; i++)
        sigaddset(&set, waited[i]);
    sigprocmask(SIG_BLOCK, &set, &before);
    good = MPI_Init(NULL, NULL) == MPI_SUCCESS;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return good;
}

void ranks_open(void)
{
    if (!is_launched() || !initialise())
        return;
    MPI_Comm_rank(MPI_COMM_WORLD, &own);
    MPI_Comm_size(MPI_COMM_WORLD, &count);
}

static void end_all(int status, void *context)
{
    fflush(NULL);
    MPI_Abort(MPI_COMM_WORLD, status);
}

void ranks_close(void)
{
    int open = 0;

    MPI_Initialized(&open);
    if (open && given_up)
        on_exit(end_all, NULL);
    else if (open)
        MPI_Finalize();
    own = 0;
    count = 1;
}

void ranks_outlive(void)
{
    if (count > 1)
        MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
}

void ranks_give_up(void)
{
    given_up = true;
}

/* The waits of MPI keep a core busy that a worker could use. */
static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

/* Rank 0 does not wait for the dead; without rank 0 nobody has anything to do. */
static bool complete(MPI_Request *request)
{
    double begun = clock_seconds();
    int done = 0;

    for (;;) {
        if (MPI_Test(request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS)
            return false;
        if (done)
            return true;
        if (own == 0 && clock_seconds() - begun > PATIENCE)
            return false;
        rest();
    }
}

bool ranks_send(int to, const void *data, size_t n)
{
    uint64_t length = n;
    const char *at = data;
    bool sent = MPI_Send(&length, sizeof length, MPI_BYTE, to, LENGTH, MPI_COMM_WORLD) ==
                MPI_SUCCESS;
    MPI_Request request;

    for (size_t piece; sent && n > 0; at += piece, n -= piece) {
        piece = n < MOST ? n : MOST;
        sent = MPI_Isend(at, (int)piece, MPI_BYTE, to, PIECE, MPI_COMM_WORLD, &request) ==
                   MPI_SUCCESS &&
               complete(&request);
    }
    return sent;
}

bool ranks_waiting(int *from)
{
    MPI_Status status;
    int there = 0;

    MPI_Iprobe(MPI_ANY_SOURCE, LENGTH, MPI_COMM_WORLD, &there, &status);
    if (there)
        *from = status.MPI_SOURCE;
    return there;
}

static void wait_for(int from)
{
    int there = 0;

    while (MPI_Iprobe(from, LENGTH, MPI_COMM_WORLD, &there, MPI_STATUS_IGNORE) ==
               MPI_SUCCESS &&
           !there)
        rest();
}

void *ranks_receive(int from, size_t *n)
{
    uint64_t length = 0;
    bool received = true;
    MPI_Request request;
    char *data;

    wait_for(from);
    MPI_Recv(&length, sizeof length, MPI_BYTE, from, LENGTH, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
    *n = (size_t)length;
    data = malloc(*n + 1);
    for (size_t piece, at = 0; data && received && at < *n; at += piece) {
        piece = *n - at < MOST ? *n - at : MOST;
        received = MPI_Irecv(data + at, (int)piece, MPI_BYTE, from, PIECE, MPI_COMM_WORLD,
                             &request) == MPI_SUCCESS &&
                   complete(&request);
    }
    return received ? data : NULL; /* else MPI may still write there */
}

#else

const char *ranks_library(void)
{
    return NULL;
}

void ranks_open(void)
{
}

void ranks_close(void)
{
}

void ranks_outlive(void)
{
}

void ranks_give_up(void)
{
}

bool ranks_send(int to, const void *data, size_t n)
{
    return true;
}

bool ranks_waiting(int *from)
{
    return false;
}

void *ranks_receive(int from, size_t *n)
{
    return NULL;
}

#endif
