/* The matrix product. A tile of ROWS x 2 vectors of C stays in registers over the whole
 * inner sum; each step loads 2 vectors of B and broadcasts ROWS reals of A. ROWS is what
 * the registers hold: 32 of them allow 12 x 2 sums, 16 of them 6 x 2. One panel of B
 * (inner x 2 vectors, 16 KiB at 128 x 32) stays in the first-level cache while all rows
 * of A pass.
 *
 * Each element is one sum in the order of k, whatever tile it falls in. */
#include "core/kernels/vector.h"

enum { ROWS = KERNEL_BYTES == 64 ? 12 : 6 };

INLINE void tile(const struct product *p, int rows, int vecs, const real *a,
                 const real *b, const real *start, real *c)
{
    vec sum[ROWS][2];

    for (int i = 0; i < rows; i++)
        for (int v = 0; v < vecs; v++)
            sum[i][v] = load(start + (size_t)i * p->start_row + v * LANES, LANES);
    for (int s = 0; s < p->segments; s++) {
        const real *at = a + (size_t)s * p->a_segment;

        for (int k = 0; k < p->inner; k++) {
            vec b0 = load(b, LANES), b1 = vecs > 1 ? load(b + LANES, LANES) : b0;

            for (int i = 0; i < rows; i++) {
                real ai = at[(size_t)i * p->a_row];

                sum[i][0] += ai * b0;
                if (vecs > 1)
                    sum[i][1] += ai * b1;
            }
            at += p->a_inner;
            b += p->b_row;
        }
    }
    for (int i = 0; i < rows; i++)
        for (int v = 0; v < vecs; v++)
            store(c + (size_t)i * p->c_row + v * LANES, sum[i][v], LANES);
}

/* tile() with its number of rows a constant, so that the sums become registers. */
INLINE void tile_of(const struct product *p, int rows, int vecs, const real *a,
                    const real *b, const real *start, real *c)
{
#define ROWS_CASE(n)                                                                     \
    case n:                                                                              \
        tile(p, n <= ROWS ? n : ROWS, vecs, a, b, start, c);                             \
        break
    switch (rows) {
        ROWS_CASE(1);
        ROWS_CASE(2);
        ROWS_CASE(3);
        ROWS_CASE(4);
        ROWS_CASE(5);
        ROWS_CASE(6);
#if KERNEL_BYTES == 64
        ROWS_CASE(7);
        ROWS_CASE(8);
        ROWS_CASE(9);
        ROWS_CASE(10);
        ROWS_CASE(11);
        ROWS_CASE(12);
#endif
    }
#undef ROWS_CASE
}

void KERNEL(product)(const struct product *p)
{
    int tiles = (p->rows + ROWS - 1) / ROWS;

    for (int j = 0; j < p->cols; j += 2 * LANES) {
        const real *b = p->b + (size_t)(j / KERNEL_PANEL) * p->b_panel + j % KERNEL_PANEL;

        for (int t = 0; t < tiles; t++) { /* as even as can be: 16 rows are 8 + 8 */
            int i = p->rows * t / tiles, rows = p->rows * (t + 1) / tiles - i;
            const real *a = p->a + (size_t)i * p->a_row;
            const real *start = p->start + (size_t)i * p->start_row + j;
            real *c = p->c + (size_t)i * p->c_row + j;

            if (p->cols - j >= 2 * LANES)
                tile_of(p, rows, 2, a, b, start, c);
            else
                tile_of(p, rows, 1, a, b, start, c);
        }
    }
}
