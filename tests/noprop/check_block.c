#include "noprop/block.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/reference.h"

static const struct shape mnist = {28, 28, 1}, cifar = {32, 32, 3};

static enum status plan(struct block *block, enum block_form form, struct shape image,
                        int d, int m, struct error *err)
{
    struct block_spec spec = {form, NORM_BATCH, "noprop-cnn", 256, image, d, m, false};

    return block_plan(block, &spec, err);
}

/* Li, Teh & Pascanu 2025 v2, table 5 (0.92M, 0.87M, ...); the exact figures follow from
 * figure 5: the count is of one block, without embeddings and output head. */
START_TEST(the_parameters_of_table_5)
{
    static const struct {
        const struct shape *image;
        int d, m;
        size_t discrete, continuous;
    } row[] = {
        {&mnist, 10, 10, 919946, 867722},      {&mnist, 20, 10, 922506, 870282},
        {&mnist, 784, 10, 1401738, 1482122},   {&cifar, 10, 10, 1215434, 1163210},
        {&cifar, 20, 10, 1217994, 1165770},    {&cifar, 3072, 10, 1992714, 2073098},
        {&cifar, 100, 100, 1250084, 1197860},  {&cifar, 20, 100, 1229604, 1177380},
        {&cifar, 3072, 100, 2004324, 2084708},
    };

    for (int i = 0; i < 9; i++) {
        struct error err = {0};
        struct block block;

        ck_assert_int_eq(
            plan(&block, BLOCK_DISCRETE, *row[i].image, row[i].d, row[i].m, &err), OK);
        ck_assert_uint_eq(block.n_weight, row[i].discrete);
        ck_assert_int_eq(
            plan(&block, BLOCK_CONTINUOUS, *row[i].image, row[i].d, row[i].m, &err), OK);
        ck_assert_uint_eq(block.n_weight, row[i].continuous);
        ck_assert_uint_eq(block.n_state, 0);
    }
}
END_TEST

/* Multiply-adds forward: the convolutions (the first of 26 x 26 x 9 x 32, ...), then
 * dense layers of maps x 256, d x 256, twice 256 x 256, 512 x 256, 256 x 128, 128 x m.
 * Backward they are needed twice, but for the first convolution and the first layer of
 * the label. */
START_TEST(the_work_of_a_step)
{
    static const struct {
        const struct shape *image;
        int n_class;
        double forward, first; /* multiply-adds */
    } row[] = {
        {&mnist, 10, 9219968, 194688 + 2560},
        {&cifar, 10, 13931648, 777600 + 2560},
        {&cifar, 100, 13966208, 777600 + 25600},
    };

    for (int i = 0; i < 3; i++) {
        struct error err = {0};
        struct block block;
        int m = row[i].n_class;

        ck_assert_int_eq(plan(&block, BLOCK_DISCRETE, *row[i].image, m, m, &err), OK);
        ck_assert_double_eq(block_flops(&block), 2 * (3 * row[i].forward - row[i].first));
        ck_assert_double_eq(block_flops_encode(&block) + block_flops_predict(&block),
                            2 * row[i].forward);
    }
}
END_TEST

/* 824106 in PyTorch, and the three biases in front of a batch norm (32, 64, 128), which
 * have no effect. */
START_TEST(the_block_of_the_peer)
{
    struct block_spec spec = {BLOCK_PEER, NORM_BATCH, "peer-block", 256,
                              cifar,      20,         10,           false};
    struct error err = {0};
    struct block block;

    ck_assert_int_eq(block_plan(&block, &spec, &err), OK);
    ck_assert_uint_eq(block.n_weight, 824106 + 32 + 64 + 128);
    spec.width = 128;
    ck_assert_int_eq(block_plan(&block, &spec, &err), ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "width: 256"));
}
END_TEST

/* Two numbers of running statistics per gain: 256 + 256 + 512 + 256 + 128 of them;
 * without batch norm the gains and shifts are missing as well, and layer norm has none. */
