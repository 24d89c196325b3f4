#include "core/nn/net.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/threads.h"
#include "tests/support/reference.h"

enum { TRAIN = 9, SCORE = 12 };

/* Every way through a convolution, and dense layers worth sharing. */
static const char wide_net[] = "conv 16 3, batchnorm, relu, pool 2, conv 24 3, relu, "
                               "pool 2, conv 8 5, dense 300, relu, dense 200";

static const struct shape mnist = {28, 28, 1}, cifar = {32, 32, 3};

struct probe {
    struct arena arena;
    struct net net;
    struct net_work work;
    real *w, *state, *x;
};

/* Memory for TRAIN and SCORE rows; weights, running statistics and images drawn. */
static void open_probe(struct probe *p, const char *text, struct shape in)
{
    struct error err = {0};

    *p = (struct probe){.w = NULL};
    ck_assert_int_eq(arena_open(&p->arena, 0, &err), OK);
    ck_assert_msg(net_parse(&p->net, text, in, &err) == OK, "%s: %s", text, err.text);
    net_take_work(&p->net, &p->work, TRAIN, SCORE, false, 1, &p->arena);
    p->w = arena_take(&p->arena, TAG_WEIGHT, p->net.n_weight + 1, sizeof(real));
    p->state = arena_take(&p->arena, TAG_STATE, p->net.n_state + 1, sizeof(real));
    p->x =
        arena_take(&p->arena, TAG_FIXED, (size_t)(SCORE * shape_size(in)), sizeof(real));
    ck_assert_int_eq(arena_check(&p->arena, &err), OK);
    reference_draw(p->w, p->net.n_weight, 0.4, 1);
    reference_draw(p->state, p->net.n_state, 1, 2);
    for (size_t i = 0; i < p->net.n_state; i++)
        p->state[i] = (real)0.2 + (p->state[i] < 0 ? -p->state[i] : p->state[i]);
    reference_draw(p->x, (size_t)(SCORE * shape_size(in)), 1, 3);
}

static struct mat rows(const struct probe *p, int n)
{
    return mat_of(p->x, n, shape_size(p->net.in));
}

static struct net_pass pass_over(const struct probe *p, int n)
{
    return (struct net_pass){p->w, &p->work, rows(p, n), rng_seed(1)};
}

static struct mat forward(const struct probe *p, int n, real *state, enum net_mode mode)
{
    struct net_pass pass = pass_over(p, n);

    return net_forward(&p->net, &pass, state, mode);
}

static struct mat backward(const struct probe *p, struct mat dy, real *g, bool want_dx)
{
    struct net_pass pass = pass_over(p, dy.rows);

    return net_backward(&p->net, &pass, dy, g, want_dx);
}

/* Of reference_error: a thousand units in the last place of a hundredth of the largest
 * value, as Winograd's tiles and batch norms of few rows have them; 7e-5 come up. */
static const double most = 2e-4;

static void agrees(const struct probe *p, struct mat y, bool running)
{
    double *w = reference_widen(p->w, p->net.n_weight);
    double *state = reference_widen(p->state, p->net.n_state);
    double *x = reference_widen(p->x, (size_t)(y.rows * shape_size(p->net.in)));
    double *want = reference_net(&p->net, w, running ? state : NULL, x, y.rows);

    ck_assert_int_eq(y.cols, shape_size(p->net.out));
    ck_assert_int_eq(y.ld, y.cols);
    ck_assert_double_lt(reference_error(y.data, want, (size_t)(y.rows * y.cols)), most);
    free(w);
    free(state);
    free(x);
    free(want);
}

