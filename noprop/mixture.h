/* The prediction of a block as a mixture of the embeddings, and its loss.
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

/* The classes that compete: row by row as in the batch, or the same for all rows. */
struct active_classes {
    const struct batch *batch;
    const uint8_t *on; /* used where batch is NULL */
};

/* Logits become weights, u (n x d) the mixture. */
void mixture_forward(const struct mixture *mix, struct mat logit, struct mat u,
                     struct active_classes active);

/* Weights become the derivative of the logits: r = du W^T; dl_k = p_k (r_k - sum_j p_j
 * r_j), or r_k where weighted. Adds p^T du to gw unless its data is NULL. r: n x m. */
void mixture_backward(const struct mixture *mix, struct mat p, struct mat du,
                      struct mat r, struct mat gw, struct active_classes active);

/* mean_i factor_i weight_i || u_i - u_y ||^2; factor_i = factor x each[i] (each NULL =
 * 1). u becomes its derivative; square, unless NULL, gets the n squared norms. */
real mixture_loss(const struct embedding *e, struct mat u, const struct batch *batch,
                  real factor, const real *each, real *square);

/* gw_y += scale x (scales NULL: scale; else scale scales[i]) d_i: what reaches the
 * embedding of a row's own class. Does nothing where gw.data is NULL. */
void embedding_collect(struct mat gw, struct mat d, const struct batch *batch, real scale,
                       const real *scales);

#endif
