#include "noprop/block.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/reference.h"

static const struct shape mnist = {28, 28, 1}, cifar = {32, 32, 3};

/* Li, Teh & Pascanu 2025 v2, table 5, discrete time, one-hot: 0.92M, 1.22M and 1.25M
 * parameters; the exact figures follow from figure 5.
 *
 * Multiply-adds forward: the convolutions (the first of 26 x 26 x 9 x 32, ...), then
 * dense layers of maps x 256, d x 256, twice 256 x 256, 512 x 256, 256 x 128, 128 x m.
 * Backward they are needed twice, but for the first convolution and the first layer of
 * the label. */
START_TEST(the_block_of_the_paper)
{
    static const struct {
        const struct shape *image;
        int n_class;
        size_t n_weight;
        double forward, first; /* multiply-adds */
    } row[] = {
        {&mnist, 10, 919946, 9219968, 194688 + 2560},
        {&cifar, 10, 1215434, 13931648, 777600 + 2560},
        {&cifar, 100, 1250084, 13966208, 777600 + 25600},
    };

    for (int i = 0; i < 3; i++) {
        struct error err = {0};
        struct block block;

        ck_assert_int_eq(block_plan(&block, "noprop-cnn", 256, true, *row[i].image,
                                    row[i].n_class, row[i].n_class, &err),
                         OK);
        ck_assert_uint_eq(block.n_weight, row[i].n_weight);
        ck_assert_double_eq(block_flops(&block), 2 * (3 * row[i].forward - row[i].first));
    }
}
END_TEST

/* Two numbers of running statistics per gain: 256 + 256 + 512 + 256 + 128 of them;
 * without batch norm the gains and shifts are missing as well. */
START_TEST(batch_norm_can_be_left_out)
{
    struct error err = {0};
    struct block with, without;

    ck_assert_int_eq(block_plan(&with, "noprop-cnn", 256, true, mnist, 10, 10, &err), OK);
    ck_assert_int_eq(block_plan(&without, "noprop-cnn", 256, false, mnist, 10, 10, &err),
                     OK);
    ck_assert_uint_eq(with.n_state, 2 * 1408);
    ck_assert_uint_eq(without.n_state, 0);
    ck_assert_uint_eq(without.n_weight, 919946 - 2 * 1408);
}
END_TEST

START_TEST(a_trunk_that_does_not_fit)
{
    struct error err = {0};
    struct block block;

    ck_assert_int_eq(
        block_plan(&block, "noprop-cnn", 8, true, (struct shape){8, 8, 1}, 2, 2, &err),
        ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "within the image"));
}
END_TEST

enum { TRAIN = 6, SCORE = 9, WIDTH = 6, D = 4, M = 3 };

struct probe {
    struct arena arena;
    struct block block;
    struct block_work work;
    real *w, *state, *x, *z;
};

static void open_probe(struct probe *p, bool batchnorm)
{
    const struct shape image = {6, 6, 1};
    struct error err = {0};

    ck_assert_int_eq(arena_open(&p->arena, 0, &err), OK);
    ck_assert_int_eq(block_plan(&p->block, "conv 2 3 valid, relu, pool 2", WIDTH,
                                batchnorm, image, D, M, &err),
                     OK);
    block_take_work(&p->block, &p->work, TRAIN, SCORE, &p->arena);
    p->w = arena_take(&p->arena, TAG_WEIGHT, p->block.n_weight, sizeof(real));
    p->state = arena_take(&p->arena, TAG_STATE, p->block.n_state + 1, sizeof(real));
    p->x = arena_take(&p->arena, TAG_FIXED, SCORE * 36, sizeof(real));
    p->z = arena_take(&p->arena, TAG_FIXED, SCORE * D, sizeof(real));
    block_init(&p->block, p->w, p->state, INIT_UNIFORM_FAN_IN, rng_seed(1));
    reference_draw(p->x, SCORE * 36, 1, 3);
    reference_draw(p->z, SCORE * D, 1, 4);
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

/* Figure 5: fusion of [image(x), h + skip(h)], h = label(z). */
static void agrees(const struct probe *p, struct mat logit, bool running)
{
    int n = logit.rows;
    double *x = reference_widen(p->x, SCORE * 36), *z = reference_widen(p->z, SCORE * D);
    double *f = part(p, PART_IMAGE, running, x, n);
    double *h = part(p, PART_LABEL, running, z, n);
    double *skip = part(p, PART_SKIP, running, h, n), *want, joined[SCORE * 2 * WIDTH];

    for (int i = 0; i < n * WIDTH; i++) {
        int at = i / WIDTH * 2 * WIDTH + i % WIDTH;

        joined[at] = f[i];
        joined[at + WIDTH] = h[i] + skip[i];
    }
    want = part(p, PART_FUSION, running, joined, n);
    ck_assert_int_eq(logit.cols, M);
    ck_assert_double_lt(reference_error(logit.at, want, (size_t)(n * M)), 1e-3);
    free(x);
    free(z);
    free(f);
    free(h);
    free(skip);
    free(want);
}

START_TEST(both_passes_agree_with_the_figure)
{
    struct probe p;

    open_probe(&p, _i);
    for (int n = TRAIN; n > 2; n -= 2) {
        struct mat x = mat_of(p.x, n, 36), z = mat_of(p.z, n, D);

        agrees(&p,
               block_forward(&p.block, p.w, p.state, &p.work, x, z, NET_MEASURE,
                             rng_seed(1)),
               false);
        /* moves the running statistics, so that they are not those of the beginning */
        agrees(
            &p,
            block_forward(&p.block, p.w, p.state, &p.work, x, z, NET_TRAIN, rng_seed(1)),
            false);
    }
    agrees(&p,
           block_score(&p.block, p.w, p.state, &p.work, mat_of(p.x, SCORE, 36),
                       mat_of(p.z, SCORE, D)),
           true);
    arena_close(&p.arena);
}
END_TEST

START_TEST(parts_start_from_streams_of_their_own)
{
    struct probe p;
    real *w, *other;
    size_t same = 0;

    open_probe(&p, false);
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

int main(void)
{
    Suite *suite = suite_create("block");
    TCase *tcase = tcase_create("block");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, the_block_of_the_paper);
    tcase_add_test(tcase, batch_norm_can_be_left_out);
    tcase_add_test(tcase, a_trunk_that_does_not_fit);
    tcase_add_loop_test(tcase, both_passes_agree_with_the_figure, 0, 2);
    tcase_add_test(tcase, parts_start_from_streams_of_their_own);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
