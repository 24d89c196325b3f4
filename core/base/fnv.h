/* FNV-1a, 64 bits (Fowler, Noll, Vo: draft-eastlake-fnv): a hash of bytes that is the
 * same on every machine of one byte order. It finds differences and names streams of
 * random numbers; it is not cryptographic. */
#ifndef CORE_BASE_FNV_H
#define CORE_BASE_FNV_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static const uint64_t fnv_of_nothing = 0xcbf29ce484222325u;

/* The hash of the bytes hashed so far (`hash`), followed by these. */
static inline uint64_t fnv_add(uint64_t hash, const void *from, size_t n)
{
    const unsigned char *byte = from;

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ byte[i]) * 0x100000001b3u;
    return hash;
}

/* Of a text, without its end. */
static inline uint64_t fnv_text(uint64_t hash, const char *text)
{
    return fnv_add(hash, text, strlen(text));
}

#endif
