/* Philox4x32-10, the rounds alone: what core/nn/rng.c and its kernels share. */
#ifndef CORE_BASE_PHILOX_H
#define CORE_BASE_PHILOX_H

#include <stdint.h>

/* Domains of the counter's third word, so that draws and derived keys never coincide. */
enum { PHILOX_DRAW = 0, PHILOX_CHILD = 1, PHILOX_INDEX = 2 };

struct philox {
    uint32_t c0, c1, c2, c3;
};

static inline struct philox philox_round(struct philox c, uint32_t k0, uint32_t k1)
{
    uint64_t p0 = (uint64_t)0xD2511F53u * c.c0, p1 = (uint64_t)0xCD9E8D57u * c.c2;

    return (struct philox){(uint32_t)(p1 >> 32) ^ c.c1 ^ k0, (uint32_t)p1,
                           (uint32_t)(p0 >> 32) ^ c.c3 ^ k1, (uint32_t)p0};
}

/* The key grows by the golden ratio and sqrt(3) - 1. */
static inline struct philox philox_rounds(struct philox c, uint32_t k0, uint32_t k1)
{
#pragma GCC unroll 10
    for (uint32_t round = 0; round < 10; round++)
        c = philox_round(c, k0 + round * 0x9E3779B9u, k1 + round * 0xBB67AE85u);
    return c;
}

#endif
