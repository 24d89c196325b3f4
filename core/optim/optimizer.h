/* Optimisers: all that changes trained weights.
 *
 * sgd        v = momentum v + g + decay w;              w -= lr v
 * adam       g += decay w (L2);  m, v as in the paper;  w -= lr mhat / (sqrt(vhat) + eps)
 * adamw      w -= lr decay w, then adam without the L2
 * rmsprop    g += decay w;  m, v: running means (beta2) of g and g^2;
 *            u = momentum u - lr g / sqrt(v - m^2 + eps);   w += u
 * Centred RMSprop: Graves 2013, arXiv:1308.0850, eq. 38-45. Adam: Kingma & Ba 2015;
 * AdamW: Loshchilov & Hutter 2019. */
#ifndef CORE_OPTIM_OPTIMIZER_H
#define CORE_OPTIM_OPTIMIZER_H

#include "core/kernels/kernels.h"
#include "core/optim/hook.h"
#include "core/optim/lr_schedule.h"

enum optim_kind { OPTIM_SGD, OPTIM_ADAM, OPTIM_ADAMW, OPTIM_RMSPROP };

struct optim_options {
    int optimizer; /* enum optim_kind */
    double lr, momentum, beta1, beta2, epsilon, weight_decay;
    struct lr_schedule schedule; /* of lr over time */
};

extern const char *const optim_names[];

/* Rows of a learner's table for a struct optim_options at `field` of `type`, with the
 * defaults of the learner. */
/* clang-format off */
#define OPTIM_PARAMS(type, field, kind, lr_, decay)                                      \
    OPTIM_PARAMS_AS(type, field, kind, lr_, "0", "0.999", "1e-8", decay)

#define OPTIM_PARAMS_AS(type, field, kind, lr_, momentum_, beta2_, epsilon_, decay)      \
    {"optimizer", PARAM_CHOICE, offsetof(type, field.optimizer), kind, 0, 0,             \
     optim_names, "update rule"},                                                        \
    {"lr", PARAM_NUMBER, offsetof(type, field.lr), lr_, 1e-12, 1e6, NULL,                \
     "learning rate"},                                                                   \
    {"momentum", PARAM_NUMBER, offsetof(type, field.momentum), momentum_, 0, 0.99999,    \
     NULL, "of sgd and rmsprop"},                                                        \
    {"beta1", PARAM_NUMBER, offsetof(type, field.beta1), "0.9", 0, 0.99999, NULL,        \
     "of adam and adamw: decay of the first moment"},                                    \
    {"beta2", PARAM_NUMBER, offsetof(type, field.beta2), beta2_, 0, 0.9999999, NULL,     \
     "of adam, adamw and rmsprop: decay of the second moment"},                          \
    {"epsilon", PARAM_NUMBER, offsetof(type, field.epsilon), epsilon_, 0, 1, NULL,       \
     "of adam and adamw, and within the root of rmsprop"},                               \
    {"weight_decay", PARAM_NUMBER, offsetof(type, field.weight_decay), decay, 0, 1e3,    \
     NULL, "L2 added to the gradient, or decoupled (adamw)"},                            \
    LR_PARAMS(type, field.schedule)
/* clang-format on */

struct optim {
    struct optim_options options;
    struct vec w;
    real *first, *second; /* moments, as long as w; NULL where the kind has none */
    real *update;         /* of rmsprop, as long as w */
    uint64_t *step;       /* updates so far */
    const struct kernels *kernels;
    const struct optim_hook *hook; /* NULL = none */
};

/* For the weights w; moments are taken from the arena. hook: called at every step; NULL =
 * none. */
void optim_init(struct optim *optim, const struct optim_options *options, struct vec w,
                struct arena *arena, const struct optim_hook *hook);

/* Moments and step count as in the beginning. */
void optim_forget(const struct optim *optim);

/* One update along g, as long as w, with the learning rate of that moment; the hook may
 * change g. */
void optim_step(const struct optim *optim, real *g, struct progress progress);

#endif
