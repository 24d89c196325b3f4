/* The output head: class probabilities from z, and the decision.
 *
 *   softmax   p(y | z) = softmax(z A + b)                       (Li et al. 2025, eq. 14)
 *   radial    y~ = softmax(z A + b) W, p(y | z) ~ exp(-||y~ - u_y||^2 / (2 sigma^2))
 *             (eq. 15-16; the paper gives no sigma)
 *
 * Its weights are A (d x m), then b (m). */
#ifndef NOPROP_HEAD_H
#define NOPROP_HEAD_H

#include "noprop/mixture.h"

enum posterior { POSTERIOR_SOFTMAX, POSTERIOR_RADIAL };
enum decision { DECISION_HEAD, DECISION_NEAREST };

extern const char *const posterior_names[], *const decision_names[];

struct head {
    enum posterior posterior;
    enum decision decision;
    double sigma;
    const struct embedding *embedding;
    struct mat logit, mixed, r; /* n x m, n x d, n x m: scratch */
};

void head_open(struct head *head, const struct embedding *e, int n, struct arena *arena);

size_t head_size(int d, int m);

/* Mean cross-entropy of the labels of the batch. g (head_size) is overwritten; what
 * reaches the embeddings other than through z is added to gw; dz (n x d) is overwritten.
 * gw and dz may be empty. */
real head_gradient(const struct head *head, real *w, struct mat z,
                   const struct batch *batch, real *g, struct mat gw, struct mat dz);

/* Scores by the decision: the logits of the head, or -||z - u_k||^2. */
void head_score(const struct head *head, real *w, struct mat z, struct classes competing,
                struct mat out);

#endif
