/* The gradient of a learner, held against central differences of its own loss in every
 * coordinate. */
#ifndef TESTS_GRADIENTS_LEARNER_GRADIENT_H
#define TESTS_GRADIENTS_LEARNER_GRADIENT_H

#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "tests/support/difference.h"
#include "tests/support/reference.h"
#include "tests/support/tiny.h"

struct learner_gradient {
    struct tiny *tiny;
    struct rng rng;
    real *g;
};

static inline double learner_loss(void *context)
{
    struct learner_gradient *p = context;

    return p->tiny->learner->grad(p->tiny->self, &p->tiny->batch, p->rng, p->g);
}

/* At weights drawn with one seed after the other, until the loss has no kink nearby. */
static inline void learner_gradient_agrees(struct tiny *tiny)
{
    enum { TRIES = 60 };
    struct vec w = tiny->learner->weights(tiny->self);
    struct learner_gradient p = {tiny, rng_seed(0), calloc(w.n, sizeof *p.g)};
    double *want = calloc(w.n, sizeof *want), error;
    uint64_t seed = 0;

    do {
        ck_assert(seed < TRIES);
        reference_draw(w.data, w.n, 0.5, ++seed);
        p.rng = rng_seed(seed);
    } while (!difference(learner_loss, &p, w.data, w.n, want));
    for (size_t i = 0; i < w.n; i++)
        p.g[i] = NAN; /* overwritten, not added to */
    learner_loss(&p);
    error = reference_error(p.g, want, w.n);
    ck_assert_msg(error < 1e-5, "%s: off by %g", tiny->learner->name, error);
    free(want);
    free(p.g);
}

#endif
