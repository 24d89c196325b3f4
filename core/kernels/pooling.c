/* What follows a convolution, in one pass over the map of an image: scale and shift,
 * relu, pool; and the same backward. Vectors along the channels, pixel by pixel: a map of
 * one image comes from the second-level cache once, its pooled half once from there or
 * the first. */
#include "core/kernels/vector.h"

INLINE int in_vector(int channels, int c)
{
    return channels - c < LANES ? channels - c : LANES;
}

INLINE mask load_marks(const uint8_t *p, int n)
{
    bytes b = {0};

    if (n == LANES)
        memcpy(&b, p, sizeof b);
    else
        memcpy(&b, p, (size_t)n);
    return __builtin_convertvector(b, mask);
}

INLINE void store_marks(uint8_t *p, mask m, int n)
{
    bytes b = __builtin_convertvector(m, bytes);

    if (n == LANES)
        memcpy(p, &b, sizeof b);
    else
        memcpy(p, &b, (size_t)n);
}

/* One output pixel, one vector of channels; z: the first pixel of its window. */
INLINE void pool_vector(const struct pooling *p, int size, bool relu, real *y,
                        uint8_t *mark, const real *z, const real *gain, const real *shift,
                        int n)
{
    int channels = p->map.channels;
    vec a = gain ? load(gain, n) : (vec){0}, b = gain ? load(shift, n) : (vec){0};
    vec best = {0};
    mask from = {0};

    for (int k = 0; k < size * size; k++) {
        vec v = load(z + (size_t)((k / size * p->map.width + k % size) * channels), n);
        mask larger;

        v = gain ? a * v + b : v;
        larger = v > best;
        best = k ? choose(larger, v, best) : v;
        from = k ? (larger & k) | (~larger & from) : from;
    }
    if (relu) { /* NaN passes, as in act_forward */
        from |= ~(best > 0) & MARK_DEAD;
        best = choose(best < 0, (vec){0}, best);
    }
    store(y, best, n);
    if (mark)
        store_marks(mark, from, n);
}

INLINE void pool_pixel(const struct pooling *p, int size, bool relu, real *y,
                       uint8_t *mark, const real *z, const real *gain, const real *shift)
{
    int c = 0, channels = p->map.channels;

#define ALL(n)                                                                           \
    pool_vector(p, size, relu, y + c, mark ? mark + c : NULL, z + c,                     \
                gain ? gain + c : NULL, gain ? shift + c : NULL, n)
    for (; c + LANES <= channels; c += LANES)
        ALL(LANES);
    if (c < channels)
        ALL(channels - c);
#undef ALL
}

void KERNEL(pool)(const struct pooling *p, real *y, uint8_t *mark, const real *z,
                  const real *gain, const real *shift)
{
    int channels = p->map.channels;

    for (int oy = 0; oy < p->out.height; oy++)
        for (int ox = 0; ox < p->out.width; ox++) {
            size_t to = (size_t)((oy * p->out.width + ox) * channels);
            const real *window =
                z + (size_t)((oy * p->map.width + ox) * p->size * channels);
            uint8_t *m = mark ? mark + to : NULL;

            if (p->size == 2 && p->relu && m && !gain)
                pool_pixel(p, 2, true, y + to, m, window, NULL, NULL);
            else if (p->size == 2 && p->relu && m)
                pool_pixel(p, 2, true, y + to, m, window, gain, shift);
            else
                pool_pixel(p, p->size, p->relu, y + to, m, window, gain, shift);
        }
}

/* How dz follows from dy and z; by_dy NULL: it is dy. */
struct spread {
    const real *by_dy, *by_z, *rest;
};

/* One window of height x width pixels, one vector of channels. dy NULL: pixels that no
 * window of the pool holds. Returns dy where alive. */
INLINE vec unpool_vector(const struct pooling *p, int height, int width, real *dz,
                         const real *dy, const uint8_t *mark, const real *z,
                         struct spread by, int c, int n)
{
    vec d = dy ? load(dy + c, n) : (vec){0};
    mask from = dy && mark ? load_marks(mark + c, n) : (mask){0};
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
    return choose(from != MARK_DEAD, d, (vec){0});
}

INLINE void unpool_window(const struct pooling *p, int height, int width, real *dz,
                          const real *dy, const uint8_t *mark, const real *z,
                          struct spread by, real *sum)
{
    int c = 0, channels = p->map.channels;

#define ALL(n)                                                                           \
    do {                                                                                 \
        vec d = unpool_vector(p, height, width, dz, dy, mark, z, by, c, n);              \
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
                    const uint8_t *mark, const real *z, const real *by_dy,
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
            const uint8_t *m = mark && whole ? mark + from : NULL;
            const real *here = z ? z + at : NULL;

            if (size == 2 && whole && mark && !by_dy)
                unpool_window(p, 2, 2, dz + at, d, m, NULL, (struct spread){0}, sum);
            else if (size == 2 && whole && mark)
                unpool_window(p, 2, 2, dz + at, d, m, here, by, sum);
            else
                unpool_window(p, height, width, dz + at, d, m, here, by, sum);
        }
}

/* z of the winners of one output pixel. */
INLINE vec winners(const struct pooling *p, int size, const real *z, mask mark, int n)
{
    vec v = load(z, n);

    for (int k = 1; k < size * size; k++) {
        int pixel = k / size * p->map.width + k % size;

        v = choose(mark == k, load(z + (size_t)(pixel * p->map.channels), n), v);
    }
    return v;
}

/* One output pixel, one vector of channels. */
INLINE void sum_vector(const struct pooling *p, int size, real *sum, real *product,
                       const real *dy, const uint8_t *mark, const real *z,
                       const real *mean, int c, int n)
{
    mask m = mark ? load_marks(mark + c, n) : (mask){0};
    vec d = choose(m != MARK_DEAD, load(dy + c, n), (vec){0});

    store(sum + c, load(sum + c, n) + d, n);
    if (z)
        store(product + c,
              load(product + c, n) +
                  d * (winners(p, size, z + c, m, n) - load(mean + c, n)),
              n);
}

INLINE void sum_pixel(const struct pooling *p, int size, real *sum, real *product,
                      const real *dy, const uint8_t *mark, const real *z,
                      const real *mean)
{
    int c = 0, channels = p->map.channels;

    for (; c + LANES <= channels; c += LANES)
        sum_vector(p, size, sum, product, dy, mark, z, mean, c, LANES);
    if (c < channels)
        sum_vector(p, size, sum, product, dy, mark, z, mean, c, channels - c);
}

void KERNEL(pool_sums)(const struct pooling *p, real *sum, real *product, const real *dy,
                       const uint8_t *mark, const real *z, const real *mean)
{
    int channels = p->map.channels;

    memset(sum, 0, (size_t)channels * sizeof *sum);
    if (z)
        memset(product, 0, (size_t)channels * sizeof *product);
    for (int oy = 0; oy < p->out.height; oy++)
        for (int ox = 0; ox < p->out.width; ox++) {
            size_t at = (size_t)((oy * p->out.width + ox) * channels);
            size_t window = (size_t)((oy * p->map.width + ox) * p->size * channels);
            const uint8_t *m = mark ? mark + at : NULL;

            if (p->size == 2 && z)
                sum_pixel(p, 2, sum, product, dy + at, m, z + window, mean);
            else
                sum_pixel(p, p->size, sum, product, dy + at, m, z ? z + window : NULL,
                          mean);
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
