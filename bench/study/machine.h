/* What this process may use of the machine. */
#ifndef BENCH_STUDY_MACHINE_H
#define BENCH_STUDY_MACHINE_H

#include <stdbool.h>

struct machine {
    int cores;     /* processors, at least 1 */
    double memory; /* bytes that are free; INFINITY = unknown */
    bool limited;  /* memory is so by a limit of control groups */
};

/* Processors: those that the process is bound to, and no more than the quota of its control
 * groups. Memory: what the kernel has available, and no more than what the limits of the
 * control groups leave; cached files that nobody uses count as free. Groups of version 1 and
 * 2, with all groups above them. */
struct machine machine_read(void);

/* The same on the files below `root`, "" for the machine's own, with that many processors to
 * begin with. For tests. */
struct machine machine_read_at(const char *root, int cores);

#endif
