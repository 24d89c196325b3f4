/* Initial weights of a layer with n_in inputs per output unit. */
#ifndef CORE_NN_INIT_H
#define CORE_NN_INIT_H

#include "core/nn/mat.h"
#include "core/nn/rng.h"

enum init {
    INIT_UNIFORM_FAN_IN, /* weights and biases U(-1/sqrt(n_in), 1/sqrt(n_in)) */
    INIT_XAVIER,     /* weights U(-a, a), a = sqrt(6 / (n_in + n_out)) (Glorot 2010) */
    INIT_HE,         /* weights N(0, 2 / n_in) (He 2015) */
    INIT_LECUN,      /* weights N(0, 1 / n_in) (LeCun 1998) */
    INIT_ORTHOGONAL, /* orthonormal rows or columns, whichever are fewer (Saxe 2014) */
};

extern const char *const init_names[];

/* w: n_in x n_out; b may be NULL. Biases are 0 but for INIT_UNIFORM_FAN_IN. */
void init_layer(enum init kind, struct mat w, real *b, struct rng rng);

#endif
