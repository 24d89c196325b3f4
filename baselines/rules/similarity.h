/* The similarity matching loss of Nokland & Eidnes 2019 (arXiv:1901.06656, section 2.1):
 * rows of one class should be similar, rows of different classes should not.
 *
 *   S_ij = cosine of the rows a_i and a_j, each without its mean
 *   T_ij = the same of the one-hot labels: 1 in one class, else -1 / (classes - 1)
 *   L = mean_ij weight_i weight_j (S_ij - T_ij)^2
 *
 * The cosine is that of layer-normalised rows, whose length is the root of their size
 * (eps 1e-5 in the variance; the authors add 1e-8 to the length). */
#ifndef BASELINES_RULES_SIMILARITY_H
#define BASELINES_RULES_SIMILARITY_H

#include "core/plug/learner.h"

struct similarity {
    real *s, *scale; /* rows x rows; rows */
};
void similarity_take(struct similarity *similarity, int rows, struct arena *arena);

/* The loss of the rows a of a batch with that many classes; d becomes its derivative with
 * respect to a, which is overwritten. */
real similarity_loss(const struct similarity *similarity, const struct batch *batch,
                     int n_class, struct mat a, struct mat d);

#endif
