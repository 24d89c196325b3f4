/* Buckets: finds one of many things by a hash of what it is known by, where a list would
 * have to be searched. The things are numbered by the caller, who also compares them:
 *
 *   for (int i = buckets_first(&b, hash); i >= 0; i = buckets_next(&b, i))
 *       if (thing i is the one that is looked for) ...
 */
#ifndef CORE_BASE_BUCKETS_H
#define CORE_BASE_BUCKETS_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

struct buckets {
    int *first; /* of each bucket; -1 = it is empty */
    int *next;  /* of each thing, in its bucket */
    size_t n_bucket;
};

/* For things 0 .. n - 1. buckets_close is due in any case. */
enum status buckets_open(struct buckets *buckets, size_t n, struct error *err);
void buckets_close(struct buckets *buckets);

/* Adds a thing, once. */
void buckets_add(struct buckets *buckets, uint64_t hash, int thing);

/* The things that may have that hash, the one added last first; -1 = no more. */
int buckets_first(const struct buckets *buckets, uint64_t hash);
int buckets_next(const struct buckets *buckets, int thing);

#endif
