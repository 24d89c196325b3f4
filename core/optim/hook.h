/* What a strategy does at every step of an optimiser (EWC, SI, MAS around any rule). A
 * learner may step disjoint pieces of its weights from several threads at the same
 * time. */
#ifndef CORE_OPTIM_HOOK_H
#define CORE_OPTIM_HOOK_H

#include "core/nn/mat.h"

struct optim_hook {
    void *context;
    /* Optional. Before a step of the weights w along g; may change g. rate: what g is
     * multiplied by (sgd); 0 where the step of a weight is not in proportion to g. */
    void (*before)(void *context, struct vec w, real *g, double rate);
    /* Optional. After it; g as it was applied. */
    void (*after)(void *context, struct vec w, const real *g, double rate);
};

#endif
