/* The float kernels of every instruction set that this processor has against plain sums
 * in double. */
#include "core/nn/conv.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/nn/im2col.h"
#include "tests/support/reference.h"

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
        ck_assert_uint_eq(columns_size(&win),
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
    columns_forward(&win, mat_of(y, 1, 4), mat_of(x, 1, 9), mat_of(w, 4, 1), &b, col);
    ck_assert(y[0] == 5421.5F && y[1] == 6532.5F && y[2] == 8754.5F && y[3] == 9865.5F);
}
END_TEST

static real *drawn(size_t n, uint64_t seed, double **wide)
{
    real *x = calloc(n, sizeof *x);

    reference_draw(x, n, 1, seed);
    *wide = reference_widen(x, n);
    return x;
}

/* Columns, direct, Winograd: with and without padding, tiles and vectors that are filled
 * and not, the paper's maps. */
static const struct {
    struct shape in;
    int channels, size, stride, pad;
} geometry[] = {
    {{6, 7, 3}, 4, 3, 1, 0},     {{6, 7, 3}, 4, 3, 1, 1},     {{5, 6, 1}, 3, 3, 2, 1},
    {{7, 6, 2}, 2, 3, 2, 0},     {{4, 4, 2}, 3, 4, 1, 0},     {{3, 2, 2}, 1, 7, 1, 3},
    {{5, 5, 2}, 5, 1, 1, 0},     {{8, 9, 1}, 2, 5, 3, 2},     {{6, 5, 2}, 3, 2, 1, 1},
    {{28, 28, 1}, 32, 3, 1, 0},  {{12, 10, 3}, 32, 3, 1, 1},  {{9, 8, 3}, 48, 5, 1, 2},
    {{9, 8, 2}, 16, 3, 2, 1},    {{7, 9, 4}, 16, 4, 3, 0},    {{13, 13, 32}, 64, 3, 1, 0},
    {{11, 11, 64}, 32, 3, 1, 0}, {{8, 8, 16}, 16, 3, 1, 1},   {{9, 6, 20}, 24, 3, 1, 1},
    {{5, 7, 8}, 9, 3, 1, 0},     {{3, 3, 33}, 17, 3, 1, 0},   {{1, 1, 8}, 8, 3, 1, 1},
    {{6, 6, 12}, 40, 3, 1, 2},   {{16, 16, 32}, 64, 3, 1, 1}, {{2, 5, 130}, 70, 3, 1, 1},
};

enum {
    ROWS = 7, /* not a multiple of the images that go together */
    GEOMETRIES = sizeof geometry / sizeof *geometry,
};

struct problem {
    struct window win;
    size_t n_x, n_y, n_w, n_b;
    real *x, *w, *b, *dy;
    struct sums {
        double *y, *dx, *dw, *db;
    } want, size; /* size: of the absolute values of what is added up */
};

static void absolute(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = fabs(x[i]);
}

static struct sums plain_sums(const struct problem *p, const double *x, const double *w,
                              const double *b, const double *dy)
{
    struct sums s = {calloc(p->n_y, sizeof *s.y), calloc(p->n_x, sizeof *s.dx),
                     calloc(p->n_w, sizeof *s.dw), calloc(p->n_b, sizeof *s.db)};

    reference_conv(&p->win, s.y, x, w, b, ROWS);
    reference_conv_backward(&p->win, s.dx, s.dw, s.db, x, w, dy, ROWS);
    return s;
}

static void open_problem(struct problem *p, int i)
{
    double *x, *w, *b, *dy;

    ck_assert(window_make(&p->win, geometry[i].in, geometry[i].channels, geometry[i].size,
                          geometry[i].stride, geometry[i].pad));
    p->n_x = (size_t)(ROWS * shape_size(p->win.in));
    p->n_y = (size_t)(ROWS * shape_size(p->win.out));
    p->n_b = (size_t)p->win.out.channels;
    p->n_w = (size_t)(p->win.size * p->win.size * p->win.in.channels) * p->n_b;
    p->x = drawn(p->n_x, 1, &x);
    p->w = drawn(p->n_w, 2, &w);
    p->b = drawn(p->n_b, 3, &b);
    p->dy = drawn(p->n_y, 4, &dy);
    p->want = plain_sums(p, x, w, b, dy);
    absolute(x, p->n_x);
    absolute(w, p->n_w);
    absolute(b, p->n_b);
    absolute(dy, p->n_y);
    p->size = plain_sums(p, x, w, b, dy);
    free(x);
    free(w);
    free(b);
    free(dy);
}

static void close_sums(struct sums s)
{
    free(s.y);
    free(s.dx);
    free(s.dw);
    free(s.db);
}

static void close_problem(struct problem *p)
{
    close_sums(p->want);
    close_sums(p->size);
    free(p->x);
    free(p->w);
    free(p->b);
    free(p->dy);
}

struct answer {
    real *y, *dx, *dw;
};

/* All passes over ROWS images in groups of `images`, in a scratch full of NaN. */
static struct answer solve(const struct problem *p, const struct conv *conv, int images)
{
    size_t n = conv_scratch(conv);
    int patch = (int)(p->n_w / p->n_b), n_in = shape_size(p->win.in);
    struct answer a = {calloc(p->n_y, sizeof(real)), calloc(p->n_x, sizeof(real)),
                       calloc(p->n_w, sizeof(real))};
    struct mat x = mat_of(p->x, ROWS, n_in), dx = mat_of(a.dx, ROWS, n_in);
    struct mat y = mat_of(a.y, ROWS, shape_size(p->win.out));
    struct mat dy = mat_of(p->dy, ROWS, y.cols);
    struct mat w = mat_of(p->w, patch, (int)p->n_b), dw = mat_of(a.dw, patch, w.cols);
    real *scratch = malloc(n * sizeof *scratch);

