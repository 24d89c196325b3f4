/* Variants of NoProp with weights set by hand, so that what they compute is known without
 * them; and means of random losses against their expectations. */
#ifndef TESTS_SUPPORT_HAND_H
#define TESTS_SUPPORT_HAND_H

#include "noprop/model.h"
#include "tests/support/tiny.h"

enum { HAND_M = TINY_CLASSES };

/* A tiny learner without batch norms, given options of the learner; all weights of its
 * blocks and its head are 0. Returns its model. */
struct model *hand_open(struct tiny *tiny, const struct learner *learner,
                        const char *const (*option)[2]);

#define HAND_OPEN(tiny, learner, ...)                                                    \
    hand_open(tiny, learner, (const char *const[][2]){__VA_ARGS__, {NULL, NULL}})

/* Logits of block t: bias_k, whatever it is given (bias: m). */
void hand_constant(const struct model *model, int t, const double *bias);

/* Logits bias_k + slope z_k for k < n, and bias_k for the others; one-hot embeddings. */
void hand_linear(const struct model *model, int t, double slope, int n,
                 const double *bias);

/* Adds height_k sin(time_scale t) to the logits, in continuous time; the sine must not be
 * negative. */
void hand_wave(const struct model *model, const double *height);

/* The head's logits: slope z_k for k < n, 0 for the others. slope 1, n = m: it scores z
 * itself. */
void hand_head(const struct model *model, double slope, int n);

/* z_0 of a walk that is given rng: n numbers. */
void hand_start(real *z, size_t n, struct rng rng);

/* softmax(logit) over those with on[k] set, 0 elsewhere. */
void hand_softmax(const double *logit, const uint8_t *on, double *p);

struct draws {
    int n;
    double sum, square;
};

void draws_add(struct draws *draws, double x);

/* The mean is `want` up to six of its standard errors, and to the digits of a float. */
void draws_agree(const struct draws *draws, double want);

#endif
