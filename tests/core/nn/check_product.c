/* The kernels of dense products, every instruction set that this processor runs, held
 * against sums written out. The loop index is the set. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/kernels/kernels.h"
#include "core/nn/rng.h"

enum { ROWS = 21, INNER = 37, COLS = 32, GROUPS = 4 }; /* of 8 or 6 rows, and a part */

struct bed {
    real a[ROWS * INNER], b[INNER * COLS], start[ROWS * COLS], c[ROWS * COLS];
    real room[GROUPS * 8 * INNER + KERNEL_SLACK];
    int step[GROUPS * INNER], n[GROUPS];
    struct packed packed;
};

/* A with four of five values 0, and inner indices 5..9 that are 0 in all rows. */
static void draw(struct bed *bed)
{
    struct rng rng = rng_seed(3);

    rng_normal(&rng, bed->a, ROWS * INNER, 1);
    rng_normal(&rng, bed->b, INNER * COLS, 1);
    rng_normal(&rng, bed->start, ROWS * COLS, 1);
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < INNER; k++)
            if (rng_below(&rng, 5) || (k >= 5 && k < 10))
                bed->a[i * INNER + k] = 0;
    bed->packed = (struct packed){ROWS, INNER, bed->room, bed->step, bed->n};
}

/* across: from a copy that is transposed. */
static void pack(struct bed *bed, const struct kernels *set, bool across)
{
    real turned[INNER * ROWS];

    for (int i = 0; i < ROWS * INNER; i++)
        turned[i % INNER * ROWS + i / INNER] = bed->a[i];
    if (across)
        set->pack(&bed->packed, turned, 1, ROWS);
    else
        set->pack(&bed->packed, bed->a, INNER, 1);
}

static bool some(const struct bed *bed, int first, int end, int k)
{
    for (int i = first; i < end && i < ROWS; i++)
        if (bed->a[i * INNER + k] != 0)
            return true;
    return false;
}

START_TEST(packing_leaves_out_where_all_rows_are_0)
{
    const struct kernels *set = kernels_of((enum isa)(_i / 2));
    static struct bed bed;

    if (!set)
        return;
    draw(&bed);
    pack(&bed, set, _i % 2);
    for (int g = 0; g * set->group < ROWS; g++) {
        int t = 0, first = g * set->group;

        for (int k = 0; k < INNER; k++) {
            const real *at = bed.room + (g * INNER + t) * set->group;

            if (!some(&bed, first, first + set->group, k))
                continue;
            ck_assert_int_eq(bed.step[g * INNER + t++], k);
            for (int i = 0; i < set->group; i++)
                ck_assert(at[i] ==
                          (first + i < ROWS ? bed.a[(first + i) * INNER + k] : 0));
        }
        ck_assert_int_eq(bed.n[g], t);
        ck_assert_int_lt(t, INNER);
    }
}
END_TEST

/* One sum in the order of the inner index, zeros and all, each step rounded as the set
 * does it: once where it fuses. */
static real in_order(const struct bed *bed, bool fused, real sum, int i, int j)
{
    for (int k = 0; k < INNER; k++) {
        real a = bed->a[i * INNER + k], b = bed->b[k * COLS + j];
        volatile real product = a * b;

        sum = fused ? fmaf(a, b, sum) : sum + product;
    }
    return sum;
}

/* start: rows of their own, or one row for all. */
static void hold(struct bed *bed, enum isa isa, int cols, size_t start_row, bool packed)
{
    const struct kernels *set = kernels_of(isa);
    struct product p = {ROWS, cols,         INNER,      bed->a,    INNER,  1,   bed->b,
                        COLS, KERNEL_PANEL, bed->start, start_row, bed->c, COLS};
    bool fused = isa != ISA_BASELINE;

#if defined(__ARM_NEON)
    fused = true;
#endif
    memset(bed->c, 0, sizeof bed->c);
    if (packed)
        set->product_packed(&p, &bed->packed);
    else
        set->product(&p);
    for (int i = 0; i < ROWS * COLS; i++) {
        int row = i / COLS, col = i % COLS;
        real sum = in_order(bed, fused, bed->start[(size_t)row * start_row + (size_t)col],
                            row, col);

        ck_assert_float_eq(bed->c[i], col < cols ? sum : 0);
    }
}

START_TEST(products_are_sums_in_order)
{
    const struct kernels *set = kernels_of((enum isa)_i);
    static struct bed bed;

    if (!set)
        return;
    draw(&bed);
    pack(&bed, set, false);
    for (int packed = 0; packed < 2; packed++) {
        hold(&bed, (enum isa)_i, COLS, COLS, packed);
        hold(&bed, (enum isa)_i, COLS, 0, packed);
        hold(&bed, (enum isa)_i, KERNEL_PAD, COLS, packed);
    }
}
END_TEST

START_TEST(turning_swaps_rows_and_columns)
{
    const struct kernels *set = kernels_of((enum isa)_i);
    static struct bed bed;
    real to[INNER * 24];

    if (!set)
        return;
    draw(&bed);
    for (int rows = 1; rows <= ROWS; rows += 5)
        for (int n = 1; n <= INNER; n += 6) {
            memset(to, 0, sizeof to);
            set->turn(to, 24, bed.b, INNER, rows, n);
            for (int i = 0; i < INNER * 24; i++) {
                int k = i / 24, r = i % 24;

                ck_assert(to[i] == (k < n && r < rows ? bed.b[r * INNER + k] : 0));
            }
        }
}
END_TEST

Suite *product_suite(void)
{
    Suite *suite = suite_create("product");
    TCase *tcase = tcase_create("product");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, packing_leaves_out_where_all_rows_are_0, 0, 2 * N_ISA);
    tcase_add_loop_test(tcase, products_are_sums_in_order, 0, N_ISA);
    tcase_add_loop_test(tcase, turning_swaps_rows_and_columns, 0, N_ISA);
    return suite;
}
