/* Optimisers: the one door through which trained weights change.
 *
 * sgd        v = momentum v + g + decay w;              w -= lr v
 * adam       g += decay w (L2);  m, v as in the paper;  w -= lr mhat / (sqrt(vhat) + eps)
 * adamw      w -= lr decay w, then adam without the L2
 * Adam: Kingma & Ba 2015; AdamW: Loshchilov & Hutter 2019. */
#ifndef CORE_OPTIM_H
#define CORE_OPTIM_H

#include "core/mat.h"
#include "core/param.h"

enum optim_kind { OPTIM_SGD, OPTIM_ADAM, OPTIM_ADAMW };

struct optim_options {
    int optimizer; /* enum optim_kind */
    double lr, momentum, beta1, beta2, epsilon, weight_decay;
};

extern const char *const optim_names[];

/* Rows of a learner's table for a struct optim_options at `field` of `type`. */
#define OPTIM_PARAMS(type, field, kind, lr_, decay)                                      \
    {"optimizer", PARAM_CHOICE, offsetof(type, field.optimizer), kind, 0, 0,             \
     optim_names, "update rule"},                                                        \
        {"lr", PARAM_NUMBER, offsetof(type, field.lr), lr_, 1e-12,                       \
         1e6,  NULL,         "learning rate"},                                           \
        {"momentum", PARAM_NUMBER, offsetof(type, field.momentum), "0", 0, 0.99999,      \
         NULL,       "of sgd"},                                                          \
        {"beta1",                                                                        \
         PARAM_NUMBER,                                                                   \
         offsetof(type, field.beta1),                                                    \
         "0.9",                                                                          \
         0,                                                                              \
         0.99999,                                                                        \
         NULL,                                                                           \
         "of adam and adamw: decay of the first moment"},                                \
        {"beta2",                                                                        \
         PARAM_NUMBER,                                                                   \
         offsetof(type, field.beta2),                                                    \
         "0.999",                                                                        \
         0,                                                                              \
         0.9999999,                                                                      \
         NULL,                                                                           \
         "of adam and adamw: decay of the second moment"},                               \
        {"epsilon", PARAM_NUMBER,       offsetof(type, field.epsilon), "1e-8", 0, 1,     \
         NULL,      "of adam and adamw"},                                                \
    {                                                                                    \
        "weight_decay", PARAM_NUMBER, offsetof(type, field.weight_decay), decay, 0, 1e3, \
            NULL, "L2 added to the gradient (sgd, adam) or decoupled (adamw)"            \
    }

struct optim {
    struct optim_options options;
    struct vec w;
    real *first, *second; /* moments, as long as w; NULL where the kind has none */
    uint64_t *step;       /* updates so far */
};

/* For the weights w; moments are taken from the arena. */
void optim_init(struct optim *optim, const struct optim_options *options, struct vec w,
                struct arena *arena);

/* One update along g, as long as w. */
void optim_step(const struct optim *optim, const real *g);

/* The same with the learning rate times a factor (core/rate.h). */
void optim_step_scaled(const struct optim *optim, const real *g, double factor);

#endif
