#include "core/nn/rng.h"

#include <assert.h>
#include <string.h>

#include "core/base/fnv.h"
#include "core/base/philox.h"
#include "core/base/stage.h"
#include "core/kernels/kernels.h"

void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    struct philox c = {counter[0], counter[1], counter[2], counter[3]};

    c = philox_rounds(c, key[0], key[1]);
    out[0] = c.c0;
    out[1] = c.c1;
    out[2] = c.c2;
    out[3] = c.c3;
}

static void block(struct rng rng, uint64_t counter, uint32_t domain, uint32_t out[4])
{
    const uint32_t c[4] = {(uint32_t)counter, (uint32_t)(counter >> 32), domain, 0};
    const uint32_t k[2] = {(uint32_t)rng.key, (uint32_t)(rng.key >> 32)};

    philox4x32(c, k, out);
}

static struct rng derive(struct rng parent, uint64_t what, uint32_t domain)
{
    uint32_t out[4];

    block(parent, what, domain, out);
    return (struct rng){.key = (uint64_t)out[1] << 32 | out[0]};
}

struct rng rng_seed(uint64_t seed)
{
    return derive((struct rng){0}, seed, PHILOX_INDEX);
}

struct rng rng_child(struct rng parent, const char *purpose)
{
    return derive(parent, fnv_add(fnv_of_nothing, purpose, strlen(purpose)),
                  PHILOX_CHILD);
}

struct rng rng_at(struct rng parent, uint64_t index)
{
    return derive(parent, index, PHILOX_INDEX);
}

uint32_t rng_u32(struct rng *rng)
{
    uint32_t out[4];

    block(*rng, rng->next / 4, PHILOX_DRAW, out);
    return out[rng->next++ % 4];
}

void rng_u32x4(struct rng *rng, uint32_t out[4])
{
    uint64_t number = (rng->next + 3) / 4;

    block(*rng, number, PHILOX_DRAW, out);
    rng->next = 4 * (number + 1);
}

uint32_t rng_below(struct rng *rng, uint32_t n)
{
    uint64_t product;

    assert(n > 0);
    do { /* Lemire: Fast random integer generation in an interval, 2019 */
        product = (uint64_t)rng_u32(rng) * n;
    } while ((uint32_t)product < (uint32_t)-n % n);
    return (uint32_t)(product >> 32);
}

real rng_uniform(struct rng *rng)
{
    return (real)(rng_u32(rng) >> 8) * (real)0x1p-24;
}

/* The first of n words in whole blocks, which are counted as drawn. */
static uint64_t take_blocks(struct rng *rng, size_t n)
{
    uint64_t first = (rng->next + 3) / 4;

    rng->next = 4 * (first + (n + 3) / 4);
    return first;
}

void rng_words(struct rng *rng, uint32_t *out, size_t n)
{
    kernels_default()->words(rng->key, take_blocks(rng, n), out, n);
}

void rng_normal(struct rng *rng, real *x, size_t n, real scale)
{
    static struct stage stage = {"random numbers"};
    double began = stage_begin();

    kernels_default()->normal(rng->key, take_blocks(rng, n), x, n, scale);
    stage_end(&stage, began, 0);
}

void rng_shuffle(struct rng *rng, int32_t *index, int n)
{
    for (int i = n - 1; i > 0; i--) {
        int j = (int)rng_below(rng, (uint32_t)i + 1);
        int32_t keep = index[i];

        index[i] = index[j];
        index[j] = keep;
    }
}
