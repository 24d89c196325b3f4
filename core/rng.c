#include "core/rng.h"

#include <assert.h>
#include <math.h>

static const uint32_t multiplier_0 = 0xD2511F53u, multiplier_1 = 0xCD9E8D57u;
static const uint32_t weyl_0 = 0x9E3779B9u; /* golden ratio */
static const uint32_t weyl_1 = 0xBB67AE85u; /* sqrt(3) - 1 */

/* Domains of the counter's upper half, so that draws and derived keys never meet. */
enum { DOMAIN_DRAW = 0, DOMAIN_CHILD = 1, DOMAIN_INDEX = 2 };

void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];

    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)multiplier_0 * c0;
        uint64_t p1 = (uint64_t)multiplier_1 * c2;

        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += weyl_0;
        k1 += weyl_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
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
    return derive((struct rng){0}, seed, DOMAIN_INDEX);
}

struct rng rng_child(struct rng parent, const char *purpose)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */

    for (const char *c = purpose; *c; c++)
        hash = (hash ^ (uint8_t)*c) * 0x100000001b3u;
    return derive(parent, hash, DOMAIN_CHILD);
}

struct rng rng_at(struct rng parent, uint64_t index)
{
    return derive(parent, index, DOMAIN_INDEX);
}

uint32_t rng_u32(struct rng *rng)
{
    uint32_t out[4];

    block(*rng, rng->next / 4, DOMAIN_DRAW, out);
    return out[rng->next++ % 4];
}

void rng_u32x4(struct rng *rng, uint32_t out[4])
{
    uint64_t number = (rng->next + 3) / 4;

    block(*rng, number, DOMAIN_DRAW, out);
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

static float unit(uint32_t bits)
{
    return (float)(bits >> 8) * 0x1p-24f;
}

real rng_uniform(struct rng *rng)
{
    return unit(rng_u32(rng));
}

/* Box-Muller: two normals from two words. 1 - u lies in (0, 1]. */
static void normal_pair(uint32_t a, uint32_t b, float out[2])
{
    float radius = sqrtf(-2.0f * logf(1.0f - unit(a)));
    float angle = 6.28318530718f * unit(b);

    out[0] = radius * cosf(angle);
    out[1] = radius * sinf(angle);
}

void rng_normal(struct rng *rng, real *x, size_t n, real scale)
{
    for (size_t i = 0; i < n; i += 4) {
        uint32_t bits[4];
        float z[4];

        rng_u32x4(rng, bits);
        normal_pair(bits[0], bits[1], z);
        normal_pair(bits[2], bits[3], z + 2);
        for (size_t j = i; j < n && j < i + 4; j++)
            x[j] = scale * z[j - i];
    }
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