    for (size_t i = 0; i < n; i++)
        scratch[i] = NAN;
    for (size_t i = 0; i < p->n_w; i++)
        a.dw[i] = NAN;
    conv_begin(conv, w, scratch);
    for (int i = 0; i < ROWS; i += images) {
        int rows = ROWS - i < images ? ROWS - i : images;

        conv_forward(conv, mat_rows(y, i, rows), mat_rows(x, i, rows), w, p->b, scratch);
    }
    conv_backward_begin(conv, dw, w, true, scratch);
    for (int i = 0; i < ROWS; i += images) {
        int rows = ROWS - i < images ? ROWS - i : images;

        conv_backward(conv, dw, mat_rows(x, i, rows), mat_rows(dy, i, rows), scratch);
        conv_backward_input(conv, mat_rows(dx, i, rows), mat_rows(dy, i, rows), w,
                            scratch);
    }
    conv_backward_end(conv, dw, scratch);
    free(scratch);
    return a;
}

static void close_answer(struct answer a)
{
    free(a.y);
    free(a.dx);
    free(a.dw);
}

/* Largest error in units of the last place of what was added up: of each sum's own
 * absolute values, or of the largest sum's. */
static double error_of(const real *got, const double *want, const double *size, size_t n,
                       bool own)
{
    double largest = 0, worst = 0;

    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, size[i]);
    for (size_t i = 0; i < n; i++) {
        double unit = 0x1p-24 * (own ? size[i] : largest) + 1e-30;
        double error = fabs((double)got[i] - want[i]) / unit;

        if (!(error <= worst)) /* NaN too */
            worst = error;
    }
    return worst;
}

/* A plain sum of n products in single precision errs by n units at most, and by about
 * their root; 4 are the most that come up here. A Winograd tile mixes the pixels of its
 * neighbourhood, so that a small sum has the error of the large ones beside it, which the
 * transforms enlarge (Barabasz et al. 2020): 33 of their units at most. Twice that is
 * allowed. */
static void agrees(const struct problem *p, const struct conv *conv)
{
    struct answer a = solve(p, conv, conv_images(conv)), b = solve(p, conv, 2);

    bool winograd = conv->way == CONV_WINOGRAD;
    double most = winograd ? 64 : 8;

    ck_assert_double_lt(error_of(a.y, p->want.y, p->size.y, p->n_y, !winograd), most);
    ck_assert_double_lt(error_of(a.dx, p->want.dx, p->size.dx, p->n_x, !winograd), most);
    ck_assert_double_lt(error_of(a.dw, p->want.dw, p->size.dw, p->n_w, !winograd), most);
    /* An image's bits do not depend on those that go with it. */
    ck_assert_mem_eq(a.y, b.y, p->n_y * sizeof *a.y);
    ck_assert_mem_eq(a.dx, b.dx, p->n_x * sizeof *a.dx);
    close_answer(a);
    close_answer(b);
}

START_TEST(every_way_and_set_agrees_with_sums)
{
    struct problem p;

    open_problem(&p, _i);
    for (int s = 0; s < N_ISA; s++) {
        const struct kernels *set = kernels_of((enum isa)s);
        struct conv conv;

        if (!set)
            continue;
        conv = conv_plan(&p.win, set);
        agrees(&p, &conv);
    }
    agrees(&p, &(struct conv){p.win, CONV_COLUMNS, NULL});
    close_problem(&p);
}
END_TEST

START_TEST(the_same_again_is_the_same_bits)
{
    struct problem p;
    struct conv conv;
    struct answer a, b;

    open_problem(&p, _i);
    conv = conv_plan(&p.win, kernels_default());
    a = solve(&p, &conv, 3);
    b = solve(&p, &conv, 3);
    ck_assert_mem_eq(a.y, b.y, p.n_y * sizeof *a.y);
    ck_assert_mem_eq(a.dx, b.dx, p.n_x * sizeof *a.dx);
    ck_assert_mem_eq(a.dw, b.dw, p.n_w * sizeof *a.dw);
    close_answer(a);
    close_answer(b);
    close_problem(&p);
}
END_TEST

START_TEST(geometry_decides_the_way)
{
    static const struct {
        struct shape in;
        int channels, size, stride;
        enum conv_way way;
    } row[] = {
        {{32, 32, 3}, 32, 3, 1, CONV_DIRECT},   {{28, 28, 1}, 16, 5, 1, CONV_DIRECT},
        {{28, 28, 1}, 6, 5, 1, CONV_COLUMNS},   {{16, 16, 32}, 64, 3, 1, CONV_WINOGRAD},
        {{16, 16, 32}, 64, 3, 2, CONV_COLUMNS}, {{16, 16, 32}, 64, 5, 1, CONV_COLUMNS},
        {{16, 16, 6}, 16, 3, 1, CONV_COLUMNS},
    };
    struct window win;

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        ck_assert(
            window_make(&win, row[i].in, row[i].channels, row[i].size, row[i].stride, 1));
        ck_assert_int_eq(conv_plan(&win, kernels_default()).way, row[i].way);
    }
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

Suite *conv_suite(void)
{
    Suite *suite = suite_create("conv");
    TCase *tcase = tcase_create("conv");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, the_output_follows_from_the_window);
    tcase_add_test(tcase, convolution_by_hand);
    tcase_add_loop_test(tcase, every_way_and_set_agrees_with_sums, 0, GEOMETRIES);
    tcase_add_loop_test(tcase, the_same_again_is_the_same_bits, 0, GEOMETRIES);
    tcase_add_test(tcase, geometry_decides_the_way);
    tcase_add_test(tcase, pooling_by_hand);
    tcase_add_loop_test(tcase, pools_agree_with_maxima, 0, 5);
    return suite;
}
