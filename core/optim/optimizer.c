#include "core/optim/optimizer.h"

#include <string.h>
#include <tgmath.h>

#include "core/base/stage.h"
#include "core/base/threads.h"

const char *const optim_names[] = {"sgd", "adam", "adamw", "rmsprop", NULL};

void optim_init(struct optim *optim, const struct optim_options *options, struct vec w,
                struct arena *arena, const struct optim_hook *hook)
{
    bool adam = options->optimizer == OPTIM_ADAM || options->optimizer == OPTIM_ADAMW;
    bool rmsprop = options->optimizer == OPTIM_RMSPROP;

    *optim = (struct optim){
        .options = *options, .w = w, .kernels = kernels_default(), .hook = hook};
    if (adam || rmsprop || options->momentum > 0)
        optim->first = arena_take(arena, TAG_OPTIMIZER, w.n, sizeof(real));
    if (adam || rmsprop)
        optim->second = arena_take(arena, TAG_OPTIMIZER, w.n, sizeof(real));
    if (rmsprop)
        optim->update = arena_take(arena, TAG_OPTIMIZER, w.n, sizeof(real));
    if (adam)
        optim->step = arena_take(arena, TAG_OPTIMIZER, 1, sizeof *optim->step);
}

void optim_forget(const struct optim *optim)
{
    real *const moments[] = {optim->first, optim->second, optim->update};

    for (int i = 0; i < 3; i++)
        if (moments[i])
            memset(moments[i], 0, optim->w.n * sizeof(real));
    if (optim->step)
        *optim->step = 0;
}

/* The bias corrections c = 1 - beta^step are folded into the step size and epsilon:
 *   lr mhat / (sqrt(vhat) + eps) = a m / (sqrt(v) + e),
 *   a = lr sqrt(c2) / c1,  e = eps sqrt(c2) */
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

/* One step, in slices that threads share: every weight is updated by itself. */
enum { SLICE = 1 << 14 };

struct update {
    const struct optim *optim;
    const real *g;
    double lr;
    struct adam_step adam;
};

static void rmsprop(const struct update *update, size_t first, size_t n)
{
    const struct optim *optim = update->optim;
    const struct optim_options *o = &optim->options;
    real b = (real)o->beta2, lr = (real)update->lr, eps = (real)o->epsilon;
    real momentum = (real)o->momentum, decay = (real)o->weight_decay;
    real *restrict w = optim->w.data + first, *restrict m = optim->first + first;
    real *restrict v = optim->second + first, *restrict u = optim->update + first;
    const real *restrict g = update->g + first;

    for (size_t i = 0; i < n; i++) {
        real d = g[i] + decay * w[i], spread;

        m[i] = b * m[i] + (1 - b) * d;
        v[i] = b * v[i] + (1 - b) * d * d;
        spread = v[i] - m[i] * m[i]; /* of a steady gradient: 0, and rounding */
        u[i] = momentum * u[i] - lr * d / sqrt((spread < 0 ? 0 : spread) + eps);
        w[i] += u[i];
    }
}

static void sgd(const struct update *update, size_t first, size_t n)
{
    const struct optim *optim = update->optim;
    const struct optim_options *o = &optim->options;
    struct sgd_step step = {(real)update->lr, (real)o->momentum, (real)o->weight_decay};

    optim->kernels->sgd(&step, optim->w.data + first,
                        optim->first ? optim->first + first : NULL, update->g + first, n);
}

static void step_slice(void *context, int worker, int item)
{
    const struct update *update = context;
    const struct optim *optim = update->optim;
    size_t first = (size_t)item * SLICE, left = optim->w.n - first;
    size_t n = left < SLICE ? left : SLICE;
    static struct stage stage = {"optimizer"};
    double began = stage_begin();

    if (optim->options.optimizer == OPTIM_SGD)
        sgd(update, first, n);
    else if (optim->options.optimizer == OPTIM_RMSPROP)
        rmsprop(update, first, n);
    else
        optim->kernels->adam(&update->adam, optim->w.data + first, optim->first + first,
                             optim->second + first, update->g + first, n);
    stage_end(&stage, began, 0);
}

void optim_step(const struct optim *optim, real *g, struct progress progress)
{
    const struct optim_options *o = &optim->options;
    const struct optim_hook *hook = optim->hook;
    struct update update = {.optim = optim, .g = g};
    double rate;

    update.lr = o->lr * lr_schedule_factor(&o->schedule, progress);
    rate = o->optimizer == OPTIM_SGD ? update.lr : 0;
    if (optim->step)
        update.adam = adam_step(o, update.lr, ++*optim->step);
    if (hook && hook->before)
        hook->before(hook->context, optim->w, g, rate);
    threads_run(threads_own(), (int)((optim->w.n + SLICE - 1) / SLICE), step_slice,
                &update);
    if (hook && hook->after)
        hook->after(hook->context, optim->w, g, rate);
}