START_TEST(batch_norm_can_be_left_out)
{
    struct block_spec spec = {BLOCK_DISCRETE, NORM_NONE, "noprop-cnn", 256,
                              mnist,          10,        10,           false};
    struct error err = {0};
    struct block with, without, layer;

    ck_assert_int_eq(plan(&with, BLOCK_DISCRETE, mnist, 10, 10, &err), OK);
    ck_assert_int_eq(block_plan(&without, &spec, &err), OK);
    ck_assert_uint_eq(with.n_state, 2 * 1408);
    ck_assert_uint_eq(without.n_state, 0);
    ck_assert_uint_eq(without.n_weight, 919946 - 2 * 1408);
    spec.norm = NORM_LAYER;
    ck_assert_int_eq(block_plan(&layer, &spec, &err), OK);
    ck_assert_uint_eq(layer.n_state, 0);
    ck_assert_uint_eq(layer.n_weight, without.n_weight);
    ck_assert_int_eq(
        layer.part[PART_IMAGE].layer[layer.part[PART_IMAGE].n_layer - 1].kind,
        LAYER_LAYERNORM);
}
END_TEST

START_TEST(a_trunk_that_does_not_fit)
{
    struct error err = {0};
    struct block block;

    ck_assert_int_eq(plan(&block, BLOCK_DISCRETE, (struct shape){8, 8, 1}, 2, 2, &err),
                     ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "within the image"));
}
END_TEST

enum { TRAIN = 6, SCORE = 9, WIDTH = 6, PIXELS = 36, M = 3 };

struct probe {
    struct arena arena;
    enum block_form form;
    int d;
    struct block block;
    struct block_work work;
    real *w, *state, x[SCORE * PIXELS], z[SCORE * PIXELS], time[SCORE * BLOCK_TIME];
};

/* The discrete form without a norm and with each, the other forms; a label of 4 numbers,
 * then one of the size of the image. */
static const struct {
    enum block_form form;
    enum norm norm;
    int d;
} forms[] = {
    {BLOCK_DISCRETE, NORM_NONE, 4},    {BLOCK_DISCRETE, NORM_BATCH, 4},
    {BLOCK_DISCRETE, NORM_LAYER, 4},   {BLOCK_CONTINUOUS, NORM_NONE, 4},
    {BLOCK_PEER, NORM_BATCH, 4},       {BLOCK_DISCRETE, NORM_BATCH, 36},
    {BLOCK_CONTINUOUS, NORM_NONE, 36},
};

static void open_probe(struct probe *p, int i)
{
    struct block_spec spec = {
        forms[i].form,
        forms[i].norm,
        forms[i].form == BLOCK_PEER
            ? "conv 2 3 valid, batchnorm, relu, pool 2, dense 6, relu"
            : "conv 2 3 valid, relu, pool 2",
        WIDTH,
        {6, 6, 1},
        forms[i].d,
        M,
        false};
    struct error err = {0};

    p->form = spec.form;
    p->d = spec.d;
    ck_assert_int_eq(arena_open(&p->arena, 0, &err), OK);
    ck_assert_int_eq(block_plan(&p->block, &spec, &err), OK);
    block_take_work(&p->block, &p->work, TRAIN, SCORE, 1, &p->arena);
    p->w = arena_take(&p->arena, TAG_WEIGHT, p->block.n_weight, sizeof(real));
    p->state = arena_take(&p->arena, TAG_STATE, p->block.n_state + 1, sizeof(real));
    block_init(&p->block, p->w, p->state, INIT_UNIFORM_FAN_IN, rng_seed(1));
    reference_draw(p->x, SCORE * PIXELS, 1, 3);
    reference_draw(p->z, SCORE * PIXELS, 1, 4);
    reference_draw(p->time, BLOCK_TIME, 1, 5); /* one time for all, as in scoring */
    for (int row = 1; row < SCORE; row++)
        memcpy(p->time + row * BLOCK_TIME, p->time, BLOCK_TIME * sizeof(real));
}

/* One part on doubles; to be freed. */
static double *part(const struct probe *p, enum block_part i, bool running,
                    const double *in, int n)
{
    const struct net *net = &p->block.part[i];
    double *w = reference_widen(p->w + p->block.weight[i], net->n_weight);
    double *state = reference_widen(p->state + p->block.state[i], net->n_state);
    double *y = reference_net(net, w, running ? state : NULL, in, n);

    free(w);
    free(state);
    return y;
}

/* What a branch gives: its last part, plus `rest` unless that is NULL. Frees both. */
static void put(double *joined, int n_joined, int branch, double *y, double *rest,
                bool relu, int n)
{
    for (int i = 0; i < n * WIDTH; i++) {
        double v = y[i] + (rest ? rest[i] : 0);

        joined[i / WIDTH * n_joined * WIDTH + branch * WIDTH + i % WIDTH] =
            relu && v < 0 ? 0 : v;
    }
    free(y);
    free(rest);
}

