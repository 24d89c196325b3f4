/* Soft winner-take-all competition and the Hebbian change that follows from it, for one
 * layer of units without biases: u = x W, y = softmax(t u) (baselines/rules/softhebb.c
 * has the papers). Rows are images, or positions of their maps. */
#ifndef BASELINES_RULES_SOFT_WTA_H
#define BASELINES_RULES_SOFT_WTA_H

#include "core/plug/learner.h"

struct soft_wta {
    bool anti;           /* losers unlearn */
    double power;        /* of the distance of a unit's length from 1 */
    real *length, *pull; /* working memory: a value per unit */
};

/* y = softmax(t u), row by row; y may be u. */
void soft_wta_compete(struct mat y, struct mat u, double t);

/* y becomes c: y times the weight of the row of the batch that it belongs to, each of which
 * may have several rows here, positions of a map; negative for losers that unlearn. */
void soft_wta_reward(const struct soft_wta *wta, struct mat y, const struct batch *batch);

/* g, which holds x^T c, becomes minus the change of W, each unit with its own rate:
 *   D = x^T c - W diag(sum of c u),   g_k = -D_k / max |D| . | |w_k| - 1 |^power */
void soft_wta_change(const struct soft_wta *wta, struct mat g, struct mat w, struct mat u,
                     struct mat c);

#endif
