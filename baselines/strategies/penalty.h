/* A quadratic penalty on changes of weights, each by its importance: what EWC, SI and MAS
 * share.
 *
 *   penalty = strength / 2 sum_i importance_i (w_i - centre_i)^2
 *
 * It acts through the hook of the optimisers: its derivative is added to what the rule
 * gives an optimiser, piece by piece where a rule trains its weights in pieces. Where
 * that is the gradient of a loss, the loss is the one with the penalty. Where it is a
 * local update (target propagation, NoProp, Forward-Forward), every piece gets its own
 * part of the penalty: the same quadratic term, but no common loss. */
#ifndef BASELINES_STRATEGIES_PENALTY_H
#define BASELINES_STRATEGIES_PENALTY_H

#include "core/plug/handle.h"

struct penalty {
    struct vec w;              /* of the learner */
    real *importance, *centre; /* w.n each */
    real strength;
};

/* Both from handle->arena, as TAG_BUFFER: importance 0, the centre at the weights. */
enum status penalty_take(struct penalty *penalty, const struct learner_handle *handle,
                         double strength, struct error *err);

/* Where a piece of the weights begins. */
size_t penalty_offset(const struct penalty *penalty, struct vec piece);

/* The penalty's derivative by weight i, where that is w. */
real penalty_derivative(const struct penalty *penalty, size_t i, real w);

/* Adds the penalty's derivative to g, of a piece of the weights. */
void penalty_add_gradient(const struct penalty *penalty, struct vec piece, real *g);

/* Moves the centre to the weights. */
void penalty_move_centre(const struct penalty *penalty);

#endif
