/* Philox and Box-Muller for many blocks at once. Every loop over lanes is straight-line
 * code on independent elements, which the compiler turns into vector instructions of any
 * width; logarithm, sine and cosine are polynomials of our own, so that the bits are the
 * same with every compiler, library and width. */
#include <math.h>
#include <string.h>

#include "core/base/philox.h"
#include "core/kernels/table.h"

enum { LANE = 32 }; /* blocks handled together */

struct blocks {
    uint32_t word[4][LANE];
};

/* One lane per block; the ten rounds are unrolled so that the lanes fill a register. */
static inline void draw(struct blocks *out, uint64_t key, uint64_t first)
{
    uint32_t low = (uint32_t)first, high = (uint32_t)(first >> 32);

    for (uint32_t l = 0; l < LANE; l++) {
        struct philox c = {low + l, high + (low + l < low), PHILOX_DRAW, 0};

        c = philox_rounds(c, (uint32_t)key, (uint32_t)(key >> 32));
        out->word[0][l] = c.c0;
        out->word[1][l] = c.c1;
        out->word[2][l] = c.c2;
        out->word[3][l] = c.c3;
    }
}

void KERNEL(words)(uint64_t key, uint64_t block, uint32_t *out, size_t n)
{
    uint32_t word[4 * LANE];
    struct blocks blocks;

    for (size_t i = 0; i < n; i += 4 * LANE, block += LANE) {
        size_t some = n - i < 4 * LANE ? n - i : 4 * LANE;
        uint32_t *to = some == 4 * LANE ? out + i : word;

        draw(&blocks, key, block);
        for (int l = 0; l < LANE; l++)
            for (int k = 0; k < 4; k++)
                to[4 * l + k] = blocks.word[k][l];
        if (to == word)
            memcpy(out + i, word, some * sizeof *out);
    }
}

static inline float of_bits(uint32_t bits)
{
    float x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

/* log(v) for a normal v in (0, 1], to 1 ulp: v = 2^e m, m in [sqrt 1/2, sqrt 2), and the
 * polynomial of Cephes (Moshier 1989, logf.c) in m - 1. */
static inline float logarithm(float v)
{
    uint32_t bits, above;
    float e, x, x2, y;

    memcpy(&bits, &v, sizeof bits);
    above = bits - 0x3f3504f3u; /* sqrt 1/2 */
    e = (float)((int32_t)above >> 23);
    x = of_bits((above & 0x7fffffu) + 0x3f3504f3u) - 1;
    x2 = x * x;
    y = 7.0376836292e-2f;
    y = y * x - 1.1514610310e-1f;
    y = y * x + 1.1676998740e-1f;
    y = y * x - 1.2420140846e-1f;
    y = y * x + 1.4249322787e-1f;
    y = y * x - 1.6668057665e-1f;
    y = y * x + 2.0000714765e-1f;
    y = y * x - 2.4999993993e-1f;
    y = y * x + 3.3333331174e-1f;
    y = y * x * x2 + e * -2.12194440e-4f - 0.5f * x2;
    return x + y + e * 0.693359375f;
}

struct circle {
    float cosine, sine;
};

/* Cosine and sine of 2 pi t / 2^24: a quarter turn q and a rest within 1/8 turn of it,
 * both exact, then the polynomials of Cephes (sinf.c). */
static inline struct circle on_circle(uint32_t t)
{
    uint32_t q = (t + (1u << 21)) >> 22;
    float x = (float)(int32_t)(t - (q << 22)) * 3.74507028e-7f; /* 2 pi / 2^24 */
    float x2 = x * x;
    float s = ((-1.9515295891e-4f * x2 + 8.3321608736e-3f) * x2 - 1.6666654611e-1f) * x2;
    float c = ((2.443315711809948e-5f * x2 - 1.388731625493765e-3f) * x2 +
               4.166664568298827e-2f) *
              x2 * x2;
    float sine = s * x + x, cosine = c - 0.5f * x2 + 1;
    float a = q & 1 ? sine : cosine, b = q & 1 ? cosine : sine;

    return (struct circle){(q + 1) & 2 ? -a : a, q & 2 ? -b : b};
}

/* Box-Muller: two normals from two words; 1 - u lies in (0, 1]. */
static inline void pairs(const uint32_t *a, const uint32_t *b, float *first,
                         float *second)
{
    for (int l = 0; l < LANE; l++) {
        float v = 1 - (float)(int32_t)(a[l] >> 8) * 0x1p-24f;
        float radius = sqrtf(-2 * logarithm(v));
        struct circle at = on_circle(b[l] >> 8);

        first[l] = radius * at.cosine;
        second[l] = radius * at.sine;
    }
}

void KERNEL(normal)(uint64_t key, uint64_t block, real *x, size_t n, real scale)
{
    struct blocks blocks;
    float z[4][LANE];
    real some[4 * LANE];

    for (size_t i = 0; i < n; i += 4 * LANE, block += LANE) {
        size_t left = n - i < 4 * LANE ? n - i : 4 * LANE;
        real *to = left == 4 * LANE ? x + i : some;

        draw(&blocks, key, block);
        pairs(blocks.word[0], blocks.word[1], z[0], z[1]);
        pairs(blocks.word[2], blocks.word[3], z[2], z[3]);
        for (int l = 0; l < LANE; l++)
            for (int k = 0; k < 4; k++)
                to[4 * l + k] = scale * (real)z[k][l];
        if (to == some)
            memcpy(x + i, some, left * sizeof *x);
    }
}

void KERNEL(mask)(real *x, const uint32_t *word, size_t n, uint32_t below, real keep)
{
    for (size_t i = 0; i < n; i++)
        x[i] = word[i] < below ? 0 : x[i] * keep;
}
