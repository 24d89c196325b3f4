#include "core/optim.h"

#include <tgmath.h>

const char *const optim_names[] = {"sgd", "adam", "adamw", "rmsprop", NULL};

void optim_init(struct optim *optim, const struct optim_options *options, struct vec w,
                const struct learner_env *env)
{
    struct arena *arena = env->arena;
    bool adam = options->optimizer == OPTIM_ADAM || options->optimizer == OPTIM_ADAMW;
    bool rmsprop = options->optimizer == OPTIM_RMSPROP;

    *optim = (struct optim){.options = *options,
                            .w = w,
                            .kernels = kernels_of(kernels_best()),
                            .door = env->door};
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

/* The bias corrections 1 - beta^step are folded into the step size and epsilon:
 * lr mhat / (sqrt(vhat) + eps) = a m / (sqrt(v) + e),  a = lr sqrt(c2) / c1, e = eps
 * sqrt(c2). */
static struct adam_step adam_step(const struct optim_options *o, double lr, uint64_t step)
{
    double c1 = 1 - pow(o->beta1, (double)step),
           root = sqrt(1 - pow(o->beta2, (double)step));
    bool decoupled = o->optimizer == OPTIM_ADAMW;

    return (struct adam_step){
        .beta1 = (real)o->beta1,
        .beta2 = (real)o->beta2,
        .size = (real)(lr * root / c1),
        .eps = (real)(o->epsilon * root),
        .l2 = decoupled ? 0 : (real)o->weight_decay,
        .shrink = decoupled ? (real)(1 - lr * o->weight_decay) : 1,
    };
}

static void sgd(const struct optim *optim, double lr, const real *g)
{
    const struct optim_options *o = &optim->options;
    struct sgd_step step = {(real)lr, (real)o->momentum, (real)o->weight_decay};

    optim->kernels->sgd(&step, optim->w.at, optim->first, g, optim->w.n);
}

static void adam(const struct optim *optim, double lr, const real *g)
{
    struct adam_step step = adam_step(&optim->options, lr, ++*optim->step);

    optim->kernels->adam(&step, optim->w.at, optim->first, optim->second, g, optim->w.n);
}

static void rmsprop(const struct optim *optim, double rate, const real *restrict g)
{
    const struct optim_options *o = &optim->options;
    real b = (real)o->beta2, lr = (real)rate, eps = (real)o->epsilon;
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

void optim_step(const struct optim *optim, real *g, struct progress at)
{
    const struct optim_options *o = &optim->options;
    const struct optim_door *door = optim->door;
    double lr = o->lr * rate_factor(&o->rate, at);

    if (door && door->before)
        door->before(door->context, optim->w, g);
    if (o->optimizer == OPTIM_SGD)
        sgd(optim, lr, g);
    else if (o->optimizer == OPTIM_RMSPROP)
        rmsprop(optim, lr, g);
    else
        adam(optim, lr, g);
    if (door && door->after)
        door->after(door->context, optim->w, g);
}
