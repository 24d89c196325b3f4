/* The functions of one instruction set: names as in struct kernels. */
#ifndef CORE_KERNELS_TABLE_H
#define CORE_KERNELS_TABLE_H

#include "core/kernels/kernels.h"

#define JOIN_(a, b)  a##_##b
#define JOIN(a, b)   JOIN_(a, b)
#define KERNEL(name) JOIN(name, KERNEL_ISA) /* product -> product_avx2 */

#define ALL_KERNELS(X)                                                                   \
    X(product)                                                                           \
    X(product_packed)                                                                    \
    X(pack)                                                                              \
    X(turn)                                                                              \
    X(winograd_input)                                                                    \
    X(winograd_output)                                                                   \
    X(winograd_output_gradient)                                                          \
    X(winograd_filter)                                                                   \
    X(winograd_filter_turned)                                                            \
    X(winograd_filter_gradient)                                                          \
    X(pool)                                                                              \
    X(pool_follow)                                                                       \
    X(unpool)                                                                            \
    X(pool_sums)                                                                         \
    X(patch_sums)                                                                        \
    X(moments)                                                                           \
    X(words)                                                                             \
    X(normal)                                                                            \
    X(tanh)                                                                              \
    X(elu)                                                                               \
    X(silu)                                                                              \
    X(silu_slope)                                                                        \
    X(mask)                                                                              \
    X(adam)                                                                              \
    X(sgd)                                                                               \
    X(peak)

#define DECLARE(name) __typeof__(*((struct kernels *)0)->name) KERNEL(name);
ALL_KERNELS(DECLARE)
#undef DECLARE

extern const struct kernels KERNEL(kernels);

#endif
