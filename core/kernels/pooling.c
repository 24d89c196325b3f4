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
INLINE void pool_vector(const struct pooling *p, int size, real *y, uint8_t *mark,
                        const real *z, const real *gain, const real *shift, int n)
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
    if (p->relu) { /* NaN passes, as in act_forward */
        from |= ~(best > 0) & MARK_DEAD;
        best = choose(best < 0, (vec){0}, best);
    }
    store(y, best, n);
    if (mark)
        store_marks(mark, from, n);
}

INLINE void pool_pixel(const struct pooling *p, int size, real *y, uint8_t *mark,
                       const real *z, const real *gain, const real *shift)
{
    int c = 0, channels = p->map.channels;

#define ALL(n)                                                                           \
    pool_vector(p, size, y + c, mark ? mark + c : NULL, z + c, gain ? gain + c : NULL,   \
                gain ? shift + c : NULL, n)
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

            if (p->size == 2)
                pool_pixel(p, 2, y + to, m, window, gain, shift);
            else
                pool_pixel(p, p->size, y + to, m, window, gain, shift);
        }
}

/* One pixel of the map, position k of its window; dy NULL: in no window. */
INLINE void unpool_pixel(int channels, real *dz, const real *dy, const uint8_t *mark,
                         int k, const real *z, const real *by_dy, const real *by_z,
                         const real *rest)
{
    for (int c = 0; c < channels; c += LANES) {
        int n = in_vector(channels, c);
        vec d = dy ? load(dy + c, n) : (vec){0};

        if (dy && mark)
            d = (vec)((load_marks(mark + c, n) == k) & (mask)d);
        if (by_dy)
            d = load(by_dy + c, n) * d + load(by_z + c, n) * load(z + c, n) +
                load(rest + c, n);
        store(dz + c, d, n);
    }
}

void KERNEL(unpool)(const struct pooling *p, real *dz, const real *dy,
                    const uint8_t *mark, const real *z, const real *by_dy,
                    const real *by_z, const real *rest)
{
    int channels = p->map.channels, size = p->size;

    for (int y = 0; y < p->map.height; y++)
        for (int x = 0; x < p->map.width; x++) {
            size_t at = (size_t)((y * p->map.width + x) * channels);
            int oy = y / size, ox = x / size, k = y % size * size + x % size;
            bool inside = oy < p->out.height && ox < p->out.width;
            size_t from = (size_t)((oy * p->out.width + ox) * channels);

            unpool_pixel(channels, dz + at, inside ? dy + from : NULL,
                         mark ? mark + from : NULL, k, z ? z + at : NULL, by_dy, by_z,
                         rest);
        }
}

/* z of the winners of one output pixel. */
INLINE vec winners(const struct pooling *p, const real *z, mask mark, int n)
{
    vec v = load(z, n);

    for (int k = 1; k < p->size * p->size; k++) {
        int pixel = k / p->size * p->map.width + k % p->size;

        v = choose(mark == k, load(z + (size_t)(pixel * p->map.channels), n), v);
    }
    return v;
}

void KERNEL(pool_sums)(const struct pooling *p, real *sum, real *product, const real *dy,
                       const uint8_t *mark, const real *z, const real *mean)
{
    int channels = p->map.channels;

    for (int c = 0; c < channels; c += LANES) {
        int n = in_vector(channels, c);
        vec s = {0}, t = {0}, middle = z ? load(mean + c, n) : s;

        for (int oy = 0; oy < p->out.height; oy++)
            for (int ox = 0; ox < p->out.width; ox++) {
                size_t at = (size_t)((oy * p->out.width + ox) * channels + c);
                size_t window =
                    (size_t)((oy * p->map.width + ox) * p->size * channels + c);
                mask m = mark ? load_marks(mark + at, n) : (mask){0};
                vec d = (vec)((m != MARK_DEAD) & (mask)load(dy + at, n));

                s += d;
                if (z)
                    t += d * (winners(p, z + window, m, n) - middle);
            }
        store(sum + c, s, n);
        if (z)
            store(product + c, t, n);
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
