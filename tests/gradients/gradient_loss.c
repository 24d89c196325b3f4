#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/nn/loss.h"
#include "tests/support/difference.h"
#include "tests/support/reference.h"

enum { N = 6, K = 5 };

static const uint8_t on[2][K] = {{1, 1, 0, 1, 0}, {0, 0, 1, 0, 1}};
static const struct classes among[2] = {{on[0], K}, {on[1], K}};
static const int32_t task[N] = {0, 1, 0, 0, 1, 1}, label[N] = {0, 2, 3, 1, 4, 4};
static const float distil[N] = {1, 0, 2, 0.5F, 0, 3}, match[N] = {0, 2, 1, 0, 3, 0.5F};
static const float weight[N] = {0.5F, 2, 0, 1, 0.25F, 3};

struct probe {
    struct batch batch;
    bool squared;
    struct soft soft;
    real spare[K];
    real y[N * K], target[N * K];
};

static double apply(struct probe *p, real *y)
{
    if (p->squared)
        return loss_squared(mat_of(y, N, K), mat_of(p->target, N, K), &p->batch);
    return loss_cross_entropy(mat_of(y, N, K), &p->batch);
}

static double loss(void *context)
{
    struct probe *p = context;
    real y[N * K];

    memcpy(y, p->y, sizeof y);
    return apply(p, y);
}

START_TEST(every_output)
{
    struct probe p = {.batch = {.y = label,
                                .task = task,
                                .competing = among,
                                .weight = _i % 2 ? weight : NULL},
                      .squared = _i / 2 == 1,
                      .soft = {.distil = distil,
                               .match = match,
                               .group = among,
                               .n_group = 2,
                               .temperature = 2}};
    double want[N * K];

    reference_draw(p.y, N * K, 2, 1);
    reference_draw(p.target, N * K, 1, 2);
    p.soft.target = mat_of(p.target, N, K);
    p.soft.spare = p.spare;
    p.batch.soft = _i / 2 >= 2 ? &p.soft : NULL;
    p.soft.sigmoid = _i / 2 == 3 ? among : NULL;
    ck_assert(difference(loss, &p, p.y, N * K, want));
    apply(&p, p.y);
    ck_assert_double_lt(reference_error(p.y, want, N * K), 1e-6);
}
END_TEST

Suite *loss_suite(void)
{
    Suite *suite = suite_create("loss");
    TCase *tcase = tcase_create("loss");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, every_output, 0, 8);
    return suite;
}
