/* Activations with an exponential in them. Polynomials of our own, for the same reasons
 * as in random.c; in the double build of the tests they are libm's, which is sharper. */
#include <string.h>
#include <tgmath.h>

#include "core/kernels/table.h"

#ifdef CORE_DOUBLE
static inline real exponential(real x)
{
    return exp(x);
}

static inline real tangent(real x)
{
    return tanh(x);
}
#else
/* e^x = 2^n e^r, |r| <= log(2) / 2, and the polynomial of Cephes (Moshier 1989, expf.c),
 * to 2 ulp. Kept within +-87, where neither end leaves the normal numbers; NaN stays.
 * Adding 3 2^22 rounds to a whole number and leaves it in the last bits. */
static inline float exponential(float x)
{
    const float rounder = 12582912.0f;
    float kept = x > 87 ? 87 : x < -87 ? -87 : x;
    float shifted = kept * 1.44269504088896341f + rounder, n = shifted - rounder, r, y,
          scale;
    uint32_t bits;

    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits - 0x4b400000u + 127u) << 23;
    memcpy(&scale, &bits, sizeof scale);
    r = kept - n * 0.693359375f + n * 2.12194440e-4f;
    y = 1.9875691500e-4f;
    y = y * r + 1.3981999507e-3f;
    y = y * r + 8.3334519073e-3f;
    y = y * r + 4.1665795894e-2f;
    y = y * r + 1.6666665459e-1f;
    y = y * r + 5.0000001201e-1f;
    return (y * r * r + r + 1) * scale;
}

/* tanh x: Cephes' odd polynomial (tanhf.c) near 0, else +-(1 - 2 / (e^2|x| + 1)). */
static inline float tangent(float x)
{
    float size = x < 0 ? -x : x, z = x * x;
    float far = 1 - 2 / (exponential(2 * size) + 1), near = -5.70498872745e-3f;

    near = near * z + 2.06390887954e-2f;
    near = near * z - 5.37397155531e-2f;
    near = near * z + 1.33314422036e-1f;
    near = near * z - 3.33332819422e-1f;
    near = near * z * x + x;
    return size < 0.625f ? near : x < 0 ? -far : far;
}
#endif

void KERNEL(tanh)(real *y, const real *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = tangent(x[i]);
}

/* Below 0: e^x - 1 = 2 t / (1 - t), t = tanh(x / 2), which keeps its digits near 0. */
void KERNEL(elu)(real *y, const real *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        real t = tangent(x[i] / 2), below = 2 * t / (1 - t);

        y[i] = x[i] > 0 ? x[i] : below;
    }
}

void KERNEL(silu)(real *y, const real *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] / (1 + exponential(-x[i]));
}

/* s (1 + x (1 - s)), s = sigmoid(x) */
void KERNEL(silu_slope)(real *restrict d, const real *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        real s = 1 / (1 + exponential(-x[i]));

        d[i] *= s * (1 + x[i] * (1 - s));
    }
}
