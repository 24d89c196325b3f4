/* Matrices: views on memory that somebody else owns, and the only door to BLAS. */
#ifndef CORE_MAT_H
#define CORE_MAT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/real.h"

struct vec {
    real *at;
    size_t n;
};

struct mat { /* row i starts at at + i * ld */
    real *at;
    int rows, cols, ld;
};

static inline real *mat_row(struct mat a, int i)
{
    return a.at + (size_t)i * (size_t)a.ld;
}

struct mat mat_of(real *at, int rows, int cols);
struct mat mat_rows(struct mat a, int first, int n);
struct mat mat_cols(struct mat a, int first, int n);
struct mat mat_take(struct arena *arena, enum tag tag, int rows, int cols);

void mat_copy(struct mat to, struct mat from); /* same shape; nothing where to is from */

/* C = A B (+ C where add), and the same with A or B transposed. */
void mat_mul(struct mat c, struct mat a, struct mat b, bool add);
void mat_mul_tn(struct mat c, struct mat a, struct mat b, bool add); /* A^T B */
void mat_mul_nt(struct mat c, struct mat a, struct mat b, bool add); /* A B^T */

/* The kernels that OpenBLAS runs ("SkylakeX"), and NULL or a warning for the user when
 * they are older than this processor. The right ones are asked for before BLAS starts. */
const char *mat_blas_core(void);
const char *mat_blas_version(void);
const char *mat_blas_warning(void);

#endif
