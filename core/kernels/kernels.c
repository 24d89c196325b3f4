#include "core/kernels/kernels.h"

extern const struct kernels kernels_baseline;
/* The double build of the tests is the plain reference: the baseline alone. */
#if defined(__x86_64__) && !defined(CORE_DOUBLE)
#define WIDER_SETS
extern const struct kernels kernels_avx2, kernels_avx512;
#endif

const struct kernels *kernels_of(enum isa isa)
{
    const struct kernels *kernels = isa == ISA_BASELINE ? &kernels_baseline : NULL;

#ifdef WIDER_SETS
    __builtin_cpu_init();
    if (isa == ISA_AVX2 && __builtin_cpu_supports("avx2") &&
        __builtin_cpu_supports("fma"))
        kernels = &kernels_avx2;
    if (isa == ISA_AVX512 && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        kernels = &kernels_avx512;
#endif
    return kernels;
}

static enum isa limit = N_ISA - 1;

void kernels_limit(enum isa isa)
{
    limit = isa;
}

enum isa kernels_best(void)
{
    enum isa isa = limit;

    while (!kernels_of(isa))
        isa--;
    return isa;
}

const char *isa_name(enum isa isa)
{
    static const char *const names[N_ISA] = {
#if defined(__aarch64__)
        "aarch64",
#else
        "baseline",
#endif
        "avx2",
        "avx512"
    };

    return names[isa];
}
