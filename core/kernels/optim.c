/* One step of the optimisers. Restrict lets the compiler keep many weights in flight. */
#include <tgmath.h>

#include "core/kernels/table.h"

void KERNEL(adam)(const struct adam_step *step, real *restrict w, real *restrict m,
                  real *restrict v, const real *restrict g, size_t n)
{
    const struct adam_step s = *step;

    for (size_t i = 0; i < n; i++) {
        real d = g[i] + s.l2 * w[i];

        m[i] = s.beta1 * m[i] + (1 - s.beta1) * d;
        v[i] = s.beta2 * v[i] + (1 - s.beta2) * d * d;
        w[i] = s.shrink * w[i] - s.size * m[i] / (sqrt(v[i]) + s.eps);
    }
}

void KERNEL(sgd)(const struct sgd_step *step, real *restrict w, real *restrict v,
                 const real *restrict g, size_t n)
{
    const struct sgd_step s = *step;

    for (size_t i = 0; i < n && !v; i++)
        w[i] -= s.lr * (g[i] + s.decay * w[i]);
    for (size_t i = 0; i < n && v; i++) {
        v[i] = s.momentum * v[i] + (g[i] + s.decay * w[i]);
        w[i] -= s.lr * v[i];
    }
}
