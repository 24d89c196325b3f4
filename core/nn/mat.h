/* Matrices: views on memory that somebody else owns, and their products. */
#ifndef CORE_NN_MAT_H
#define CORE_NN_MAT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/arena.h"
#include "core/base/real.h"

struct vec {
    real *data;
    size_t n;
};

struct mat { /* row i starts at at + i * ld */
    real *data;
    int rows, cols, ld;
};

static inline real *mat_row(struct mat a, int i)
{
    return a.data + (size_t)i * (size_t)a.ld;
}

struct mat mat_of(real *at, int rows, int cols);
struct mat mat_rows(struct mat a, int first, int n);
struct mat mat_cols(struct mat a, int first, int n);
struct mat mat_take(struct arena *arena, enum tag tag, int rows, int cols);

void mat_copy(struct mat to, struct mat from); /* same shape; nothing where to is from */

/* C = A B (+ C where add), and the same with A or B transposed; no two of them overlap.
 *
 * Each element is one sum in the order of the inner index: its bits depend neither on the
 * rows and columns beside it nor on threads. Terms with a 0 of A may be left out, which
 * costs no bit while B is finite: images with dark pixels take half the time. Large
 * products are shared out among the calling thread's own pool (core/base/threads.h). */
void mat_mul(struct mat c, struct mat a, struct mat b, bool add);
void mat_mul_tn(struct mat c, struct mat a, struct mat b, bool add); /* A^T B */
void mat_mul_nt(struct mat c, struct mat a, struct mat b, bool add); /* A B^T */
void mat_mul_row(struct mat c, struct mat a, struct mat b,
                 const real *row); /* C = A B + 1 row^T */

#endif
