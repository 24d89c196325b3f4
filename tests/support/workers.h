/* The workers of a run, from outside: who they are, and whether they are alive. */
#ifndef TESTS_SUPPORT_WORKERS_H
#define TESTS_SUPPORT_WORKERS_H

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

enum { CHILDREN = 16 };

struct family {
    pid_t parent, worker[CHILDREN];
    int n;
};

/* The workers that are alive now. */
static inline void find_workers(struct family *family)
{
    char path[64];
    FILE *in;
    int pid;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)family->parent,
             (int)family->parent);
    family->n = 0;
    in = fopen(path, "r");
    while (in && family->n < CHILDREN && fscanf(in, "%d", &pid) == 1)
        family->worker[family->n++] = pid;
    if (in)
        fclose(in);
}

static inline bool is_alive(pid_t pid)
{
    char path[64], state = 'X';
    FILE *in;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    in = fopen(path, "r");
    if (in && fscanf(in, "%*d (%*[^)]) %c", &state) != 1)
        state = 'X';
    if (in)
        fclose(in);
    return state != 'X' && state != 'Z';
}

static inline bool has_live_worker(const struct family *family)
{
    for (int i = 0; i < family->n; i++)
        if (is_alive(family->worker[i]))
            return true;
    return false;
}

/* The workers die with their parent, but not in the same instant. */
static inline void await_end(const struct family *family)
{
    for (int i = 0; i < family->n; i++)
        for (int k = 0; is_alive(family->worker[i]); k++) {
            ck_assert_msg(k < 5000, "a worker outlives its parent");
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        }
}

#endif
