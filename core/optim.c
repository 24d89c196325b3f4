#include "core/optim.h"

#include <tgmath.h>

const char *const optim_names[] = {"sgd", "adam", "adamw", NULL};

void optim_init(struct optim *optim, const struct optim_options *options, struct vec w,
                struct arena *arena)
{
    bool adam = options->optimizer != OPTIM_SGD;

    *optim = (struct optim){
        .options = *options, .w = w, .kernels = kernels_of(kernels_best())};
    if (adam || options->momentum > 0)
        optim->first = arena_take(arena, TAG_OPTIMIZER, w.n, sizeof(real));
    if (adam) {
        optim->second = arena_take(arena, TAG_OPTIMIZER, w.n, sizeof(real));
        optim->step = arena_take(arena, TAG_OPTIMIZER, 1, sizeof *optim->step);
    }
}

/* The bias corrections 1 - beta^step are folded into the step size and epsilon:
 * lr mhat / (sqrt(vhat) + eps) = a m / (sqrt(v) + e),  a = lr sqrt(c2) / c1, e = eps
 * sqrt(c2). */
static struct adam_step adam_step(const struct optim_options *o, uint64_t step)
{
    double c1 = 1 - pow(o->beta1, (double)step),
           root = sqrt(1 - pow(o->beta2, (double)step));
    bool decoupled = o->optimizer == OPTIM_ADAMW;

    return (struct adam_step){
        .beta1 = (real)o->beta1,
        .beta2 = (real)o->beta2,
        .size = (real)(o->lr * root / c1),
        .eps = (real)(o->epsilon * root),
        .l2 = decoupled ? 0 : (real)o->weight_decay,
        .shrink = decoupled ? (real)(1 - o->lr * o->weight_decay) : 1,
    };
}

static void sgd(const struct optim *optim, const real *g)
{
    const struct optim_options *o = &optim->options;
    struct sgd_step step = {(real)o->lr, (real)o->momentum, (real)o->weight_decay};

    optim->kernels->sgd(&step, optim->w.at, optim->first, g, optim->w.n);
}

static void adam(const struct optim *optim, const real *g)
{
    struct adam_step step = adam_step(&optim->options, ++*optim->step);

    optim->kernels->adam(&step, optim->w.at, optim->first, optim->second, g, optim->w.n);
}

void optim_step(const struct optim *optim, const real *g)
{
    if (optim->options.optimizer == OPTIM_SGD)
        sgd(optim, g);
    else
        adam(optim, g);
}