/* Figure 5: fusion of [image(x), h + skip(h), time(t)], h = label(z). */
static void agrees(const struct probe *p, struct mat logit, bool running)
{
    bool small = p->d != PIXELS, timed = p->form == BLOCK_CONTINUOUS;
    int n = logit.rows, n_joined = timed ? 3 : 2;
    double *x = reference_widen(p->x, SCORE * PIXELS);
    double *z = reference_widen(p->z, SCORE * PIXELS);
    double *time = reference_widen(p->time, SCORE * BLOCK_TIME);
    double *h = part(p, PART_LABEL, running, z, n), *y, *want;
    double joined[SCORE * 3 * WIDTH];

    put(joined, n_joined, 0, part(p, PART_IMAGE, running, x, n), NULL, false, n);
    y = small && !timed ? part(p, PART_SKIP, running, h, n) : NULL;
    put(joined, n_joined, 1, h, y, p->form == BLOCK_PEER, n);
    if (timed)
        put(joined, n_joined, 2, part(p, PART_TIME, running, time, n), NULL, false, n);
    y = part(p, PART_JOIN, running, joined, n);
    want = part(p, PART_FUSION, running, y, n);
    ck_assert_int_eq(logit.cols, M);
    ck_assert_double_lt(reference_error(logit.data, want, (size_t)(n * M)), 2e-5);
    free(x);
    free(z);
    free(time);
    free(y);
    free(want);
}

static struct block_input input(struct probe *p, int n)
{
    return (struct block_input){
        mat_of(p->x, n, PIXELS), mat_of(p->z, n, p->d),
        p->form == BLOCK_CONTINUOUS ? mat_of(p->time, n, BLOCK_TIME) : (struct mat){0}};
}

static struct mat scored(struct probe *p, int n)
{
    return block_predict(&p->block, p->w, p->state, &p->work, mat_of(p->z, n, p->d),
                         p->form == BLOCK_CONTINUOUS ? p->time : NULL);
}

START_TEST(both_passes_agree_with_the_figure)
{
    struct probe p;

    open_probe(&p, _i);
    for (int n = TRAIN; n > 2; n -= 2) {
        agrees(&p,
               block_forward(&p.block, p.w, p.state, &p.work, input(&p, n), NET_MEASURE,
                             rng_seed(1)),
               false);
        /* moves the running statistics, so that they are not those of the beginning */
        agrees(&p,
               block_forward(&p.block, p.w, p.state, &p.work, input(&p, n), NET_TRAIN,
                             rng_seed(1)),
               false);
    }
    block_encode(&p.block, p.w, p.state, &p.work, mat_of(p.x, SCORE, PIXELS));
    agrees(&p, scored(&p, SCORE), true);
    /* another label for images that were seen already */
    reference_draw(p.z, SCORE * PIXELS, 1, 6);
    reference_draw(p.time, BLOCK_TIME, 1, 7);
    for (int i = 1; i < SCORE; i++)
        memcpy(p.time + i * BLOCK_TIME, p.time, BLOCK_TIME * sizeof(real));
    agrees(&p, scored(&p, SCORE), true);
    arena_close(&p.arena);
}
END_TEST

START_TEST(parts_start_from_streams_of_their_own)
{
    struct probe p;
    real *w, *other;
    size_t same = 0;

    open_probe(&p, 0);
    w = p.w;
    other = arena_take(&p.arena, TAG_WEIGHT, p.block.n_weight, sizeof(real));
    block_init(&p.block, other, p.state, INIT_UNIFORM_FAN_IN, rng_seed(2));
    for (size_t i = 0; i < p.block.n_weight; i++)
        same += w[i] == other[i];
    ck_assert_uint_eq(same, 0);
    ck_assert(w[p.block.weight[PART_LABEL]] != w[p.block.weight[PART_SKIP]]);
    ck_assert(w[p.block.weight[PART_SKIP]] != w[p.block.weight[PART_FUSION]]);
    arena_close(&p.arena);
}
END_TEST

Suite *block_suite(void)
{
    Suite *suite = suite_create("block");
    TCase *tcase = tcase_create("block");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, the_parameters_of_table_5);
    tcase_add_test(tcase, the_work_of_a_step);
    tcase_add_test(tcase, the_block_of_the_peer);
    tcase_add_test(tcase, batch_norm_can_be_left_out);
    tcase_add_test(tcase, a_trunk_that_does_not_fit);
    tcase_add_loop_test(tcase, both_passes_agree_with_the_figure, 0, 6);
    tcase_add_test(tcase, parts_start_from_streams_of_their_own);
    return suite;
}
