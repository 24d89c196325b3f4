#include "noprop/block.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "tests/difference.h"
#include "tests/reference.h"

enum { ROWS = 5, WIDTH = 4, D = 3, M = 4, TRIES = 30 };

struct probe {
    struct arena arena;
    struct block block;
    struct block_work work;
    real *w, *state, *g;
    real x[ROWS * 36], z[ROWS * D], c[ROWS * M];
};

static struct mat logits(struct probe *p)
{
    return block_forward(&p->block, p->w, p->state, &p->work, mat_of(p->x, ROWS, 36),
                         mat_of(p->z, ROWS, D), NET_MEASURE, rng_seed(1));
}

/* sum_ij c_ij l_ij + l_ij^2 / 2, so that dl = c + l. */
static double loss(void *context)
{
    struct probe *p = context;
    struct mat l = logits(p);
    double sum = 0;

    for (int i = 0; i < ROWS * M; i++)
        sum += p->c[i] * l.at[i] + l.at[i] * l.at[i] / 2;
    return sum;
}

static void open_probe(struct probe *p, const char *trunk, bool batchnorm)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&p->arena, 0, &err), OK);
    ck_assert_int_eq(block_plan(&p->block, trunk, WIDTH, batchnorm,
                                (struct shape){6, 6, 1}, D, M, &err),
                     OK);
    p->w = arena_take(&p->arena, TAG_WEIGHT, p->block.n_weight, sizeof(real));
    p->g = arena_take(&p->arena, TAG_GRADIENT, p->block.n_weight, sizeof(real));
    p->state = arena_take(&p->arena, TAG_STATE, p->block.n_state + 1, sizeof(real));
    block_take_work(&p->block, &p->work, ROWS, ROWS, &p->arena);
    ck_assert_int_eq(arena_check(&p->arena, &err), OK);
}

static void draw(struct probe *p, uint64_t seed)
{
    reference_draw(p->w, p->block.n_weight, 0.7, 4 * seed);
    reference_draw(p->x, ROWS * 36, 1, 4 * seed + 1);
    reference_draw(p->z, ROWS * D, 1, 4 * seed + 2);
    reference_draw(p->c, ROWS * M, 1, 4 * seed + 3);
}

START_TEST(every_weight)
{
    static const char *const trunk[] = {"conv 2 3 valid, relu, pool 2, dropout 0.2",
                                        "dense 5, relu"};
    double *want;
    struct probe p;
    struct mat l;
    uint64_t seed = 0;

    open_probe(&p, trunk[_i % 2], _i / 2);
    want = calloc(p.block.n_weight, sizeof *want);
    do {
        ck_assert(seed < TRIES);
        draw(&p, seed++);
    } while (!difference(loss, &p, p.w, p.block.n_weight, want));
    for (size_t i = 0; i < p.block.n_weight; i++)
        p.g[i] = NAN; /* overwritten, not added to */
    l = logits(&p);
    for (int i = 0; i < ROWS * M; i++)
        l.at[i] += p.c[i];
    block_backward(&p.block, p.w, &p.work, mat_of(p.x, ROWS, 36), mat_of(p.z, ROWS, D), l,
                   p.g, rng_seed(1));
    ck_assert_double_lt(reference_error(p.g, want, p.block.n_weight), 2e-6);
    free(want);
    arena_close(&p.arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gradient of a block");
    TCase *tcase = tcase_create("block");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, every_weight, 0, 4);
    tcase_set_timeout(tcase, 60);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
