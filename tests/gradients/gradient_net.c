/* Every layer's backward pass, alone and beside every other, against central differences
 * in every coordinate of the weights and of the input. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/nn/net.h"
#include "tests/support/difference.h"
#include "tests/support/reference.h"

enum { ROWS = 5, TRIES = 60 };

struct probe {
    struct arena arena;
    struct net net;
    struct net_work work;
    real *w, *g, *state, *x, *c;
    struct rng rng;
    bool own_output; /* dy is written over the result of net_forward */
};

static struct net_pass pass_over(const struct probe *p)
{
    return (struct net_pass){p->w, &p->work, mat_of(p->x, ROWS, shape_size(p->net.in)),
                             p->rng};
}

/* sum_ij c_ij y_ij + y_ij^2 / 2, so that dy = c + y. */
static double loss(void *context)
{
    struct probe *p = context;
    struct net_pass pass = pass_over(p);
    struct mat y = net_forward(&p->net, &pass, p->state, NET_MEASURE);
    double sum = 0;

    for (int i = 0; i < y.rows * y.cols; i++)
        sum += p->c[i] * y.data[i] + y.data[i] * y.data[i] / 2;
    return sum;
}

static void open_probe(struct probe *p, const char *text, struct shape in)
{
    struct error err = {0};

    *p = (struct probe){.rng = rng_seed(1)};
    ck_assert_int_eq(arena_open(&p->arena, 0, &err), OK);
    ck_assert_msg(net_parse(&p->net, text, in, &err) == OK, "%s: %s", text, err.text);
    p->w = arena_take(&p->arena, TAG_WEIGHT, p->net.n_weight + 1, sizeof(real));
    p->g = arena_take(&p->arena, TAG_GRADIENT, p->net.n_weight + 1, sizeof(real));
    p->state = arena_take(&p->arena, TAG_STATE, p->net.n_state + 1, sizeof(real));
    p->x =
        arena_take(&p->arena, TAG_SCRATCH, (size_t)(ROWS * shape_size(in)), sizeof(real));
    p->c = arena_take(&p->arena, TAG_SCRATCH, (size_t)(ROWS * shape_size(p->net.out)),
                      sizeof(real));
    net_take_work(&p->net, &p->work, ROWS, ROWS, true, 1, &p->arena);
    ck_assert_int_eq(arena_check(&p->arena, &err), OK);
}

static void draw(struct probe *p, uint64_t seed)
{
    reference_draw(p->w, p->net.n_weight, 0.6, 3 * seed);
    reference_draw(p->x, (size_t)(ROWS * shape_size(p->net.in)), 1, 3 * seed + 1);
    reference_draw(p->c, (size_t)(ROWS * shape_size(p->net.out)), 1, 3 * seed + 2);
    p->rng = rng_seed(seed);
}

static struct mat backward(struct probe *p, real *dy_at)
{
    struct net_pass pass = pass_over(p);
    struct mat y = net_forward(&p->net, &pass, p->state, NET_MEASURE);
    struct mat dy = p->own_output ? y : mat_of(dy_at, y.rows, y.cols);

    for (int i = 0; i < y.rows * y.cols; i++)
        dy.data[i] = p->c[i] + y.data[i];
    for (size_t i = 0; i < p->net.n_weight; i++)
        p->g[i] = NAN; /* overwritten, not added to */
    return net_backward(&p->net, &pass, dy, p->g, true);
}

/* The gradients at the first point without a kink. */
static void compare(struct probe *p, const char *text)
{
    size_t n_x = (size_t)(ROWS * shape_size(p->net.in)), n_w = p->net.n_weight;
    size_t n_y = (size_t)(ROWS * shape_size(p->net.out));
    double *dw = calloc(n_w + 1, sizeof *dw), *dx = calloc(n_x, sizeof *dx);
    double *dy = calloc(n_y, sizeof *dy), *x = calloc(n_x, sizeof *x);
    uint64_t seed = 0;
    struct mat got;

    do {
        ck_assert_msg(seed < TRIES, "%s: no smooth point", text);
        draw(p, seed++);
    } while (!difference(loss, p, p->w, n_w, dw) || !difference(loss, p, p->x, n_x, dx));
    memcpy(x, p->x, n_x * sizeof *x);
    got = backward(p, dy);
    ck_assert_msg(reference_error(p->g, dw, n_w) < 2e-6, "%s: weights off by %g", text,
                  reference_error(p->g, dw, n_w));
    ck_assert_int_eq(got.ld, got.cols);
    ck_assert_msg(reference_error(got.data, dx, n_x) < 2e-6, "%s: input off by %g", text,
                  reference_error(got.data, dx, n_x));
    ck_assert_mem_eq(x, p->x, n_x * sizeof *x);
    free(dw);
    free(dx);
    free(dy);
    free(x);
}

static void hold(const char *text, struct shape in, bool own_output)
{
    struct probe p;

    open_probe(&p, text, in);
    p.own_output = own_output;
    compare(&p, text);
    arena_close(&p.arena);
}

