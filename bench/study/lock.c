#include "bench/study/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static struct flock byte_at(uint64_t byte, short type)
{
    return (struct flock){.l_type = type,
                          .l_whence = SEEK_SET,
                          .l_start = (off_t)(byte & INT64_MAX),
                          .l_len = 1};
}

/* Of the open file and not of the process: a worker that outlives its parent by a moment
 * keeps the lock, and no other descriptor of the same file gives it up. */
enum lock_result lock_take(int file, uint64_t byte, bool alone, bool wait)
{
    struct flock lock = byte_at(byte, alone ? F_WRLCK : F_RDLCK);
    int got;

    do
        got = fcntl(file, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock);
    while (got != 0 && errno == EINTR);
    if (got == 0)
        return LOCK_TAKEN;
    return errno == EAGAIN || errno == EACCES ? LOCK_BUSY : LOCK_NONE;
}

void lock_drop(int file, uint64_t byte)
{
    struct flock lock = byte_at(byte, F_UNLCK);

    fcntl(file, F_OFD_SETLK, &lock);
}
