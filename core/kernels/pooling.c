/* What follows a convolution, in one pass over the map of an image: scale and shift,
 * relu, pool; and the same backward. Vectors along the channels, pixel by pixel: a map of
 * one image comes from the second-level cache once, its pooled half once from there or
 * the first. */
#include "core/kernels/vector.h"

INLINE int in_vector(int channels, int c)
{
    return channels - c < LANES ? channels - c : LANES;
}

/* The first pixel of an output's window, and the offset of its k-th from there. */
INLINE size_t window_of(const struct pooling *p, int y, int x)
{
    return (size_t)((y * p->map.width + x) * p->size * p->map.channels);
}

INLINE size_t pixel_of(const struct pooling *p, int size, int k)
{
    return (size_t)((k / size * p->map.width + k % size) * p->map.channels);
}

/* Where a pool goes to; all but y may be NULL. */
struct pooled {
    real *y;
    uint8_t *argmax;
    real *winners;
};

INLINE struct pooled pooled_at(struct pooled to, size_t i)
{
    return (struct pooled){to.y + i, to.argmax ? to.argmax + i : NULL,
                           to.winners ? to.winners + i : NULL};
}

/* One output pixel, one vector of channels; z: the first pixel of its window. */
INLINE void pool_vector(const struct pooling *p, int size, bool relu, struct pooled to,
                        const real *z, const real *gain, const real *shift, int n)
{
    vec a = gain ? load(gain, n) : (vec){0}, b = gain ? load(shift, n) : (vec){0};
    vec best = {0}, winners = {0};
    mask from = {0};

    for (int k = 0; k < size * size; k++) {
        vec at = load(z + pixel_of(p, size, k), n), v = gain ? a * at + b : at;
        mask larger = v > best;

        best = k ? choose(larger, v, best) : v;
        winners = k ? choose(larger, at, winners) : at;
        from = k ? (larger & k) | (~larger & from) : from;
    }
    if (relu) { /* NaN passes, as in act_forward */
        from |= ~(best > 0) & ARGMAX_NONE;
        best = choose(best < 0, (vec){0}, best);
    }
    store(to.y, best, n);
    if (to.argmax)
        store_marks(to.argmax, from, n);
    if (to.winners)
        store(to.winners, winners, n);
}

INLINE void pool_pixel(const struct pooling *p, int size, bool relu, struct pooled to,
                       const real *z, const real *gain, const real *shift)
{
    int c = 0, channels = p->map.channels;

#define ALL(n)                                                                           \
    pool_vector(p, size, relu, pooled_at(to, (size_t)c), z + c, gain ? gain + c : NULL,  \
                gain ? shift + c : NULL, n)
    for (; c + LANES <= channels; c += LANES)
        ALL(LANES);
    if (c < channels)
        ALL(channels - c);
#undef ALL
}

/* The usual windows as constants, so that the compiler unrolls them. */
void KERNEL(pool)(const struct pooling *p, real *y, uint8_t *argmax, real *winners,
                  const real *z, const real *gain, const real *shift)
{
    struct pooled all = {y, argmax, winners};

    for (int oy = 0; oy < p->out.height; oy++)
        for (int ox = 0; ox < p->out.width; ox++) {
            struct pooled to =
                pooled_at(all, (size_t)((oy * p->out.width + ox) * p->map.channels));
            const real *window = z + window_of(p, oy, ox);

            if (p->size == 2 && p->relu && !gain)
                pool_pixel(p, 2, true, to, window, NULL, NULL);
            else if (p->size == 2 && p->relu)
                pool_pixel(p, 2, true, to, window, gain, shift);
            else if (p->size == 2)
                pool_pixel(p, 2, false, to, window, gain, shift);
            else
                pool_pixel(p, p->size, p->relu, to, window, gain, shift);
        }
}

/* z of the winners of one output pixel, one vector of channels. */
INLINE void follow_vector(const struct pooling *p, int size, real *y,
                          const uint8_t *argmax, const real *z, int n)
{
    mask from = load_marks(argmax, n);
    vec v = load(z, n);

    for (int k = 1; k < size * size; k++)
        v = choose(from == k, load(z + pixel_of(p, size, k), n), v);
    store(y, v, n);
}

INLINE void follow_pixel(const struct pooling *p, int size, real *y,
                         const uint8_t *argmax, const real *z)
{
    int c = 0, channels = p->map.channels;

    for (; c + LANES <= channels; c += LANES)
        follow_vector(p, size, y + c, argmax + c, z + c, LANES);
    if (c < channels)
        follow_vector(p, size, y + c, argmax + c, z + c, channels - c);
}

void KERNEL(pool_follow)(const struct pooling *p, real *y, const uint8_t *argmax,
                         const real *z)
{
    for (int oy = 0; oy < p->out.height; oy++)
        for (int ox = 0; ox < p->out.width; ox++) {
            size_t at = (size_t)((oy * p->out.width + ox) * p->map.channels);
            const real *window = z + window_of(p, oy, ox);

            if (p->size == 2)
                follow_pixel(p, 2, y + at, argmax + at, window);
            else
                follow_pixel(p, p->size, y + at, argmax + at, window);
        }
}