static const char *const nets[] = {
    "dense 4",
    "dense 7, relu, dense 5, tanh, dense 2, silu, dense 3, elu, dense 2",
    "conv 3 3, relu, pool 2, conv 4 3 valid, batchnorm, relu, dense 5, batchnorm",
    "conv 3 3 stride 2, silu, layernorm, conv 2 2 valid, tanh, rmsnorm, dense 3, relu",
    "batchnorm, conv 2 5, batchnorm, batchnorm, elu, pool 3, dense 4",
    "pool 2, relu, relu, dense 6, layernorm, rmsnorm, batchnorm, silu",
    "relu",
    "rmsnorm, batchnorm",
    "layernorm, tanh, silu, tanh, sigmoid, batchnorm, layernorm",
    "conv 3 2 valid, batchnorm, pool 2, conv 5 1, pool 2, relu, conv 2 3, batchnorm",
    "conv 16 3, batchnorm, relu, pool 2, conv 24 3, relu, pool 3, conv 17 3, dense 3",
    "conv 16 3 valid, relu, conv 9 3, batchnorm, relu, conv 8 3, pool 2",
};

enum { NETS = sizeof nets / sizeof *nets };

/* Also with fewer rows than there is room for, and again after a larger batch. */
START_TEST(both_passes_agree_with_the_reference)
{
    static const int n[] = {TRAIN, 4, TRAIN};
    struct probe p;

    open_probe(&p, nets[_i], (struct shape){7, 6, 2});
    for (int i = 0; i < 3; i++) {
        struct mat y = forward(&p, n[i], p.state, NET_MEASURE);

        agrees(&p, y, false);
        ck_assert_ptr_eq(net_output(&p.net, &p.work, n[i]).data, y.data);
        agrees(&p, net_score(&p.net, p.w, p.state, &p.work, rows(&p, n[i])), true);
    }
    agrees(&p, net_score(&p.net, p.w, p.state, &p.work, rows(&p, SCORE)), true);
    arena_close(&p.arena);
}
END_TEST

/* Every instruction set that this processor has: outputs against the reference, gradients
 * against those of the plainest (which tests/gradients/gradient_net.c holds against
 * differences).
 */
START_TEST(every_set_of_kernels_agrees)
{
    struct probe p;
    real *g, *dy;
    double *want = NULL;

    open_probe(&p, nets[_i], (struct shape){7, 6, 2});
    g = calloc(p.net.n_weight + 1, sizeof *g);
    dy = calloc((size_t)(TRAIN * shape_size(p.net.out)), sizeof *dy);
    for (int s = 0; s < N_ISA; s++) {
        struct mat y;

        if (!kernels_of((enum isa)s))
            continue;
        p.net.kernels = kernels_of((enum isa)s);
        net_plan(&p.net);
        y = forward(&p, TRAIN, p.state, NET_MEASURE);
        agrees(&p, y, false);
        reference_draw(dy, (size_t)(y.rows * y.cols), 1, 5);
        backward(&p, mat_of(dy, y.rows, y.cols), g, false);
        want = want ? want : reference_widen(g, p.net.n_weight);
        ck_assert_double_lt(reference_error(g, want, p.net.n_weight), most);
        agrees(&p, net_score(&p.net, p.w, p.state, &p.work, rows(&p, SCORE)), true);
    }
    free(g);
    free(dy);
    free(want);
    arena_close(&p.arena);
}
END_TEST

START_TEST(inputs_and_weights_are_only_read)
{
    struct probe p;
    real w[8000], x[SCORE * 84], state[100];

    open_probe(&p, nets[_i], (struct shape){7, 6, 2});
    ck_assert_uint_lt(p.net.n_weight, 8000);
    memcpy(w, p.w, p.net.n_weight * sizeof *w);
    memcpy(x, p.x, sizeof x);
    memcpy(state, p.state, p.net.n_state * sizeof *state);
    forward(&p, TRAIN, p.state, NET_MEASURE);
    net_score(&p.net, p.w, p.state, &p.work, rows(&p, SCORE));
    ck_assert_mem_eq(w, p.w, p.net.n_weight * sizeof *w);
    ck_assert_mem_eq(x, p.x, sizeof x);
    ck_assert_mem_eq(state, p.state, p.net.n_state * sizeof *state);
    arena_close(&p.arena);
}
END_TEST

