/* The float kernels against the reference kernels in double, their backward passes
 * against central differences of those. */
#include "core/conv.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/difference.h"
#include "tests/reference.h"

START_TEST(the_output_follows_from_the_window)
{
    static const struct {
        struct shape in;
        int size, stride, pad, height, width; /* height 0 = does not fit */
    } row[] = {
        {{28, 28, 1}, 3, 1, 0, 26, 26}, /* the paper's first convolution */
        {{26, 26, 32}, 2, 2, 0, 13, 13},
        {{11, 9, 3}, 2, 2, 0, 5, 4}, /* floor */
        {{32, 32, 3}, 3, 1, 1, 32, 32},
        {{5, 7, 1}, 3, 2, 1, 3, 4},
        {{7, 7, 1}, 3, 3, 0, 2, 2},
        {{3, 3, 1}, 3, 1, 0, 1, 1},
        {{2, 3, 1}, 3, 1, 0, 0, 0},
        {{3, 2, 1}, 3, 1, 0, 0, 0},
        {{1, 1, 1}, 5, 1, 2, 1, 1},
        {{4, 4, 1}, 2, 1, 2, 0, 0}, /* a window that sees only padding */
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct window win;

        ck_assert_int_eq(
            window_make(&win, row[i].in, 8, row[i].size, row[i].stride, row[i].pad),
            row[i].height > 0);
        if (row[i].height == 0)
            continue;
        ck_assert_int_eq(win.out.height, row[i].height);
        ck_assert_int_eq(win.out.width, row[i].width);
        ck_assert_int_eq(win.out.channels, 8);
        ck_assert_uint_eq(conv_columns(&win),
                          (size_t)(row[i].height * row[i].width * row[i].size *
                                   row[i].size * row[i].in.channels));
    }
}
END_TEST

/* 3x3 image 1..9, 2x2 window (1 10 / 100 1000), bias 0.5:
 * 1 + 20 + 400 + 5000 + 0.5 = 5421.5, and so on. */
START_TEST(convolution_by_hand)
{
    real x[] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, w[] = {1, 10, 100, 1000}, b = 0.5F, y[4],
         col[16];
    struct window win;

    ck_assert(window_make(&win, (struct shape){3, 3, 1}, 1, 2, 1, 0));
    conv_forward(&win, mat_of(y, 1, 4), mat_of(x, 1, 9), mat_of(w, 4, 1), &b, col);
    ck_assert(y[0] == 5421.5F && y[1] == 6532.5F && y[2] == 8754.5F && y[3] == 9865.5F);
}
END_TEST

static const struct {
    struct shape in;
    int channels, size, stride, pad;
} geometry[] = {
    {{6, 7, 3}, 4, 3, 1, 0}, {{6, 7, 3}, 4, 3, 1, 1}, {{5, 6, 1}, 3, 3, 2, 1},
    {{7, 6, 2}, 2, 3, 2, 0}, {{4, 4, 2}, 3, 4, 1, 0}, {{3, 2, 2}, 1, 7, 1, 3},
    {{5, 5, 2}, 5, 1, 1, 0}, {{8, 9, 1}, 2, 5, 3, 2}, {{6, 5, 2}, 3, 2, 1, 1},
};

enum { ROWS = 3, GEOMETRIES = sizeof geometry / sizeof *geometry };

struct conv {
    struct window win;
    size_t n_x, n_y, n_w;
    real *x, *w, *b, *dy; /* float, and the same as doubles: */
    double *wide_x, *wide_w, *wide_b, *wide_dy, *y;
};

static real *drawn(size_t n, uint64_t seed, double **wide)
{
    real *x = calloc(n, sizeof *x);

    reference_draw(x, n, 1, seed);
    *wide = reference_widen(x, n);
    return x;
}

static void open_conv(struct conv *c, int i)
{
    ck_assert(window_make(&c->win, geometry[i].in, geometry[i].channels, geometry[i].size,
                          geometry[i].stride, geometry[i].pad));
    c->n_x = (size_t)(ROWS * shape_size(c->win.in));
    c->n_y = (size_t)(ROWS * shape_size(c->win.out));
    c->n_w =
        (size_t)(c->win.size * c->win.size * c->win.in.channels * c->win.out.channels);
    c->x = drawn(c->n_x, 1, &c->wide_x);
    c->w = drawn(c->n_w, 2, &c->wide_w);
    c->b = drawn((size_t)c->win.out.channels, 3, &c->wide_b);
    c->dy = drawn(c->n_y, 4, &c->wide_dy);
    c->y = calloc(c->n_y, sizeof *c->y);
}

static void close_conv(struct conv *c)
{
    real *narrow[] = {c->x, c->w, c->b, c->dy};
    double *wide[] = {c->wide_x, c->wide_w, c->wide_b, c->wide_dy, c->y};

    for (int i = 0; i < 4; i++)
        free(narrow[i]);
    for (int i = 0; i < 5; i++)
        free(wide[i]);
}

static double weighted_sum(void *context)
{
    struct conv *c = context;
    double sum = 0;

    reference_conv(&c->win, c->y, c->wide_x, c->wide_w, c->wide_b, ROWS);
    for (size_t i = 0; i < c->n_y; i++)
        sum += c->wide_dy[i] * c->y[i];
    return sum;
}

