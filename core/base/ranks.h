/* The processes of one mpirun (or of srun with MPI), and messages between them. Built
 * without MPI, or started by nothing of that kind, a process is alone: rank 0 of 1, and the
 * rest is not called.
 *
 * Messages go between rank 0 and the others. A process that was forked from a rank must not
 * call any of this. */
#ifndef CORE_BASE_RANKS_H
#define CORE_BASE_RANKS_H

#include <stdbool.h>
#include <stddef.h>

/* "Open MPI v4.1.4"; NULL where the program was built without MPI. */
const char *ranks_library(void);

/* Joins the others, where a launcher started the process: before threads and forks. */
void ranks_open(void);

/* Leaves; waits until all others do. After ranks_give_up it does not wait, and when the
 * process exits, with any status, all others end. */
void ranks_close(void);

/* From now on an error of a message does not end all ranks: another one may die, where the
 * launcher lets the rest live (mpirun --enable-recovery). */
void ranks_outlive(void);

/* Another rank has died, or is to be taken for dead. */
void ranks_give_up(void);

int ranks_own(void);
int ranks_count(void);

/* Returns when the message need not be kept any longer, which may be when it was received.
 * false: rank 0 has waited for a minute in vain; the message has to be kept. */
bool ranks_send(int to, const void *data, size_t n);

/* Whether a message has come, and from whom. */
bool ranks_waiting(int *from);

/* The next message of that rank, waited for; to be freed. NULL: no memory for it, or its
 * second half did not come to rank 0 within a minute. */
void *ranks_receive(int from, size_t *n);

#endif