static const char *const plain[] = {"relu",      "elu",     "tanh",
                                    "silu",      "sigmoid", "batchnorm",
                                    "layernorm", "rmsnorm", "dropout 0.3"};

enum { PLAIN = sizeof plain / sizeof *plain };

START_TEST(three_in_a_row_between_dense_layers)
{
    char text[256];

    for (int b = 0; b < PLAIN; b++)
        for (int c = 0; c < PLAIN; c++) {
            snprintf(text, sizeof text, "dense 6, %s, %s, %s, dense 2", plain[_i],
                     plain[b], plain[c]);
            hold(text, (struct shape){1, 1, 3}, true);
        }
}
END_TEST

START_TEST(pairs_at_the_beginning_at_the_end_and_alone)
{
    static const char *const form[] = {"%s, %s, dense 3", "dense 6, %s, %s", "%s, %s"};
    char text[256];

    for (int b = 0; b < PLAIN; b++)
        for (int f = 0; f < 3; f++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(text, sizeof text, form[f], plain[_i], plain[b]);
#pragma GCC diagnostic pop
            hold(text, (struct shape){1, 1, 6}, false);
        }
}
END_TEST

START_TEST(pairs_around_convolutions_and_pools)
{
    char text[256];

    for (int b = 0; b < PLAIN; b++) {
        snprintf(text, sizeof text, "conv 2 3, %s, pool 2, %s, conv 3 2 valid, dense 2",
                 plain[_i], plain[b]);
        hold(text, (struct shape){5, 4, 2}, true);
        snprintf(text, sizeof text, "pool 2, %s, %s, conv 2 2 valid", plain[_i],
                 plain[b]);
        hold(text, (struct shape){5, 5, 2}, false);
    }
}
END_TEST

/* Odd sizes, strides that leave a rest, padding wider than the image's rest, windows as
 * large as the image, a pool that drops a row, several channels. */
START_TEST(geometries)
{
    static const struct {
        const char *text;
        struct shape in;
    } row[] = {
        {"conv 3 3", {4, 5, 2}},
        {"conv 2 3 valid", {3, 4, 3}},
        {"conv 2 3 stride 2", {5, 6, 1}},
        {"conv 2 3 stride 2 valid", {6, 5, 2}},
        {"conv 2 5 stride 3 same", {7, 4, 1}},
        {"conv 2 1", {2, 3, 3}},
        {"conv 2 1 stride 2", {3, 3, 2}},
        {"conv 1 7 same", {3, 2, 2}},
        {"conv 4 2 valid", {3, 3, 1}},
        {"conv 3 4 valid", {4, 4, 1}},
        {"pool 2", {5, 7, 2}},
        {"pool 3", {7, 3, 1}},
        {"pool 1", {2, 2, 2}},
        {"dense 1", {1, 1, 1}},
        {"dense 3", {2, 3, 2}},
        {"conv 2 3 valid, pool 2, conv 3 3, tanh, conv 2 2 valid stride 2", {8, 9, 1}},
        {"dense 2, dense 7, dense 1", {1, 1, 5}},
        {"dense 3, tanh", {1, 1, 9}}, /* the input wider than all that follows */
    };

    hold(row[_i].text, row[_i].in, false);
}
END_TEST

START_TEST(presets_in_small)
{
    static const struct {
        const char *text;
        struct shape in;
    } row[] = {
        {"conv 2 3 valid, relu, pool 2, dropout 0.2, conv 2 3 valid, relu, dropout 0.2, "
         "conv 3 3 valid, relu, pool 2, dropout 0.2, dense 4, batchnorm",
         {16, 16, 1}},
        {"conv 2 3, batchnorm, relu, pool 2, conv 3 3, batchnorm, relu, pool 2, dense 4, "
         "relu",
         {7, 6, 1}},
        {"dense 5, batchnorm, relu, dense 5, batchnorm", {1, 1, 6}},
        {"batchnorm, conv 2 3, batchnorm, batchnorm, relu, dropout 0.4, batchnorm, dense "
         "2",
         {4, 4, 2}},
        /* direct and Winograd's convolutions */
        {"conv 16 3, batchnorm, relu, pool 2, conv 9 3 valid, relu, pool 2", {10, 8, 1}},
        {"conv 8 3 valid, batchnorm, relu, conv 2 1, dense 2", {5, 7, 8}},
    };

    hold(row[_i].text, row[_i].in, false);
}
END_TEST

Suite *net_suite(void)
{
    Suite *suite = suite_create("net");
    TCase *tcase = tcase_create("net");

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, geometries, 0, 18);
    tcase_add_loop_test(tcase, presets_in_small, 0, 6);
    tcase_add_loop_test(tcase, three_in_a_row_between_dense_layers, 0, PLAIN);
    tcase_add_loop_test(tcase, pairs_at_the_beginning_at_the_end_and_alone, 0, PLAIN);
    tcase_add_loop_test(tcase, pairs_around_convolutions_and_pools, 0, PLAIN);
    return suite;
}
