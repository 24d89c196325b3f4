#include "core/optim.h"

#include <tgmath.h>

const char *const optim_names[] = {"sgd", "adam", "adamw", "rmsprop", NULL};

void optim_init(struct optim *optim, const struct optim_options *options, struct vec w,
                struct arena *arena)
{
    bool adam = options->optimizer == OPTIM_ADAM || options->optimizer == OPTIM_ADAMW;
    bool rmsprop = options->optimizer == OPTIM_RMSPROP;

    *optim = (struct optim){.options = *options, .w = w};
    if (adam || rmsprop || options->momentum > 0)
        optim->first = arena_take(arena, TAG_OPTIMIZER, w.n, sizeof(real));
    if (adam || rmsprop)
        optim->second = arena_take(arena, TAG_OPTIMIZER, w.n, sizeof(real));
    if (rmsprop)
        optim->update = arena_take(arena, TAG_OPTIMIZER, w.n, sizeof(real));
    if (adam) {
        optim->step = arena_take(arena, TAG_OPTIMIZER, 1, sizeof *optim->step);
    }
}

static void sgd(const struct optim *optim, const real *g)
{
    real lr = (real)optim->options.lr, decay = (real)optim->options.weight_decay;
    real momentum = (real)optim->options.momentum;
    real *w = optim->w.at, *v = optim->first;

    for (size_t i = 0; i < optim->w.n; i++) {
        real d = g[i] + decay * w[i];

        if (v)
            d = v[i] = momentum * v[i] + d;
        w[i] -= lr * d;
    }
}

/* The bias corrections 1 - beta^step are folded into the step size and epsilon:
 * lr mhat / (sqrt(vhat) + eps) = a m / (sqrt(v) + e),  a = lr sqrt(c2) / c1, e = eps
 * sqrt(c2). Restrict lets the compiler keep eight or sixteen weights in flight. */
static void adam(const struct optim *optim, const real *restrict g)
{
    const struct optim_options *o = &optim->options;
    double c1 = 1 - pow(o->beta1, (double)++*optim->step);
    double root = sqrt(1 - pow(o->beta2, (double)*optim->step));
    real b1 = (real)o->beta1, b2 = (real)o->beta2;
    real size = (real)(o->lr * root / c1), eps = (real)(o->epsilon * root);
    bool decoupled = o->optimizer == OPTIM_ADAMW;
    real l2 = decoupled ? 0 : (real)o->weight_decay;
    real shrink = decoupled ? (real)(1 - o->lr * o->weight_decay) : 1;
    real *restrict w = optim->w.at, *restrict m = optim->first,
                   *restrict v = optim->second;

    for (size_t i = 0; i < optim->w.n; i++) {
        real d = g[i] + l2 * w[i];

        m[i] = b1 * m[i] + (1 - b1) * d;
        v[i] = b2 * v[i] + (1 - b2) * d * d;
        w[i] = shrink * w[i] - size * m[i] / (sqrt(v[i]) + eps);
    }
}

static void rmsprop(const struct optim *optim, const real *restrict g)
{
    const struct optim_options *o = &optim->options;
    real b = (real)o->beta2, lr = (real)o->lr, eps = (real)o->epsilon;
    real momentum = (real)o->momentum, decay = (real)o->weight_decay;
    real *restrict w = optim->w.at, *restrict m = optim->first;
    real *restrict v = optim->second, *restrict u = optim->update;

    for (size_t i = 0; i < optim->w.n; i++) {
        real d = g[i] + decay * w[i];

        m[i] = b * m[i] + (1 - b) * d;
        v[i] = b * v[i] + (1 - b) * d * d;
        u[i] = momentum * u[i] - lr * d / sqrt(v[i] - m[i] * m[i] + eps);
        w[i] += u[i];
    }
}

void optim_step(const struct optim *optim, const real *g)
{
    if (optim->options.optimizer == OPTIM_SGD)
        sgd(optim, g);
    else if (optim->options.optimizer == OPTIM_RMSPROP)
        rmsprop(optim, g);
    else
        adam(optim, g);
}

void optim_step_scaled(const struct optim *optim, const real *g, double factor)
{
    struct optim scaled = *optim;

    scaled.options.lr *= factor;
    optim_step(&scaled, g);
}
