/* The matrix product. A tile of GROUP x 2 vectors of C stays in registers over the whole
 * inner sum; each step loads 2 vectors of B and broadcasts GROUP reals of A. With 32
 * registers 12 rows would fit too, but 8 are faster: nothing is spilled, and the addresses
 * of a step stay in registers. One panel of B (inner x 2 vectors, 16 KiB at 128 x 32)
 * stays in the first-level cache while all rows of A pass.
 *
 * Each element is one sum in the order of k, whatever tile it falls in. */
#include "core/kernels/vector.h"

enum { BOTH = 2, HALF = GROUP / BOTH }; /* rows with an address register each */

INLINE void tile(const struct product *p, int rows, int vecs, const real *a,
                 const real *b, const real *start, real *c)
{
    const real *at[BOTH];
    vec sum[GROUP][2];

    for (int i = 0; i < rows; i++)
        for (int v = 0; v < vecs; v++)
            sum[i][v] = load(start + (size_t)i * p->start_row + v * LANES, LANES);
    for (int i = 0; i < BOTH; i++)
        at[i] = a + (size_t)(i * HALF) * p->a_row;
    for (int k = 0; k < p->inner; k++) {
        vec b0 = load(b, LANES), b1 = vecs > 1 ? load(b + LANES, LANES) : b0;

        for (int i = 0; i < rows; i++) {
            real one = at[i / HALF][(size_t)(i % HALF) * p->a_row];
            vec ai = one - (vec){0}; /* in every lane */

            sum[i][0] = multiply_add(ai, b0, sum[i][0]);
            if (vecs > 1)
                sum[i][1] = multiply_add(ai, b1, sum[i][1]);
        }
        for (int i = 0; i < BOTH; i++)
            at[i] += p->a_inner;
        b += p->b_row;
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
        tile(p, n <= GROUP ? n : GROUP, vecs, a, b, start, c);                           \
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
#endif
    }
#undef ROWS_CASE
}

void KERNEL(product)(const struct product *p)
{
    int tiles = (p->rows + GROUP - 1) / GROUP;

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

/* ---- A packed: a tile is a group. Its rows lie at constant distances, so that the
 * addresses of a step are one register, and the inner indices that pack left out are not
 * visited. step NULL: none was left out, which is 1 to 3 % faster said so. */

INLINE void packed_tile(const struct product *p, int rows, int vecs, int n, const real *a,
                        const int *step, const real *b, const real *start, real *c)
{
    vec sum[GROUP][2];

    for (int i = 0; i < rows; i++)
        for (int v = 0; v < vecs; v++)
            sum[i][v] = load(start + (size_t)i * p->start_row + v * LANES, LANES);
    for (int t = 0; t < n; t++) {
        const real *row = b + (size_t)(step ? step[t] : t) * p->b_row;
        vec b0 = load(row, LANES), b1 = vecs > 1 ? load(row + LANES, LANES) : b0;

        for (int i = 0; i < rows; i++) {
            vec ai = a[i] - (vec){0}; /* in every lane */

            sum[i][0] = multiply_add(ai, b0, sum[i][0]);
            if (vecs > 1)
                sum[i][1] = multiply_add(ai, b1, sum[i][1]);
        }
        a += GROUP;
    }
    for (int i = 0; i < rows; i++)
        for (int v = 0; v < vecs; v++)
            store(c + (size_t)i * p->c_row + v * LANES, sum[i][v], LANES);
}

/* packed_tile() with its number of rows a constant. */
INLINE void packed_tile_of(const struct product *p, int rows, int vecs, int n,
                           const real *a, const int *step, const real *b,
                           const real *start, real *c)
{
#define ROWS_CASE(r)                                                                     \
    case r:                                                                              \
        packed_tile(p, r <= GROUP ? r : GROUP, vecs, n, a, step, b, start, c);           \
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
#endif
    }
#undef ROWS_CASE
}

void KERNEL(product_packed)(const struct product *p, const struct packed *a)
{
    for (int j = 0; j < p->cols; j += 2 * LANES) {
        const real *b = p->b + (size_t)(j / KERNEL_PANEL) * p->b_panel + j % KERNEL_PANEL;

        for (int g = 0; g * GROUP < p->rows; g++) {
            int i = g * GROUP, rows = p->rows - i < GROUP ? p->rows - i : GROUP;
            const int *step = a->step + g * a->inner;
            const real *at = a->a + (size_t)(g * a->inner) * GROUP;
            const real *start = p->start + (size_t)i * p->start_row + j;
            real *c = p->c + (size_t)i * p->c_row + j;

            if (a->n[g] == a->inner)
                step = NULL;
            if (p->cols - j < 2 * LANES)
                packed_tile_of(p, rows, 1, a->n[g], at, step, b, start, c);
            else if (step)
                packed_tile_of(p, rows, 2, a->n[g], at, step, b, start, c);
            else
                packed_tile_of(p, rows, 2, a->n[g], at, NULL, b, start, c);
        }
    }
}
