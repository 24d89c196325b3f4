/* SHA-256 (FIPS 180-4), for the digests of files that are fetched. */
#ifndef CORE_BASE_SHA256_H
#define CORE_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
    uint32_t h[8];
    uint8_t block[64];
    uint64_t n; /* bytes so far */
};

void sha256_begin(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *from, size_t n);

/* 64 hex digits and a NUL. */
void sha256_end(struct sha256 *sha, char out[65]);

#endif
