/* Vectors of reals in GNU C. Every file of this folder is compiled once per instruction
 * set, with KERNEL_ISA its name and KERNEL_BYTES the width of its registers: a wider type
 * than the registers would be taken apart, fifty times slower. */
#ifndef CORE_KERNELS_VECTOR_H
#define CORE_KERNELS_VECTOR_H

#include <string.h>
#if defined(__AVX2__) && !defined(CORE_DOUBLE)
#include <immintrin.h>
#elif defined(__ARM_NEON) && !defined(CORE_DOUBLE)
#include <arm_neon.h>
#endif

#include "core/kernels/table.h"

#define INLINE static inline __attribute__((always_inline))

enum { LANES = KERNEL_BYTES / sizeof(real) };

/* Rows of a packed A side by side: times two vectors, what 32 or 16 registers hold. */
enum { GROUP = KERNEL_BYTES == 64 ? 8 : 6 };

#ifdef CORE_DOUBLE
typedef int64_t lane;
#else
typedef int32_t lane;
#endif
typedef real vec __attribute__((vector_size(KERNEL_BYTES)));
typedef lane mask __attribute__((vector_size(KERNEL_BYTES))); /* -1 = yes, 0 = no */
typedef uint8_t bytes __attribute__((vector_size(LANES)));

/* The first n reals at p, n <= LANES, then zeros. With n = LANES, a constant, one load.
 */
INLINE vec load(const real *p, int n)
{
    vec v = {0};

    if (n == LANES)
        memcpy(&v, p, sizeof v);
    else
        memcpy(&v, p, (size_t)n * sizeof *p);
    return v;
}

INLINE void store(real *p, vec v, int n)
{
    if (n == LANES)
        memcpy(p, &v, sizeof v);
    else
        memcpy(p, &v, (size_t)n * sizeof *p);
}

/* a b + c, rounded once where the processor can. Long sums say so by this call: whether
 * -ffp-contract=fast fuses the same expression in every copy of a function is up to the
 * compiler, and with it whether a row's bits depend on the rows beside it. */
INLINE vec multiply_add(vec a, vec b, vec c)
{
#if defined(CORE_DOUBLE)
    return a * b + c;
#elif KERNEL_BYTES == 64
    return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif KERNEL_BYTES == 32
    return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__ARM_NEON)
    return (vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
    return a * b + c;
#endif
}

/* Bytes as numbers of a mask and back. __builtin_convertvector, which means the same, is
 * taken apart into single bytes by gcc 12. */
INLINE mask widen(bytes b)
{
#if KERNEL_BYTES == 64
    return (mask)_mm512_cvtepu8_epi32((__m128i)b);
#elif KERNEL_BYTES == 32
    __m128i low = {0};

    memcpy(&low, &b, sizeof b);
    return (mask)_mm256_cvtepu8_epi32(low);
#else
    return __builtin_convertvector(b, mask);
#endif
}

INLINE bytes narrow(mask m)
{
#if KERNEL_BYTES == 64
    return (bytes)_mm512_cvtepi32_epi8((__m512i)m);
#else
    return __builtin_convertvector(m, bytes);
#endif
}

INLINE mask load_marks(const uint8_t *p, int n)
{
    bytes b = {0};

    if (n == LANES)
        memcpy(&b, p, sizeof b);
    else
        memcpy(&b, p, (size_t)n);
    return widen(b);
}

INLINE void store_marks(uint8_t *p, mask m, int n)
{
    bytes b = narrow(m);

    if (n == LANES)
        memcpy(p, &b, sizeof b);
    else
        memcpy(p, &b, (size_t)n);
}

INLINE vec choose(mask yes, vec a, vec b)
{
    return (vec)((yes & (mask)a) | (~yes & (mask)b));
}

#endif