/* One dense layer of two units: mean and variance of its outputs, 0.9 old + 0.1 new. */
struct trained {
    real y[TRAIN * 200], scored[SCORE * 200], *g;
};

/* One pass forward, backward and scoring, with as many workers as the own pool has. */
static struct trained pass_of(int workers, int segments)
{
    struct trained result;
    struct probe p;
    struct mat y;

    open_probe(&p, wide_net, cifar);
    net_recompute(&p.net, segments);
    net_take_work(&p.net, &p.work, TRAIN, SCORE, true, workers, &p.arena);
    y = forward(&p, TRAIN, p.state, NET_TRAIN);
    memcpy(result.y, y.data, sizeof result.y);
    result.g = calloc(p.net.n_weight, sizeof(real));
    backward(&p, y, result.g, true);
    y = net_score(&p.net, p.w, p.state, &p.work, rows(&p, SCORE));
    memcpy(result.scored, y.data, sizeof result.scored);
    arena_close(&p.arena);
    return result;
}

START_TEST(threads_do_not_change_the_bits)
{
    struct trained alone = pass_of(1, 1), together;
    struct threads *pool;
    struct error err = {0};
    struct net net;

    ck_assert_int_eq(threads_open(&pool, _i, &err), OK);
    together = pass_of(_i, 1);
    threads_close(pool);
    ck_assert_int_eq(net_parse(&net, wide_net, cifar, &err), OK);
    ck_assert_mem_eq(alone.y, together.y, sizeof alone.y);
    ck_assert_mem_eq(alone.scored, together.scored, sizeof alone.scored);
    ck_assert_mem_eq(alone.g, together.g, net.n_weight * sizeof(real));
    free(alone.g);
    free(together.g);
}
END_TEST

/* What one pass leaves, with its activations kept (1 segment) or computed again. */
struct left {
    real *g, *dx, *state;
};

static struct left leave(const char *text, int segments)
{
    struct left left;
    struct probe p;
    size_t n_x = (size_t)(TRAIN * 360);
    struct mat y, dx;

    open_probe(&p, text, (struct shape){12, 10, 3});
    net_recompute(&p.net, segments);
    net_take_work(&p.net, &p.work, TRAIN, SCORE, true, 1, &p.arena);
    y = forward(&p, TRAIN, p.state, NET_TRAIN);
    left.g = calloc(p.net.n_weight + 1, sizeof(real));
    dx = backward(&p, y, left.g, true);
    left.dx = calloc(n_x, sizeof(real));
    left.state = calloc(p.net.n_state + 1, sizeof(real));
    memcpy(left.dx, dx.data, n_x * sizeof(real));
    memcpy(left.state, p.state, p.net.n_state * sizeof(real));
    arena_close(&p.arena);
    return left;
}

static const char *const deep[] = {
    "conv 16 3, batchnorm, relu, pool 2, dropout 0.2, conv 8 3, relu, dense 40, relu, "
    "dropout 0.1, dense 30, batchnorm, relu, dense 20, layernorm, tanh, dense 5",
    "dense 30, batchnorm, batchnorm, silu, rmsnorm, dense 30, relu, dense 30, elu, dense "
    "9",
    "dense 20, tanh, dense 20, relu, dropout 0.5, dense 20, tanh, dense 20",
};

START_TEST(recomputation_changes_no_bit)
{
    const char *text = deep[_i / 4];
    struct error err = {0};
    struct left kept = leave(text, 1), again = leave(text, 2 + _i % 4);
    struct net net;

    ck_assert_int_eq(net_parse(&net, text, (struct shape){12, 10, 3}, &err), OK);
    ck_assert_mem_eq(kept.g, again.g, net.n_weight * sizeof(real));
    ck_assert_mem_eq(kept.dx, again.dx, TRAIN * 360 * sizeof(real));
    ck_assert_mem_eq(kept.state, again.state, net.n_state * sizeof(real));
    free(kept.g), free(kept.dx), free(kept.state);
    free(again.g), free(again.dx), free(again.state);
}
END_TEST

