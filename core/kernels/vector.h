/* Vectors of reals in GNU C. Every file of this folder is compiled once per instruction
 * set, with KERNEL_ISA its name and KERNEL_BYTES the width of its registers: a wider type
 * than the registers would be taken apart, fifty times slower. */
#ifndef CORE_KERNELS_VECTOR_H
#define CORE_KERNELS_VECTOR_H

#include <string.h>

#include "core/kernels/table.h"

#define INLINE static inline __attribute__((always_inline))

enum { LANES = KERNEL_BYTES / sizeof(real) };

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

INLINE vec choose(mask yes, vec a, vec b)
{
    return (vec)((yes & (mask)a) | (~yes & (mask)b));
}

#endif
