/* Matrices rearranged for products, four rows and four columns at a time. */
#include "core/kernels/vector.h"

typedef real quad __attribute__((vector_size(4 * sizeof(real))));
typedef lane quad_mask __attribute__((vector_size(4 * sizeof(real))));

enum { QUADS = 2, BOTH = 4 * QUADS }; /* for a group of up to 8 rows */

/* By pointers: in the double build a quad is wider than the registers. */
INLINE void load_quad(quad *q, const real *p)
{
    memcpy(q, p, sizeof *q);
}

INLINE void store_quad(real *p, const quad *q)
{
    memcpy(p, q, sizeof *q);
}

/* to[k] = column k of the four rows at from. */
INLINE void turn_quad(quad to[4], const real *from, size_t row)
{
    quad a, b, c, d, ab, cd;

    load_quad(&a, from);
    load_quad(&b, from + row);
    load_quad(&c, from + 2 * row);
    load_quad(&d, from + 3 * row);
    ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);

    to[0] = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    to[1] = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
    ab = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    cd = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    to[2] = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    to[3] = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

/* Sixteen columns of from at a time: whole lines of the cache. */
void KERNEL(turn)(real *to, size_t to_row, const real *from, size_t from_row, int rows,
                  int n)
{
    enum { SOME = 16 };
    int whole = rows / 4 * 4, k = 0;

    for (; k + SOME <= n; k += SOME)
        for (int i = 0; i < whole; i += 4)
            for (int j = 0; j < SOME; j += 4) {
                quad q[4];

                turn_quad(q, from + (size_t)i * from_row + k + j, from_row);
                for (int l = 0; l < 4; l++)
                    store_quad(to + (size_t)(k + j + l) * to_row + i, &q[l]);
            }
    for (int r = 0; r < rows; r++)
        for (int l = r < whole ? k : 0; l < n; l++)
            to[(size_t)l * to_row + (size_t)r] = from[(size_t)r * from_row + (size_t)l];
}

struct end { /* where a group has come to */
    real *a;
    int *step;
};

INLINE bool any(const quad q[QUADS])
{
    quad_mask some = q[0] != 0;
    int64_t word[sizeof some / sizeof(int64_t)], bits = 0;

    for (int i = 1; i < QUADS; i++)
        some |= q[i] != 0;
    memcpy(word, &some, sizeof some);
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        bits |= word[i];
    return bits != 0;
}

/* Appends inner index k, which the next one overwrites where all rows are 0; it also
 * overwrites what lies behind a group of less than 8. */
INLINE struct end append(struct end end, quad q[QUADS], int k)
{
    static const quad_mask of_group = {-1, -1, -(GROUP > 6), -(GROUP > 6)};
    size_t kept;

    q[1] = (quad)((quad_mask)q[1] & of_group);
    kept = any(q);

    for (int i = 0; i < QUADS; i++)
        store_quad(end.a + 4 * i, &q[i]);
    *end.step = k;
    return (struct end){end.a + kept * GROUP, end.step + kept};
}

/* Inner indices first..n-1 of a group that may have fewer rows. */
static struct end pack_plain(struct end end, const real *from, size_t row, size_t step,
                             int rows, int first, int n)
{
    for (int k = first; k < n; k++) {
        real value[BOTH] = {0};
        quad q[QUADS];

        for (int i = 0; i < rows; i++)
            value[i] = from[(size_t)i * row + (size_t)k * step];
        memcpy(q, value, sizeof value);
        end = append(end, q, k);
    }
    return end;
}

/* A group whose rows lie along the inner index. */
static struct end pack_along(struct end end, const real *from, size_t row, int n)
{
    int whole = n / 4 * 4;

    for (int k = 0; k < whole; k += 4) {
        quad turned[QUADS][4];

        for (int i = 0; i < QUADS; i++)
            turn_quad(turned[i], from + (size_t)(4 * i) * row + k, row);
        for (int j = 0; j < 4; j++) {
            quad q[QUADS];

            for (int i = 0; i < QUADS; i++)
                q[i] = turned[i][j];
            end = append(end, q, k + j);
        }
    }
    return pack_plain(end, from, row, 1, GROUP, whole, n);
}

/* A group whose rows lie across it. */
static struct end pack_across(struct end end, const real *from, size_t step, int n)
{
    for (int k = 0; k < n; k++) {
        quad q[QUADS];

        memcpy(q, from + (size_t)k * step, sizeof q);
        end = append(end, q, k);
    }
    return end;
}

void KERNEL(pack)(struct packed *to, const real *from, size_t row, size_t step)
{
    for (int g = 0; g * GROUP < to->rows; g++) {
        const real *at = from + (size_t)(g * GROUP) * row;
        int left = to->rows - g * GROUP, *first = to->step + g * to->inner;
        struct end end = {to->a + (size_t)(g * to->inner) * GROUP, first};

        if (left < BOTH) /* two quads would reach beyond the last row */
            end =
                pack_plain(end, at, row, step, left < GROUP ? left : GROUP, 0, to->inner);
        else if (step == 1)
            end = pack_along(end, at, row, to->inner);
        else
            end = pack_across(end, at, step, to->inner);
        to->n[g] = (int)(end.step - first);
    }
}