/* Sixteen layers of 10 in 4 segments: 4 x 10 within one, 3 x 10 kept; the first three
 * quarters of the forward pass twice. */
START_TEST(recomputation_is_counted)
{
    struct error err = {0};
    struct net net;
    const char *text = "dense 10, dense 10, dense 10, dense 10, dense 10, dense 10, "
                       "dense 10, dense 10, dense 10, dense 10, dense 10, dense 10, "
                       "dense 10, dense 10, dense 10, dense 10";

    ck_assert_int_eq(net_parse(&net, text, (struct shape){1, 1, 10}, &err), OK);
    ck_assert_uint_eq(net.n_value, 160);
    ck_assert_double_eq(net_flops_backward(&net, true), 2 * 16 * 200);
    net_recompute(&net, 4);
    ck_assert_uint_eq(net.n_value, 70);
    ck_assert_double_eq(net_flops_backward(&net, true), 2 * 16 * 200 + 12 * 200);
}
END_TEST

/* Given what another net found of the same images, and given what is not of them. */
START_TEST(squares_may_be_shared)
{
    const char *text = "conv 16 3, batchnorm, relu, pool 2, dense 3";
    size_t n = TRAIN * 3 * sizeof(real);
    double *squares;
    struct probe p;
    struct mat y;
    real own[TRAIN * 3];

    open_probe(&p, text, (struct shape){7, 6, 2});
    squares = calloc(net_squares(&p.net), sizeof *squares);
    y = forward(&p, TRAIN, p.state, NET_MEASURE);
    memcpy(own, y.data, n);
    net_square(&p.net, &p.work, rows(&p, TRAIN), squares);
    p.work.squares = squares;
    y = forward(&p, TRAIN, p.state, NET_MEASURE);
    ck_assert_mem_eq(y.data, own, n);
    squares[0] *= 2;
    y = forward(&p, TRAIN, p.state, NET_MEASURE);
    ck_assert_mem_ne(y.data, own, n);
    free(squares);
    arena_close(&p.arena);
    ck_assert_int_eq(
        net_parse(&p.net, "conv 16 3, relu", (struct shape){7, 6, 2}, &(struct error){0}),
        OK);
    ck_assert_uint_eq(net_squares(&p.net), 0);
}
END_TEST

START_TEST(training_moves_the_running_statistics)
{
    struct probe p;
    struct mat y, again;
    double mean = 0, variance = 0, first[TRAIN];
    real old[4];

    open_probe(&p, "dense 2, batchnorm", (struct shape){1, 1, 3});
    for (int i = 0; i < TRAIN; i++) { /* b stands behind the 3 x 2 matrix */
        first[i] = (double)p.w[6];
        for (int k = 0; k < 3; k++)
            first[i] += (double)p.x[3 * i + k] * (double)p.w[2 * k];
        mean += first[i] / TRAIN;
    }
    for (int i = 0; i < TRAIN; i++)
        variance += pow(first[i] - mean, 2) / (TRAIN - 1);
    memcpy(old, p.state, sizeof old);
    y = forward(&p, TRAIN, p.state, NET_TRAIN);
    agrees(&p, y, false);
    ck_assert_double_eq_tol(p.state[0], 0.9 * (double)old[0] + 0.1 * mean, 1e-5);
    ck_assert_double_eq_tol(p.state[2], 0.9 * (double)old[2] + 0.1 * variance, 1e-5);
    again = forward(&p, TRAIN, NULL, NET_MEASURE);
    agrees(&p, again, false);
    arena_close(&p.arena);
}
END_TEST

START_TEST(dropout_is_off_when_scoring)
{
    struct probe with, without;
    size_t bytes = SCORE * 3 * sizeof(real);

    open_probe(&with,
               "dropout 0.5, dense 5, relu, dropout 0.5, tanh, dropout 0.3, dense 3",
               (struct shape){1, 1, 6});
    open_probe(&without, "dense 5, relu, tanh, dense 3", (struct shape){1, 1, 6});
    ck_assert_mem_eq(
        net_score(&with.net, with.w, NULL, &with.work, rows(&with, SCORE)).data,
        net_score(&without.net, without.w, NULL, &without.work, rows(&without, SCORE))
            .data,
        bytes);
    arena_close(&with.arena);
    arena_close(&without.arena);
}
END_TEST

