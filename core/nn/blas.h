/* OpenBLAS: for convolutions by columns (core/nn/im2col.h), and as the plain products
 * that those of core/nn/mat.h are compared with. BLAS is single-threaded; it may be
 * called from several threads. A row's bits depend on the rows beside it. */
#ifndef CORE_NN_BLAS_H
#define CORE_NN_BLAS_H

#include "core/nn/mat.h"

/* C = A B (+ C where add), and the same with A or B transposed. */
void blas_mul(struct mat c, struct mat a, struct mat b, bool add);
void blas_mul_tn(struct mat c, struct mat a, struct mat b, bool add); /* A^T B */
void blas_mul_nt(struct mat c, struct mat a, struct mat b, bool add); /* A B^T */

/* The kernels that OpenBLAS runs ("SkylakeX"), and NULL or a warning for the user when
 * they are older than this processor. The right ones are requested before BLAS starts. */
const char *blas_core(void);
const char *blas_version(void);
const char *blas_warning(void);

#endif
