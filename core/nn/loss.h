/* Losses over the outputs that compete. Logits of an output that does not compete for a
 * row take no part in its softmax and get no gradient. */
#ifndef CORE_NN_LOSS_H
#define CORE_NN_LOSS_H

#include "core/nn/batch.h"

/* Row by row, in place: p = softmax over the outputs with on[k] set, 0 elsewhere. */
void softmax_row(real *logit, const uint8_t *on, int n);

/* mean_i weight_i (-log softmax(logit_i)[y_i]), and where the batch has soft targets
 *   + mean_i distil_i T^2 sum_g sum_k -p_k log q_k,  p, q = softmax over group g of
 *     target / T, logit / T (Hinton, Vinyals & Dean 2015)
 *   + mean_i match_i sum_k (logit_k - target_k)^2 / n,  k of the n outputs that compete
 *     for row i: a mean over what is compared
 * or, where soft->sigmoid is set, each output that competes by itself
 *   mean_i weight_i sum_k -t_k log s(logit_k) - (1 - t_k) log(1 - s(logit_k)),
 *     s sigmoid, t_k = s(target_k / T) for the outputs in it, 1 or 0 by the label for the
 *     others (with T = 1 Rebuffi et al. 2017, eq. 1; with T = 2 the program of
 *     van de Ven, Tuytelaars & Tolias 2022, which divides only the targets by T)
 * Logits are overwritten by their derivative. */
real loss_cross_entropy(struct mat logit, const struct batch *batch);

/* mean_i weight_i sum_j (y_ij - target_ij)^2; y is overwritten by its derivative. */
real loss_squared(struct mat y, struct mat target, const struct batch *batch);

#endif