START_TEST(dropout_follows_its_stream)
{
    struct probe p;
    struct net_pass other;
    real first[TRAIN * 50];
    struct mat y;
    int both = 0;

    open_probe(&p, "dropout 0.5, dropout 0.5", (struct shape){1, 1, 50});
    other = pass_over(&p, TRAIN);
    other.rng = rng_seed(2);
    y = forward(&p, TRAIN, NULL, NET_TRAIN);
    memcpy(first, y.data, sizeof first);
    for (int i = 0; i < TRAIN * 50; i++)
        both += y.data[i] != 0;
    /* layers draw from streams of their own: a quarter is left, not a half */
    ck_assert_double_eq_tol(both, 450 * 0.25, 5 * sqrt(450 * 0.25 * 0.75));
    y = forward(&p, TRAIN, NULL, NET_TRAIN);
    ck_assert_mem_eq(first, y.data, sizeof first);
    y = net_forward(&p.net, &other, NULL, NET_TRAIN);
    ck_assert(memcmp(first, y.data, sizeof first) != 0);
    arena_close(&p.arena);
}
END_TEST

/* Sums of (inputs + 1) x units, per layer. */
START_TEST(weights_are_counted)
{
    static const struct {
        const char *text;
        const struct shape *in;
        size_t n_weight;
        int height, width, channels;
    } row[] = {
        {"mlp-400-400", &mnist, 785 * 400 + 401 * 400, 1, 1, 400},
        {"mlp-100", &cifar, 3073 * 100, 1, 1, 100},
        {"lenet", &mnist, 26 * 6 + 151 * 16 + 401 * 120 + 121 * 84, 1, 1, 84},
        {"small-cnn", &mnist, 10 * 16 + 145 * 32 + (7 * 7 * 32 + 1) * 64, 1, 1, 64},
        {"noprop-cnn", &mnist, 10 * 32 + 289 * 64 + 577 * 128, 4, 4, 128},
        {"noprop-cnn", &cifar, 28 * 32 + 289 * 64 + 577 * 128, 5, 5, 128},
        {"noprop-cnn-half", &mnist, 10 * 16 + 145 * 32 + 289 * 64, 4, 4, 64},
        {"peer-cnn", &mnist, 10 * 32 + 289 * 64 + 577 * 128 + 1153 * 256, 1, 1, 256},
        {"peer-block", &cifar,
         28 * 32 + 289 * 64 + 577 * 128 + 2049 * 256 + 2 * (32 + 64 + 128), 1, 1, 256},
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct error err = {0};
        struct net net;

        ck_assert_int_eq(net_parse(&net, row[i].text, *row[i].in, &err), OK);
        ck_assert_uint_eq(net.n_weight, row[i].n_weight);
        ck_assert_int_eq(net.out.height, row[i].height);
        ck_assert_int_eq(net.out.width, row[i].width);
        ck_assert_int_eq(net.out.channels, row[i].channels);
    }
}
END_TEST

