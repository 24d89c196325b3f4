/* A quadratic penalty on changes of weights, each by its importance: what EWC, SI and MAS
 * share.
 *
 *   penalty = strength / 2 sum_i importance_i (w_i - centre_i)^2
 *
 * It acts through the hook of the optimisers: its derivative is added to what the rule
 * gives an optimiser, piece by piece where a rule trains its weights in pieces. Where
 * that is the gradient of a loss, the loss is the one with the penalty. Where it is a
 * local update (target propagation, NoProp, Forward-Forward), every piece gets its own
 * part of the penalty: the same quadratic term, but no common loss.
 *
 * A step of gradient descent on it alone multiplies the distance from the centre by
 * 1 - rate strength importance, and goes ever further away where that is below -1. The
 * published strengths belong to Adam, whose steps are of the size of its rate whatever
 * the gradient; with sgd, and with the squared gradients of a local loss as the
 * importance, the same strength would be too large by orders of magnitude. So a step of sgd
 * goes no further than to the centre: rate strength importance counts as 1 where it is
 * more. */
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

/* The penalty's derivative by weight i, where that is w; bounded for a step of that rate
 * (struct optim_hook). */
real penalty_derivative(const struct penalty *penalty, size_t i, real w, double rate);

/* Adds the penalty's derivative to g, of a piece of the weights. */
void penalty_add_gradient(const struct penalty *penalty, struct vec piece, real *g,
                          double rate);

/* Moves the centre to the weights. */
void penalty_move_centre(const struct penalty *penalty);

#endif
