/* The weight gradient of a pooled convolution: only the pixels that won count.
 *
 * A tile of TOGETHER channels x 2 vectors of the patch stays in registers over a row of
 * outputs; each step loads the patch that won and broadcasts one dy. That is a quarter of
 * the work of a product over all pixels where the pool is 2 x 2. */
#include "core/kernels/vector.h"

enum {
    /* 8 sums in registers: as many as multiply-adds are under way */
    TOGETHER = LANES < 4 ? LANES : 4,
    CHUNK = 32, /* outputs whose dy lie ready in the first-level cache */
};

/* Where the patch of each mark is, from that of the window's first pixel. */
struct places {
    size_t of[ARGMAX_NONE + 1];
};

/* A chunk: n outputs, LANES channels of which dy is zero where dead. */
struct chunk {
    real dy[CHUNK][LANES];
    const uint8_t *argmax; /* of the first output; NULL: all 0 */
    const real *patch;
    size_t next; /* reals from the patch of one output to that of the next */
    int n, channels;
};

INLINE void add_patches(const struct chunk *chunk, const struct places *places, int c,
                        size_t k, int vecs, real *sum, size_t row)
{
    vec s[TOGETHER][2];

    for (int j = 0; j < TOGETHER; j++)
        for (int v = 0; v < vecs; v++)
            s[j][v] = load(sum + (size_t)j * row + v * LANES, LANES);
    for (int i = 0; i < chunk->n; i++) {
        const real *window = chunk->patch + (size_t)i * chunk->next + k;
        const uint8_t *argmax =
            chunk->argmax ? chunk->argmax + i * chunk->channels + c : NULL;

        for (int j = 0; j < TOGETHER; j++) {
            const real *patch = window + (argmax ? places->of[argmax[j]] : 0);
            vec dy = chunk->dy[i][c + j] - (vec){0}; /* in every lane */

            for (int v = 0; v < vecs; v++)
                s[j][v] = multiply_add(dy, load(patch + v * LANES, LANES), s[j][v]);
        }
    }
    for (int j = 0; j < TOGETHER; j++)
        for (int v = 0; v < vecs; v++)
            store(sum + (size_t)j * row + v * LANES, s[j][v], LANES);
}

INLINE void add_chunk(const struct patch_sums *p, struct chunk *chunk,
                      const struct places *places, const real *dy, real *sum)
{
    for (int i = 0; i < chunk->n; i++) {
        vec d = load(dy + (size_t)i * (size_t)p->channels, LANES);

        if (chunk->argmax)
            d = choose(load_marks(chunk->argmax + i * p->channels, LANES) != ARGMAX_NONE,
                       d, (vec){0});
        store(chunk->dy[i], d, LANES);
    }
    for (int c = 0; c < LANES; c += TOGETHER)
        for (size_t k = 0; k < p->row; k += 2 * LANES) {
            real *to = sum + (size_t)c * p->row + k;

            if (p->row - k >= 2 * LANES)
                add_patches(chunk, places, c, k, 2, to, p->row);
            else
                add_patches(chunk, places, c, k, 1, to, p->row);
        }
}

void KERNEL(patch_sums)(const struct patch_sums *p)
{
    struct chunk chunk;
    struct places places;

    chunk.next = (size_t)p->size * p->row;
    chunk.channels = p->channels;
    for (int k = 0; k < p->size * p->size; k++)
        places.of[k] = (size_t)(k / p->size) * p->down + (size_t)(k % p->size) * p->row;
    places.of[ARGMAX_NONE] = 0;
    for (int c = 0; c < p->channels; c += LANES)
        for (int i = 0; i < p->outputs; i += CHUNK) {
            size_t at = (size_t)(i * p->channels + c);

            chunk.n = p->outputs - i < CHUNK ? p->outputs - i : CHUNK;
            chunk.argmax = p->argmax ? p->argmax + at : NULL;
            chunk.patch = p->patch + (size_t)i * chunk.next;
            add_chunk(p, &chunk, &places, p->dy + at, p->sum + (size_t)c * p->row);
        }
}
