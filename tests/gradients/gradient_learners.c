/* Every learner that has a gradient, held against central differences of its own loss in
 * every coordinate: with masks per row, row weights and unequal classes. */
#include <check.h>
#include <stdlib.h>

#include "tests/support/difference.h"
#include "tests/support/reference.h"
#include "tests/support/tiny.h"

#define LEARNER(name) extern const struct learner learner_##name;
#include "bench/registry/learners.def"
#undef LEARNER

static const struct learner *const learners[] = {
#define LEARNER(name) &learner_##name,
#include "bench/registry/learners.def"
#undef LEARNER
};

enum { LEARNERS = sizeof learners / sizeof *learners, TRIES = 30 };

static struct tiny_case cases[LEARNERS * TINY_NETS];

struct probe {
    struct tiny tiny;
    struct rng rng;
    real *g;
};

static double loss(void *context)
{
    struct probe *p = context;

    return p->tiny.learner->grad(p->tiny.self, &p->tiny.batch, p->rng, p->g);
}

START_TEST(every_coordinate)
{
    const struct learner *learner = cases[_i].learner;
    struct probe p = {.rng = rng_seed(0)};
    struct vec w;
    double *want;
    uint64_t seed = 0;

    if (!learner->grad)
        return;
    tiny_open(&p.tiny, learner, tiny_options(learner, cases[_i].net), 1);
    tiny_mask(&p.tiny);
    w = learner->weights(p.tiny.self);
    want = calloc(w.n, sizeof *want);
    p.g = calloc(w.n, sizeof *p.g);
    do {
        ck_assert(seed < TRIES);
        reference_draw(w.data, w.n, 0.5, ++seed);
        p.rng = rng_seed(seed);
    } while (!difference(loss, &p, w.data, w.n, want));
    loss(&p);
    ck_assert_msg(reference_error(p.g, want, w.n) < 1e-5, "%s: off by %g", learner->name,
                  reference_error(p.g, want, w.n));
    free(want);
    free(p.g);
    tiny_close(&p.tiny);
}
END_TEST

Suite *learners_suite(void)
{
    Suite *suite = suite_create("learners");
    TCase *tcase = tcase_create("learners");

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, every_coordinate, 0,
                        tiny_cases(learners, LEARNERS, cases));
    return suite;
}
