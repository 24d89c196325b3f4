/* The gradient of a block of lg-fg-a: from the derivative at the pre-activations of its
 * layers, estimated or exact. The learner is in local_forward_gradient.c. */
#ifndef BASELINES_RULES_LOCAL_GRADIENT_H
#define BASELINES_RULES_LOCAL_GRADIENT_H

#include "baselines/rules/mixer.h"
#include "core/optim/optimizer.h"

struct local_gradient {
    char layers[PARAM_TEXT_MAX];
    int estimator, heads, blocks, patches, channels, groups;
    bool norm;
    double classifier_rate;
    struct optim_options options;

    struct mixer mixer;
    struct vec w;
    real *g; /* of one block, of the classifier */
    struct optim *block_optim, classifier_optim;
    struct mixer_values *values; /* of each layer of a block */
    real **u;                    /* by layer of a block: its perturbation */
    real *input, *one, *two;     /* rows x widest: of the block; tangents */
    real *scale, *slope;         /* of the head's norm; by row and group */
    struct mat mean, share;      /* features by image; W_head r */
    struct mat logit;
};

/* The gradients of all layers of block b into g, from xq, the features of its head (in
 * `one`), their norms' `scale` and the derivative `share` there: by the slopes along a
 * perturbation, or by back-propagation within the block. The values of the block's
 * forward pass must be intact; its input is overwritten. */
void local_gradient_forward(const struct local_gradient *lg, int b, struct mat xq,
                            struct rng rng);
void local_gradient_exact(const struct local_gradient *lg, int b, struct mat xq);

#endif
