#include "noprop/block.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "tests/support/difference.h"
#include "tests/support/reference.h"

enum { ROWS = 5, WIDTH = 4, PIXELS = 36, M = 4, TRIES = 40 };

struct probe {
    struct arena arena;
    struct block block;
    struct block_work work;
    int d;
    bool timed;
    real *w, *state, *g;
    real x[ROWS * PIXELS], z[ROWS * PIXELS], time[ROWS * BLOCK_TIME], c[ROWS * M];
};

static struct block_input input(struct probe *p)
{
    return (struct block_input){mat_of(p->x, ROWS, PIXELS), mat_of(p->z, ROWS, p->d),
                                p->timed ? mat_of(p->time, ROWS, BLOCK_TIME)
                                         : (struct mat){0}};
}

static struct mat logits(struct probe *p)
{
    return block_forward(&p->block, p->w, p->state, &p->work, input(p), NET_MEASURE,
                         rng_seed(1));
}

/* sum_ij c_ij l_ij + l_ij^2 / 2, so that dl = c + l. */
static double loss(void *context)
{
    struct probe *p = context;
    struct mat l = logits(p);
    double sum = 0;

    for (int i = 0; i < ROWS * M; i++)
        sum += p->c[i] * l.data[i] + l.data[i] * l.data[i] / 2;
    return sum;
}

static const struct {
    enum block_form form;
    enum norm norm;
    int d;
    const char *mlp;
} cases[] = {
    {BLOCK_DISCRETE, NORM_NONE, 3, "conv 2 3 valid, relu, pool 2, dropout 0.2"},
    {BLOCK_DISCRETE, NORM_LAYER, 3, "conv 2 3 valid, relu, pool 2, dropout 0.2"},
    {BLOCK_DISCRETE, NORM_BATCH, 3, "conv 2 3 valid, relu, pool 2, dropout 0.2"},
    {BLOCK_DISCRETE, NORM_BATCH, 3, "dense 5, relu"},
    {BLOCK_DISCRETE, NORM_BATCH, PIXELS, "conv 2 3 valid, relu, pool 2, dropout 0.2"},
    {BLOCK_CONTINUOUS, NORM_NONE, 3, "conv 2 3 valid, relu, pool 2, dropout 0.2"},
    {BLOCK_CONTINUOUS, NORM_NONE, PIXELS, "conv 2 3 valid, relu, pool 2"},
    {BLOCK_CONTINUOUS, NORM_NONE, 3, "dense 5, relu"},
    {BLOCK_PEER, NORM_BATCH, 3, "conv 2 3, batchnorm, relu, pool 2, dense 4, relu"},
};

enum { CASES = sizeof cases / sizeof *cases };

static void open_probe(struct probe *p, int i)
{
    struct block_spec spec = {
        cases[i].form, cases[i].norm, cases[i].mlp, WIDTH, {6, 6, 1}, cases[i].d, M,
        true};
    struct error err = {0};

    p->d = cases[i].d;
    p->timed = cases[i].form == BLOCK_CONTINUOUS;
    ck_assert_int_eq(arena_open(&p->arena, 0, &err), OK);
    ck_assert_int_eq(block_plan(&p->block, &spec, &err), OK);
    p->w = arena_take(&p->arena, TAG_WEIGHT, p->block.n_weight, sizeof(real));
    p->g = arena_take(&p->arena, TAG_GRADIENT, p->block.n_weight, sizeof(real));
    p->state = arena_take(&p->arena, TAG_STATE, p->block.n_state + 1, sizeof(real));
    block_take_work(&p->block, &p->work, ROWS, ROWS, 1, &p->arena);
    ck_assert_int_eq(arena_check(&p->arena, &err), OK);
}

static void draw(struct probe *p, uint64_t seed)
{
    reference_draw(p->w, p->block.n_weight, 0.7, 5 * seed);
    reference_draw(p->x, ROWS * PIXELS, 1, 5 * seed + 1);
    reference_draw(p->z, ROWS * PIXELS, 1, 5 * seed + 2);
    reference_draw(p->c, ROWS * M, 1, 5 * seed + 3);
    reference_draw(p->time, ROWS * BLOCK_TIME, 1, 5 * seed + 4);
}

START_TEST(every_weight_and_the_label)
{
    double *want, dz[ROWS * PIXELS];
    struct probe p;
    struct mat l, d;
    uint64_t seed = 0;
    size_t n_z;

    open_probe(&p, _i);
    n_z = (size_t)(ROWS * p.d);
    want = calloc(p.block.n_weight, sizeof *want);
    do {
        ck_assert(seed < TRIES);
        draw(&p, seed++);
    } while (!difference(loss, &p, p.w, p.block.n_weight, want) ||
             !difference(loss, &p, p.z, n_z, dz));
    for (size_t i = 0; i < p.block.n_weight; i++)
        p.g[i] = NAN; /* overwritten, not added to */
    l = logits(&p);
    for (int i = 0; i < ROWS * M; i++)
        l.data[i] += p.c[i];
    d = block_backward(&p.block, p.w, &p.work, input(&p), l, p.g, rng_seed(1));
    ck_assert_double_lt(reference_error(p.g, want, p.block.n_weight), 2e-6);
    ck_assert_int_eq(d.rows * d.cols, ROWS * p.d);
    ck_assert_double_lt(reference_error(d.data, dz, n_z), 2e-6);
    free(want);
    arena_close(&p.arena);
}
END_TEST

Suite *block_suite(void)
{
    Suite *suite = suite_create("block");
    TCase *tcase = tcase_create("block");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, every_weight_and_the_label, 0, CASES);
    tcase_set_timeout(tcase, 60);
    return suite;
}
