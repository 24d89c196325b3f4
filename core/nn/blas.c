#include "core/nn/blas.h"

#include <assert.h>
#include <cblas.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *openblas_get_config(void);
char *openblas_get_corename(void);

/* The kernel set that suits this processor, by its features rather than its model number:
 * OpenBLAS 0.3.21 does not know newer models and gives them its oldest kernels. NULL
 * where OpenBLAS is left to choose. */
static const char *wanted_core(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        return "SkylakeX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return "Haswell";
#endif
    return NULL;
}

/* OpenBLAS reads OPENBLAS_CORETYPE in a constructor of its own, without a priority: after
 * this one when it is linked statically. A choice by the user is kept. */
__attribute__((constructor(101))) static void choose_core(void)
{
    const char *core = wanted_core();

    if (core)
        setenv("OPENBLAS_CORETYPE", core, 0);
}

/* Every product takes one buffer from OpenBLAS's table. The single-threaded library hands
 * them out without a lock (0.3.21: it guards the first call, but not the search), so that
 * two threads could get the same one. Its own functions are linked under other names
 * (CMakeLists.txt), so that its calls end here. With a shared library that cannot be
 * done: there a whole product takes the lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#ifdef BLAS_LOCKS_BUFFERS
void *openblas_memory_alloc(int position);
void openblas_memory_free(void *buffer);
void *blas_memory_alloc(int position);
void blas_memory_free(void *buffer);

void *blas_memory_alloc(int position)
{
    void *buffer;

    pthread_mutex_lock(&lock);
    buffer = openblas_memory_alloc(position);
    pthread_mutex_unlock(&lock);
    return buffer;
}

void blas_memory_free(void *buffer)
{
    pthread_mutex_lock(&lock);
    openblas_memory_free(buffer);
    pthread_mutex_unlock(&lock);
}

enum { LOCKS_PRODUCTS = false };
#else
enum { LOCKS_PRODUCTS = true };
#endif

const char *blas_core(void)
{
    return openblas_get_corename();
}

const char *blas_version(void)
{
    return openblas_get_config();
}

const char *blas_warning(void)
{
    const char *wanted = wanted_core();

    if (!wanted || strcmp(openblas_get_corename(), "Prescott") != 0)
        return NULL;
    return "OpenBLAS runs its oldest kernels (Prescott), 3 to 6 times slower than this "
           "processor allows; set OPENBLAS_CORETYPE=Haswell (or SkylakeX) and start "
           "again";
}

static void gemm(struct mat c, struct mat a, CBLAS_TRANSPOSE ta, struct mat b,
                 CBLAS_TRANSPOSE tb, bool add)
{
    int inner = ta == CblasNoTrans ? a.cols : a.rows;

    assert(c.rows == (ta == CblasNoTrans ? a.rows : a.cols));
    assert(c.cols == (tb == CblasNoTrans ? b.cols : b.rows));
    assert(inner == (tb == CblasNoTrans ? b.rows : b.cols));
    if (LOCKS_PRODUCTS)
        pthread_mutex_lock(&lock);
#ifdef CORE_DOUBLE
    cblas_dgemm(CblasRowMajor, ta, tb, c.rows, c.cols, inner, 1, a.data, a.ld, b.data,
                b.ld, add, c.data, c.ld);
#else
    cblas_sgemm(CblasRowMajor, ta, tb, c.rows, c.cols, inner, 1, a.data, a.ld, b.data,
                b.ld, add, c.data, c.ld);
#endif
    if (LOCKS_PRODUCTS)
        pthread_mutex_unlock(&lock);
}

void blas_mul(struct mat c, struct mat a, struct mat b, bool add)
{
    gemm(c, a, CblasNoTrans, b, CblasNoTrans, add);
}

void blas_mul_tn(struct mat c, struct mat a, struct mat b, bool add)
{
    gemm(c, a, CblasTrans, b, CblasNoTrans, add);
}

void blas_mul_nt(struct mat c, struct mat a, struct mat b, bool add)
{
    gemm(c, a, CblasNoTrans, b, CblasTrans, add);
}
