#include "core/mat.h"

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
 * this one when it is linked statically. A choice of the user's stands. */
__attribute__((constructor(101))) static void choose_core(void)
{
    const char *core = wanted_core();

    if (core)
        setenv("OPENBLAS_CORETYPE", core, 0);
}

/* Every product takes one buffer from OpenBLAS's table. The single-threaded library hands
 * them out without a lock (0.3.21: it guards the first call, but not the search), so that
 * two threads could get the same one. The linker leads its calls here (--wrap,
 * CMakeLists.txt). */
void *__real_blas_memory_alloc(int position);
void __real_blas_memory_free(void *buffer);
void *__wrap_blas_memory_alloc(int position);
void __wrap_blas_memory_free(void *buffer);

static pthread_mutex_t buffer_lock = PTHREAD_MUTEX_INITIALIZER;

void *__wrap_blas_memory_alloc(int position)
{
    void *buffer;

    pthread_mutex_lock(&buffer_lock);
    buffer = __real_blas_memory_alloc(position);
    pthread_mutex_unlock(&buffer_lock);
    return buffer;
}

void __wrap_blas_memory_free(void *buffer)
{
    pthread_mutex_lock(&buffer_lock);
    __real_blas_memory_free(buffer);
    pthread_mutex_unlock(&buffer_lock);
}

const char *mat_blas_core(void)
{
    return openblas_get_corename();
}

const char *mat_blas_version(void)
{
    return openblas_get_config();
}

const char *mat_blas_warning(void)
{
    const char *wanted = wanted_core();

    if (!wanted || strcmp(openblas_get_corename(), "Prescott") != 0)
        return NULL;
    return "OpenBLAS runs its oldest kernels (Prescott), 3 to 6 times slower than this "
           "processor allows; set OPENBLAS_CORETYPE=Haswell (or SkylakeX) and start "
           "again";
}

struct mat mat_of(real *at, int rows, int cols)
{
    return (struct mat){at, rows, cols, cols};
}

struct mat mat_rows(struct mat a, int first, int n)
{
    assert(first >= 0 && n >= 0 && first + n <= a.rows);
    return (struct mat){a.at + (size_t)first * (size_t)a.ld, n, a.cols, a.ld};
}

struct mat mat_cols(struct mat a, int first, int n)
{
    assert(first >= 0 && n >= 0 && first + n <= a.cols);
    return (struct mat){a.at + first, a.rows, n, a.ld};
}

struct mat mat_take(struct arena *arena, enum tag tag, int rows, int cols)
{
    return mat_of(arena_take(arena, tag, (size_t)rows * (size_t)cols, sizeof(real)), rows,
                  cols);
}

void mat_copy(struct mat to, struct mat from)
{
    assert(to.rows == from.rows && to.cols == from.cols);
    if (to.at == from.at)
        return;
    for (int i = 0; i < to.rows; i++)
        memcpy(to.at + (size_t)i * (size_t)to.ld, from.at + (size_t)i * (size_t)from.ld,
               (size_t)to.cols * sizeof *to.at);
}

static void gemm(struct mat c, struct mat a, CBLAS_TRANSPOSE ta, struct mat b,
                 CBLAS_TRANSPOSE tb, bool add)
{
    int inner = ta == CblasNoTrans ? a.cols : a.rows;

    assert(c.rows == (ta == CblasNoTrans ? a.rows : a.cols));
    assert(c.cols == (tb == CblasNoTrans ? b.cols : b.rows));
    assert(inner == (tb == CblasNoTrans ? b.rows : b.cols));
#ifdef CORE_DOUBLE
    cblas_dgemm(CblasRowMajor, ta, tb, c.rows, c.cols, inner, 1, a.at, a.ld, b.at, b.ld,
                add, c.at, c.ld);
#else
    cblas_sgemm(CblasRowMajor, ta, tb, c.rows, c.cols, inner, 1, a.at, a.ld, b.at, b.ld,
                add, c.at, c.ld);
#endif
}

void mat_mul(struct mat c, struct mat a, struct mat b, bool add)
{
    gemm(c, a, CblasNoTrans, b, CblasNoTrans, add);
}

void mat_mul_tn(struct mat c, struct mat a, struct mat b, bool add)
{
    gemm(c, a, CblasTrans, b, CblasNoTrans, add);
}

void mat_mul_nt(struct mat c, struct mat a, struct mat b, bool add)
{
    gemm(c, a, CblasNoTrans, b, CblasTrans, add);
}