static size_t rounded(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

/* 6x5x2 -> conv 3 4x3 (relu and dropout over it) -> batchnorm (its xhat apart, as the
 * relu still needs its output; 3 scales) -> pool 2x1x3 (6 marks) -> dense 4 (tanh over
 * it)
 * -> layernorm apart (1 scale per row) -> dense 2. */
START_TEST(working_memory_has_no_more_than_it_needs)
{
    struct error err = {0};
    struct net_work work;
    struct arena arena;
    struct net net;

    ck_assert_int_eq(net_parse(&net,
                               "conv 3 3 valid, relu, dropout 0.1, batchnorm, pool 2, "
                               "dense 4, tanh, layernorm, dense 2",
                               (struct shape){6, 5, 2}, &err),
                     OK);
    /* The convolution's own map is not kept, but a mark for each value after the ReLU. */
    ck_assert_uint_eq(net.n_value, 36 + 36 + 6 + 4 + 4 + 2);
    ck_assert_uint_eq(net.n_argmax, 36 + 6);
    ck_assert_uint_eq(net.n_scale, 3);
    ck_assert_uint_eq(net.n_scale_row, 1);
    ck_assert_uint_eq(net.widest, 36);
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    net_take_work(&net, &work, 10, 20, false, 1, &arena);
    ck_assert_uint_eq(arena.now.part[TAG_ACTIVATION],
                      rounded(10 * 88 * sizeof(real)) + rounded(10 * 42) +
                          rounded((3 + 10) * sizeof(real)));
    ck_assert_uint_eq(
        arena.now.part[TAG_SCRATCH],
        2 * rounded(20 * 36 * sizeof(real)) +
            rounded(fused_conv_scratch(&net.layer[0].fused, 1) * sizeof(real)));
    arena_release(&arena, 0);
    net_take_work(&net, &work, 10, 20, true, 1, &arena); /* dx is 60 wide */
    ck_assert_uint_eq(
        arena.now.part[TAG_SCRATCH],
        2 * rounded(20 * 60 * sizeof(real)) +
            rounded(fused_conv_scratch(&net.layer[0].fused, 1) * sizeof(real)));
    arena_close(&arena);
}
END_TEST

/* A fused convolution keeps its pooled output; for a batch norm also the winners and the
 * map, or of an image with few channels the moments of its patches (a row of 32, 27 x 32)
 * beside the scales and means. */
START_TEST(stages_keep_little)
{
    struct error err = {0};
    struct net net;

    ck_assert_int_eq(net_parse(&net,
                               "conv 32 3, batchnorm, relu, pool 2, conv 64 3, relu, "
                               "pool 2, dense 7",
                               cifar, &err),
                     OK);
    ck_assert_uint_eq(net.n_value, 16 * 16 * 32 + 8 * 8 * 64 + 7);
    ck_assert_uint_eq(net.n_scale, 2 * 32 + 32 + 27 * 32);
    ck_assert_uint_eq(net.n_argmax, 16 * 16 * 32 + 8 * 8 * 64);
    ck_assert_uint_eq(net.widest, 16 * 16 * 32);
    ck_assert_int_eq(net.layer[0].span, 4);
    ck_assert_int_eq(net.layer[3].span, 0);
    ck_assert_int_eq(net.layer[4].span, 3);
    ck_assert_int_eq(net.layer[7].span, 1);
    ck_assert_int_eq(
        net_parse(&net, "conv 16 3, relu, conv 64 3, batchnorm, pool 2", cifar, &err),
        OK);
    ck_assert_uint_eq(net.n_value, 32 * 32 * 16 + 32 * 32 * 64 + 2 * 16 * 16 * 64);
    ck_assert_uint_eq(net.n_scale, 2 * 64);
}
END_TEST

/* conv: 12 positions x 18 inputs x 3 channels = 648; dense: 6 x 4 + 4 x 2 = 32. */
START_TEST(operations_are_counted)
{
    struct error err = {0};
    struct net net;

    ck_assert_int_eq(net_parse(&net,
                               "conv 3 3 valid, batchnorm, pool 2, dense 4, dense 2",
                               (struct shape){6, 5, 2}, &err),
                     OK);
    ck_assert_double_eq(net_flops_forward(&net), 2 * (648 + 32));
    ck_assert_double_eq(net_flops_backward(&net, false), 2 * (648 + 2 * 32));
    ck_assert_double_eq(net_flops_backward(&net, true), 2 * (2 * 648 + 2 * 32));
}
END_TEST

/* Layers: W, then b; batchnorm: gains, then shifts. */
START_TEST(weights_start_as_the_layers_want_them)
{
    struct error err = {0};
    struct net net;
    real w[100], state[12], other[100];

    ck_assert_int_eq(net_parse(&net,
                               "dense 4, batchnorm, dense 4, batchnorm, relu, dense 2",
                               (struct shape){1, 1, 4}, &err),
                     OK);
    ck_assert_uint_eq(net.n_weight, 20 + 8 + 20 + 8 + 10);
    ck_assert_uint_eq(net.n_state, 16);
    net_init_weights(&net, w, INIT_HE, rng_seed(1));
    net_init_weights(&net, other, INIT_HE, rng_seed(2));
    for (int i = 0; i < 4; i++) {
        ck_assert(w[16 + i] == 0 && w[44 + i] == 0);
        ck_assert(w[20 + i] == 1 && w[48 + i] == 1);
        ck_assert(w[24 + i] == 0 && w[52 + i] == 0);
        ck_assert(w[i] != 0 && w[i] != w[28 + i] && w[i] != other[i]);
    }
    memset(state, 1, sizeof state);
    net.n_layer = 2;
    net_init_state(&net, state);
    for (int i = 0; i < 4; i++)
        ck_assert(state[i] == 0 && state[4 + i] == 1);
}
END_TEST

static void refuses(const char *text, const char *part)
{
    struct error err = {0};
    struct net net;

    ck_assert_msg(net_parse(&net, text, (struct shape){6, 5, 2}, &err) == ERR_USAGE, "%s",
                  text);
    ck_assert_msg(strstr(err.text, part) != NULL, "'%s' is not in: %s", part, err.text);
}

START_TEST(what_is_no_net)
{
    refuses("", "empty");
    refuses("dense 4,", "layer 2 of the net, '': empty");
    refuses("dense 4,, relu", "empty");
    refuses("dens 4", "did you mean 'dense'");
    refuses("mlp_400_30", "neither a net nor a layer; did you mean 'mlp-400-30'?");
    refuses("MLP400", "did you mean 'mlp-400'?");
    refuses("mlp", "did you mean 'mlp-A-B-...'?");
    refuses("le-net", "did you mean 'lenet'?");
    refuses("relu, lenet", "'lenet' is neither a net nor a layer; see");
    refuses("lenet, relu", "'lenet' is neither a net nor a layer; see");
    refuses("mlp-", "mlp-A-B");
    refuses("mlp-400-", "mlp-A-B");
    refuses("mlp-400-x", "mlp-A-B");
    refuses("mlp-0", "mlp-A-B");
    refuses("mlp-400 400", "mlp-A-B");
    refuses("relu, conv 3", "layer 2 of the net, 'conv 3': conv CHANNELS SIZE");
    refuses("conv 0 3", "conv CHANNELS SIZE");
    refuses("conv 3 7 valid", "within the image");
    refuses("conv 3 3 stride", "conv CHANNELS SIZE");
    refuses("conv 3 3 stride 0", "conv CHANNELS SIZE");
    refuses("conv 3 3 wide", "conv CHANNELS SIZE");
    refuses("conv three 3", "conv CHANNELS SIZE");
    refuses("pool", "pool SIZE");
    refuses("pool 6", "within the image");
    refuses("pool 2, pool 2, pool 2", "layer 3");
    refuses("dense", "dense UNITS");
    refuses("dense -1", "dense UNITS");
    refuses("dense 4 5", "dense UNITS");
    refuses("dense 99999999999999999999", "dense UNITS, 1 to 1000000");
    refuses("dense 1000001", "dense UNITS, 1 to 1000000");
    refuses("conv 65537 3", "at most 65536 channels");
    refuses("conv 3 17 valid", "SIZE and N at most 16");
    refuses("pool 17", "at most 16");
    refuses("dropout", "0 <= P < 1");
    refuses("dropout 1", "0 <= P < 1");
    refuses("dropout 0.99999999999", "0 <= P < 1");
    refuses("dropout -0.1", "0 <= P < 1");
    refuses("dropout nan", "0 <= P < 1");
    refuses("dropout half", "0 <= P < 1");
    refuses("batchnorm 2", "batchnorm");
    refuses("relu 2", "relu");
}
END_TEST

/* 2^12 channels of 2^19 values are one too many. */
START_TEST(an_image_has_no_more_values_than_an_int_counts)
{
    struct error err = {0};
    struct net net;

    ck_assert_int_eq(
        net_parse(&net, "relu, conv 4096 3", (struct shape){2076, 2076, 1}, &err),
        ERR_USAGE);
    ck_assert_str_eq(err.text, "layer 2 of the net, 'conv 4096 3': more than 2147483647 "
                               "values for one image");
    ck_assert_int_eq(net_parse(&net, "conv 4096 3", (struct shape){1024, 512, 1}, &err),
                     ERR_USAGE);
    ck_assert_int_eq(net_parse(&net, "conv 4096 3", (struct shape){1024, 511, 1}, &err),
                     OK);
}
END_TEST

START_TEST(limits_on_length)
{
    char text[2000] = "relu";

    for (int i = 1; i < NET_LAYERS; i++)
        strcat(text, ",relu");
    ck_assert_int_eq(
        net_parse(&(struct net){0}, text, (struct shape){1, 1, 3}, &(struct error){0}),
        OK);
    strcat(text, ",relu");
    refuses(text, "too many layers");
    memset(text, ' ', 1999);
    refuses(text, "longer than");
}
END_TEST

START_TEST(lists_may_be_written_as_one_likes)
{
    struct error err = {0};
    struct net a, b;

    ck_assert_int_eq(net_parse(&a, "conv 3 3 valid stride 2,relu ,dense 4",
                               (struct shape){6, 5, 2}, &err),
                     OK);
    ck_assert_int_eq(net_parse(&b, "  conv  3 3 stride 2 valid ,\n relu, dense 4 ",
                               (struct shape){6, 5, 2}, &err),
                     OK);
    ck_assert_int_eq(a.n_layer, 3);
    ck_assert_int_eq(b.n_layer, 3);
    ck_assert_uint_eq(a.n_weight, b.n_weight);
    ck_assert_int_eq(a.layer[0].out.height, 2);
    ck_assert_int_eq(net_add(&b, "batchnorm, dense 2", &err), OK);
    ck_assert_uint_eq(b.n_weight, a.n_weight + 8 + 10);
    ck_assert_int_eq(b.out.channels, 2);
}
END_TEST

Suite *net_suite(void)
{
    Suite *suite = suite_create("net");
    TCase *tcase = tcase_create("net");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, both_passes_agree_with_the_reference, 0, NETS);
    tcase_add_loop_test(tcase, every_set_of_kernels_agrees, 0, NETS);
    tcase_add_loop_test(tcase, inputs_and_weights_are_only_read, 0, NETS);
    tcase_add_loop_test(tcase, threads_do_not_change_the_bits, 2, 4);
    tcase_add_loop_test(tcase, recomputation_changes_no_bit, 0, 12);
    tcase_add_test(tcase, recomputation_is_counted);
    tcase_add_test(tcase, squares_may_be_shared);
    tcase_add_test(tcase, training_moves_the_running_statistics);
    tcase_add_test(tcase, dropout_is_off_when_scoring);
    tcase_add_test(tcase, dropout_follows_its_stream);
    tcase_add_test(tcase, weights_are_counted);
    tcase_add_test(tcase, working_memory_has_no_more_than_it_needs);
    tcase_add_test(tcase, stages_keep_little);
    tcase_add_test(tcase, operations_are_counted);
    tcase_add_test(tcase, weights_start_as_the_layers_want_them);
    tcase_add_test(tcase, what_is_no_net);
    tcase_add_test(tcase, an_image_has_no_more_values_than_an_int_counts);
    tcase_add_test(tcase, limits_on_length);
    tcase_add_test(tcase, lists_may_be_written_as_one_likes);
    return suite;
}
