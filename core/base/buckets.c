#include "core/base/buckets.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

enum status buckets_open(struct buckets *buckets, size_t n, struct error *err)
{
    *buckets = (struct buckets){.n_bucket = 1};
    while (buckets->n_bucket < n)
        buckets->n_bucket *= 2;
    buckets->first = memory_required(buckets->n_bucket * sizeof *buckets->first);
    buckets->next = memory_required((n + 1) * sizeof *buckets->next);
    if (!buckets->first || !buckets->next)
        return error_no_memory(err);
    memset(buckets->first, -1, buckets->n_bucket * sizeof *buckets->first);
    return OK;
}

void buckets_close(struct buckets *buckets)
{
    free(buckets->first);
    free(buckets->next);
    *buckets = (struct buckets){0};
}

static int *bucket_of(const struct buckets *buckets, uint64_t hash)
{
    uint64_t mixed = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15u;

    return &buckets->first[mixed >> 32 & (buckets->n_bucket - 1)];
}

void buckets_add(struct buckets *buckets, uint64_t hash, int thing)
{
    int *first = bucket_of(buckets, hash);

    buckets->next[thing] = *first;
    *first = thing;
}

int buckets_first(const struct buckets *buckets, uint64_t hash)
{
    return *bucket_of(buckets, hash);
}

int buckets_next(const struct buckets *buckets, int thing)
{
    return buckets->next[thing];
}
