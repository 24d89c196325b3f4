/* Locks of the kernel on single bytes of an open file. They end with the processes that
 * have the file open, however those end; over NFS and parallel file systems the server
 * ends them for a host that is gone (NFSv4: when its lease runs out, 90 s by default; NFSv3:
 * when the host comes back). */
#ifndef BENCH_STUDY_LOCK_H
#define BENCH_STUDY_LOCK_H

#include <stdbool.h>
#include <stdint.h>

enum lock_result {
    LOCK_TAKEN,
    LOCK_BUSY, /* another process has it */
    LOCK_NONE, /* the file system has no locks */
};

/* Locks a byte, which the file need not have. alone: nobody else may have it; else others
 * may share it. wait: until it is free, so that it is not LOCK_BUSY. */
enum lock_result lock_take(int file, uint64_t byte, bool alone, bool wait);
void lock_drop(int file, uint64_t byte);

#endif
