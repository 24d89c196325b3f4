/* Kernels: loops that pay for being compiled once for each instruction set.
 *
 * core/kernels/X.c is compiled for every set in enum isa that the target has;
 * kernels_best picks the widest that this processor runs. All but `peak` work on each
 * element alone and without fused multiply-add: every set gives the same bits. */
#ifndef CORE_KERNELS_H
#define CORE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "core/real.h"

enum isa { ISA_BASELINE, ISA_AVX2, ISA_AVX512, N_ISA };

struct adam_step { /* d = g + l2 w;  w = shrink w - size m / (sqrt(v) + eps) */
    real beta1, beta2, size, eps, l2, shrink;
};

struct sgd_step { /* v = momentum v + g + decay w;  w -= lr v */
    real lr, momentum, decay;
};

struct kernels {
    /* n words of the Philox blocks from number `block` on. */
    void (*words)(uint64_t key, uint64_t block, uint32_t *out, size_t n);
    /* scale x N(0, 1), four for each block. */
    void (*normal)(uint64_t key, uint64_t block, real *x, size_t n, real scale);
    /* Inverted dropout: x = 0 where the word is less than `below`, else keep x. */
    void (*mask)(real *x, const uint32_t *word, size_t n, uint32_t below, real keep);
    /* Activations, core/nn.h; y may be x. silu_slope: d times the derivative at x. */
    void (*tanh)(real *y, const real *x, size_t n);
    void (*elu)(real *y, const real *x, size_t n);
    void (*silu)(real *y, const real *x, size_t n);
    void (*silu_slope)(real *d, const real *x, size_t n);
    void (*adam)(const struct adam_step *step, real *w, real *m, real *v, const real *g,
                 size_t n);
    void (*sgd)(const struct sgd_step *step, real *w, real *v, const real *g, size_t n);
    /* Multiply-adds in independent chains, the most that one core can do; the number of
     * floating-point operations done. The result of the chains goes to *sink. */
    double (*peak)(int rounds, float *sink);
};

/* NULL where the program was built without the set or the processor lacks it. */
const struct kernels *kernels_of(enum isa isa);

enum isa kernels_best(void);

const char *isa_name(enum isa isa);

#endif
