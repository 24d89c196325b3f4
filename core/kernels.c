#include "core/kernels.h"

#include <string.h>

extern const struct kernels kernels_avx512, kernels_avx2, kernels_base;

#if defined(__x86_64__) && !defined(CORE_DOUBLE)
static bool runs_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

static bool runs_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif

static bool wanted(const char *name, const struct kernels *set)
{
    return !name || strcmp(name, set->name) == 0;
}

const struct kernels *kernels_choose(const char *name)
{
#if defined(__x86_64__) && !defined(CORE_DOUBLE)
    __builtin_cpu_init();
    if (wanted(name, &kernels_avx512) && runs_avx512())
        return &kernels_avx512;
    if (wanted(name, &kernels_avx2) && runs_avx2())
        return &kernels_avx2;
#endif
    return wanted(name, &kernels_base) ? &kernels_base : NULL;
}
