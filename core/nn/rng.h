/* Random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As
 * Easy as 1, 2, 3, SC 2011), a pure function of key and counter.
 *
 * A struct rng is a small value. Passed by value it gives a function a stream of its own;
 * a function that draws from the caller's stream takes a pointer. Streams are derived
 * from key and purpose (rng_child) or key and index (rng_at), never from the order of
 * calls. */
#ifndef CORE_NN_RNG_H
#define CORE_NN_RNG_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/real.h"

struct rng {
    uint64_t key;
    uint64_t next; /* number of the next 32-bit word */
};

void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

struct rng rng_seed(uint64_t seed);
struct rng rng_child(struct rng parent, const char *purpose);
struct rng rng_at(struct rng parent, uint64_t index);

uint32_t rng_u32(struct rng *rng);
void rng_u32x4(struct rng *rng, uint32_t out[4]);         /* the next whole block */
uint32_t rng_below(struct rng *rng, uint32_t n);          /* 0..n-1, unbiased */
real rng_uniform(struct rng *rng);                        /* [0, 1) */
void rng_shuffle(struct rng *rng, int32_t *index, int n); /* Fisher-Yates */

/* Many at once, from whole blocks; the first k of n are those of a call for k. */
void rng_words(struct rng *rng, uint32_t *out, size_t n);
void rng_normal(struct rng *rng, real *x, size_t n, real scale); /* scale x N(0, 1) */

#endif