/* How dz follows from dy and z; by_dy NULL: it is dy. */
struct spread {
    const real *by_dy, *by_z, *rest;
};

/* One window of height x width pixels, one vector of channels. dy NULL: pixels that no
 * window of the pool holds. Returns dy where alive. */
INLINE vec unpool_vector(const struct pooling *p, int height, int width, real *dz,
                         const real *dy, const uint8_t *argmax, const real *z,
                         struct spread by, int c, int n)
{
    vec d = dy ? load(dy + c, n) : (vec){0};
    mask from = dy && argmax ? load_marks(argmax + c, n) : (mask){0};
    vec slope = {0}, by_z = {0}, rest = {0};

    if (by.by_dy) {
        slope = load(by.by_dy + c, n);
        by_z = load(by.by_z + c, n);
        rest = load(by.rest + c, n);
    }
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            size_t at = (size_t)((y * p->map.width + x) * p->map.channels + c);
            vec v = choose(from == y * p->size + x, d, (vec){0});

            if (by.by_dy)
                v = slope * v + by_z * load(z + at, n) + rest;
            store(dz + at, v, n);
        }
    return choose(from != ARGMAX_NONE, d, (vec){0});
}

INLINE void unpool_window(const struct pooling *p, int height, int width, real *dz,
                          const real *dy, const uint8_t *argmax, const real *z,
                          struct spread by, real *sum)
{
    int c = 0, channels = p->map.channels;

#define ALL(n)                                                                           \
    do {                                                                                 \
        vec d = unpool_vector(p, height, width, dz, dy, argmax, z, by, c, n);            \
        if (sum)                                                                         \
            store(sum + c, load(sum + c, n) + d, n);                                     \
    } while (0)
    for (; c + LANES <= channels; c += LANES)
        ALL(LANES);
    if (c < channels)
        ALL(channels - c);
#undef ALL
}

INLINE int least(int a, int b)
{
    return a < b ? a : b;
}

void KERNEL(unpool)(const struct pooling *p, real *dz, const real *dy,
                    const uint8_t *argmax, const real *z, const real *by_dy,
                    const real *by_z, const real *rest, real *sum)
{
    struct spread by = {by_dy, by_z, rest};
    int channels = p->map.channels, size = p->size;

    for (int y = 0; y < p->map.height; y += size)
        for (int x = 0; x < p->map.width; x += size) {
            size_t at = (size_t)((y * p->map.width + x) * channels);
            int height = least(size, p->map.height - y);
            int width = least(size, p->map.width - x);
            size_t from = (size_t)((y / size * p->out.width + x / size) * channels);
            bool whole = height == size && width == size;
            const real *d = whole ? dy + from : NULL;
            const uint8_t *m = argmax && whole ? argmax + from : NULL;
            const real *here = z ? z + at : NULL;

            if (size == 2 && whole && argmax && !by_dy)
                unpool_window(p, 2, 2, dz + at, d, m, NULL, (struct spread){0}, sum);
            else if (size == 2 && whole && argmax)
                unpool_window(p, 2, 2, dz + at, d, m, here, by, sum);
            else
                unpool_window(p, height, width, dz + at, d, m, here, by, sum);
        }
}

/* One output pixel, one vector of channels. */
INLINE void sum_vector(real *sum, real *product, const real *dy, const uint8_t *argmax,
                       const real *winners, const real *mean, int c, int n)
{
    mask m = argmax ? load_marks(argmax + c, n) : (mask){0};
    vec d = choose(m != ARGMAX_NONE, load(dy + c, n), (vec){0});

    store(sum + c, load(sum + c, n) + d, n);
    if (winners)
        store(product + c,
              load(product + c, n) + d * (load(winners + c, n) - load(mean + c, n)), n);
}

void KERNEL(pool_sums)(const struct shape *out, real *sum, real *product, const real *dy,
                       const uint8_t *argmax, const real *winners, const real *mean)
{
    int channels = out->channels;

    memset(sum, 0, (size_t)channels * sizeof *sum);
    if (winners)
        memset(product, 0, (size_t)channels * sizeof *product);
    for (int i = 0; i < out->height * out->width; i++) {
        size_t at = (size_t)i * (size_t)channels;
        const uint8_t *m = argmax ? argmax + at : NULL;
        const real *w = winners ? winners + at : NULL;
        int c = 0;

        for (; c + LANES <= channels; c += LANES)
            sum_vector(sum, product, dy + at, m, w, mean, c, LANES);
        if (c < channels)
            sum_vector(sum, product, dy + at, m, w, mean, c, channels - c);
    }
}

void KERNEL(moments)(real *mean, real *square, const real *z, int pixels, int channels)
{
    for (int c = 0; c < channels; c += LANES) {
        int n = in_vector(channels, c);
        vec sum = {0}, deviation = {0};

        for (int i = 0; i < pixels; i++)
            sum += load(z + (size_t)i * (size_t)channels + c, n);
        sum /= (real)pixels;
        for (int i = 0; i < pixels; i++) {
            vec d = load(z + (size_t)i * (size_t)channels + c, n) - sum;

            deviation += d * d;
        }
        store(mean + c, sum, n);
        store(square + c, deviation, n);
    }
}
