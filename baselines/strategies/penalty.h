/* Weights held to where they were, each by its importance: what EWC, SI and MAS share.
 *
 *   penalty = strength / 2 sum_i importance_i (w_i - centre_i)^2
 *
 * It acts at the optimiser's door: its derivative is added to what the rule gives the
 * optimiser, piece by piece where a rule trains its weights in pieces. Where that is the
 * gradient of a loss, the loss is the one with the penalty. Where it is a local update
 * (target propagation, NoProp, Forward-Forward), every piece is drawn back by its own
 * part of the penalty, which is the same quadratic pull but of no common loss. */
#ifndef BASELINES_STRATEGIES_PENALTY_H
#define BASELINES_STRATEGIES_PENALTY_H

#include "core/plug/handle.h"

struct penalty {
    struct vec w;              /* of the learner */
    real *importance, *centre; /* w.n each */
    real strength;
};

/* Both from pupil->arena, as TAG_BUFFER: importance 0, the centre where the weights are.
 */
enum status penalty_take(struct penalty *penalty, const struct learner_handle *handle,
                         double strength, struct error *err);

/* Where a piece of the weights begins. */
size_t penalty_offset(const struct penalty *penalty, struct vec piece);

/* The penalty's derivative by weight i of all, at w. */
real penalty_slope(const struct penalty *penalty, size_t i, real w);

/* Adds the penalty's derivative to g, of a piece of the weights. */
void penalty_pull(const struct penalty *penalty, struct vec piece, real *g);

/* The centre moves to where the weights are. */
void penalty_settle(const struct penalty *penalty);

#endif