static void agrees(struct conv *c, const real *got, double *at, size_t n)
{
    double *want = calloc(n, sizeof *want);

    ck_assert(difference(weighted_sum, c, at, n, want));
    ck_assert_double_lt(reference_error(got, want, n), 1e-4);
    free(want);
}

START_TEST(convolutions_agree_with_sums)
{
    struct conv c;
    real *y, *dx, *dw, *db, *col;
    struct mat x, w, dy;

    open_conv(&c, _i);
    y = calloc(c.n_y, sizeof *y);
    dx = calloc(c.n_x, sizeof *dx);
    dw = calloc(c.n_w, sizeof *dw);
    db = calloc((size_t)c.win.out.channels, sizeof *db);
    col = calloc(conv_columns(&c.win), sizeof *col);
    x = mat_of(c.x, ROWS, shape_size(c.win.in));
    w = mat_of(c.w, c.win.size * c.win.size * c.win.in.channels, c.win.out.channels);
    dy = mat_of(c.dy, ROWS, shape_size(c.win.out));
    for (int twice = 0; twice < 2; twice++) { /* overwritten, not added to */
        conv_forward(&c.win, mat_of(y, ROWS, dy.cols), x, w, c.b, col);
        conv_backward(&c.win, mat_of(dw, w.rows, w.cols), db, x, dy, col);
        conv_backward_input(&c.win, mat_of(dx, ROWS, x.cols), dy, w, col);
    }
    weighted_sum(&c);
    ck_assert_double_lt(reference_error(y, c.y, c.n_y), 1e-4);
    agrees(&c, dx, c.wide_x, c.n_x);
    agrees(&c, dw, c.wide_w, c.n_w);
    agrees(&c, db, c.wide_b, (size_t)c.win.out.channels);
    close_conv(&c);
    free(y);
    free(dx);
    free(dw);
    free(db);
    free(col);
}
END_TEST

/* 3x4 image, two channels, 2x2 windows: the last row is dropped; equal values go to the
 * first. */
START_TEST(pooling_by_hand)
{
    real x[] = {
        1,  8,  2,  8,  3,  8,  7,  8,  /* (row 0) pixel 0: 1 8, pixel 1: 2 8, ... */
        5,  8,  4,  9,  6,  8,  7,  10, /* */
        99, 99, 99, 99, 99, 99, 99, 99};
    real y[4], dy[] = {1, 2, 3, 4}, dx[24];
    const real want[24] = {0, 0, 0, 0, 0, 0, 3, 0, 1, 0, 0, 2, 0, 0, 0, 4};
    uint8_t from[4];
    struct window win;

    ck_assert(window_make(&win, (struct shape){3, 4, 2}, 2, 2, 2, 0));
    pool_forward(&win, mat_of(y, 1, 4), mat_of(x, 1, 24), from);
    ck_assert(y[0] == 5 && y[1] == 9 && y[2] == 7 && y[3] == 10);
    memset(dx, 1, sizeof dx);
    pool_backward(&win, mat_of(dx, 1, 24), mat_of(dy, 1, 4), from);
    for (int i = 0; i < 24; i++)
        ck_assert(dx[i] == want[i]);
}
END_TEST

START_TEST(pools_agree_with_maxima)
{
    static const struct {
        struct shape in;
        int size;
    } row[] = {
        {{6, 6, 3}, 2}, {{7, 5, 2}, 2}, {{9, 10, 1}, 3}, {{4, 3, 5}, 1}, {{5, 4, 2}, 4}};
    struct window win;
    int n_x = ROWS * shape_size(row[_i].in), n_y;
    real *x = calloc((size_t)n_x, sizeof *x), *y, *again;
    double *wide, *want;
    uint8_t *from;

    ck_assert(window_make(&win, row[_i].in, row[_i].in.channels, row[_i].size,
                          row[_i].size, 0));
    n_y = ROWS * shape_size(win.out);
    reference_draw(x, (size_t)n_x, 1, 1);
    wide = reference_widen(x, (size_t)n_x);
    y = calloc((size_t)n_y, sizeof *y);
    again = calloc((size_t)n_y, sizeof *again);
    want = calloc((size_t)n_y, sizeof *want);
    from = calloc((size_t)n_y, 1);
    reference_pool(&win, want, wide, ROWS);
    pool_forward(&win, mat_of(y, ROWS, n_y / ROWS), mat_of(x, ROWS, n_x / ROWS), from);
    pool_forward(&win, mat_of(again, ROWS, n_y / ROWS), mat_of(x, ROWS, n_x / ROWS),
                 NULL);
    for (int i = 0; i < n_y; i++)
        ck_assert((double)y[i] == want[i]);
    ck_assert_mem_eq(y, again, (size_t)n_y * sizeof *y);
    free(x);
    free(y);
    free(again);
    free(wide);
    free(want);
    free(from);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("conv");
    TCase *tcase = tcase_create("conv");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, the_output_follows_from_the_window);
    tcase_add_test(tcase, convolution_by_hand);
    tcase_add_loop_test(tcase, convolutions_agree_with_sums, 0, GEOMETRIES);
    tcase_add_test(tcase, pooling_by_hand);
    tcase_add_loop_test(tcase, pools_agree_with_maxima, 0, 5);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
