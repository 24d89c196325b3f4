/* Worker threads that live as long as a run.
 *
 * The work of a call is cut into items that do not depend on each other; any thread
 * may do any item, so an item must give the same result wherever it is done. Cut
 * work the same way whatever the number of threads, and the results are the same bits. */
#ifndef CORE_BASE_THREADS_H
#define CORE_BASE_THREADS_H

#include "core/base/error.h"

struct threads;

/* n - 1 threads beside the caller, with the caller's floating-point modes (flush
 * denormals first). ERR_MEMORY when the system has no more threads. Only the thread that
 * opened them may use them. */
enum status threads_open(struct threads **threads, int n, struct error *err);
void threads_close(struct threads *threads); /* NULL is fine */

int threads_count(const struct threads *threads); /* NULL = 1 */

/* The threads that the caller opened, for code that shares out its work without being
 * handed any (products, layers, optimisers). NULL where there are none, or while they are
 * at work: what an item calls runs in that item's thread. */
struct threads *threads_own(void);

/* Calls work(context, worker, item) once for each item 0..n_item-1, handed out in order
 * to whoever is free, and returns when all are done. worker is less than the number of
 * threads and than n_item, and no two calls at a time have the same: it can index working
 * memory. threads NULL: the caller does everything as worker 0. */
void threads_run(struct threads *threads, int n_item,
                 void (*work)(void *context, int worker, int item), void *context);

#endif
