/* Errors that reach the layers of an MLP through feedback matrices in place of the
 * transposed weights: what feedback alignment and the linear form of target
 * propagation have in common. */
#ifndef BASELINES_RULES_FEEDBACK_H
#define BASELINES_RULES_FEEDBACK_H

#include "core/nn/mlp.h"

struct feedback {
    const struct mat *back; /* [l], l < n_layer: brings the error to layer l */
    bool direct;            /* from the output (n_out x n_l), or from the layer above */
    struct mat error;       /* what is brought back in place of e; empty: e itself */
};

/* The gradient g of all weights, laid out as they are, from e, the derivative of the
 * output: d_L = e, d_l = (e or d_{l+1}) back_l . act'(z_l), dW_l = h_{l-1}^T d_l. The
 * values are those of a forward pass on x; the pair is working memory. */
void feedback_gradient(const struct mlp *mlp, struct feedback feedback,
                       const struct mlp_values *values, const struct mlp_pair *pair,
                       struct mat x, struct mat e, real *g);

#endif
