/* The answer of a block as a point among the embeddings, and what it costs.
 *
 *   softmax    uhat = p W, p = softmax of the logits over the classes that compete: a
 *              convex combination (discrete time and continuous time)
 *   weighted   v = l W, the logits themselves as weights (flow matching)
 *
 * Classes that do not compete for a row, or have no embedding yet, have no weight and get
 * no gradient. */
#ifndef NOPROP_MIXTURE_H
#define NOPROP_MIXTURE_H

#include "noprop/embedding.h"

struct mixture {
    const struct embedding *embedding;
    bool weighted;
};

/* Who competes: row by row as the batch says, or for all rows the same. */
struct rivals {
    const struct batch *batch;
    const uint8_t *on; /* used where batch is NULL */
};

/* Logits become weights, u (n x d) the mixture. */
void mixture_forward(const struct mixture *mix, struct mat logit, struct mat u,
                     struct rivals rivals);

/* Weights become the derivative of the logits: r = du W^T; dl_k = p_k (r_k - sum_j p_j
 * r_j), or r_k where weighted. Adds p^T du to gw unless its `at` is NULL. r: n x m. */
void mixture_backward(const struct mixture *mix, struct mat p, struct mat du,
                      struct mat r, struct mat gw, struct rivals rivals);

/* mean_i factor_i weight_i || u_i - u_y ||^2; factor_i = factor x each[i] (each NULL =
 * 1). u becomes its derivative; square, unless NULL, gets the n squared norms. */
real mixture_loss(const struct embedding *e, struct mat u, const struct batch *batch,
                  real factor, const real *each, real *square);

/* gw_y += scale x (scales NULL: scale; else scale scales[i]) d_i: what reaches the
 * embedding of a row's own class. Nothing where gw.at is NULL. */
void embedding_collect(struct mat gw, struct mat d, const struct batch *batch, real scale,
                       const real *scales);

#endif
