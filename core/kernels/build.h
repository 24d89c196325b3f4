/* Names of what is compiled several times: KERNEL(adam) is adam_avx512, ... The build
 * sets KERNEL_ISA (the suffix) and KERNEL_BYTES (of a vector register). */
#ifndef CORE_KERNELS_BUILD_H
#define CORE_KERNELS_BUILD_H

#include "core/kernels.h"

#define KERNEL_JOIN(name, isa)  name##_##isa
#define KERNEL_PASTE(name, isa) KERNEL_JOIN(name, isa)
#define KERNEL(name)            KERNEL_PASTE(name, KERNEL_ISA)

void KERNEL(words)(uint64_t key, uint64_t block, uint32_t *out, size_t n);
void KERNEL(normal)(uint64_t key, uint64_t block, real *x, size_t n, real scale);
void KERNEL(mask)(real *x, const uint32_t *word, size_t n, uint32_t below, real keep);
void KERNEL(tanh)(real *y, const real *x, size_t n);
void KERNEL(elu)(real *y, const real *x, size_t n);
void KERNEL(silu)(real *y, const real *x, size_t n);
void KERNEL(silu_slope)(real *d, const real *x, size_t n);
void KERNEL(adam)(const struct adam_step *step, real *w, real *m, real *v, const real *g,
                  size_t n);
void KERNEL(sgd)(const struct sgd_step *step, real *w, real *v, const real *g, size_t n);
double KERNEL(peak)(int rounds, float *sink);

extern const struct kernels KERNEL(kernels);

#endif
