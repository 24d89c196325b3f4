/* Synaptic intelligence (Zenke, Poole & Ganguli 2017, arXiv:1703.04200, eq. 3-5).
 *
 *   omega_i = sum over the steps of a task of -g_i dw_i   what the change of a weight has
 *                                                         gained
 *   Omega_i += omega_i / (D_i^2 + xi)                     D_i: its change over the task
 *   loss + c sum_i Omega_i (w_i - w*_i)^2                 w*: when the last task ended
 *
 * g is what the rule gives the optimiser, without the penalty: the gradient, or its own
 * local update. A negative Omega is kept. */
#include <stddef.h>
#include <string.h>

#include "baselines/strategies/penalty.h"
#include "core/plug/strategy.h"

struct si {
    double strength, damping; /* options */

    struct penalty penalty;
    real *path, *last; /* w.n: omega; the weights before the step */
};

static const struct param params[] = {
    {"strength", PARAM_NUMBER, offsetof(struct si, strength), "10", 0, 1e15, NULL,
     "c; van de Ven et al. 2022 on Split MNIST: 10 task, 5e4 domain, 5e3 class",
     .alias = "lambda"},
    {"damping", PARAM_NUMBER, offsetof(struct si, damping), "0.1", 1e-12, 1e6, NULL,
     "xi: keeps the importance of a weight that hardly moved finite"},
    {0},
};

static enum status attach(void *self, const struct learner_handle *handle,
                          struct error *err)
{
    struct si *si = self;

    si->path = arena_take(handle->arena, TAG_BUFFER, handle->w.n, sizeof(real));
    si->last = arena_take(handle->arena, TAG_SCRATCH, handle->w.n, sizeof(real));
    return penalty_take(&si->penalty, handle, 2 * si->strength, err);
}

static void before(void *self, struct vec w, real *g, double rate)
{
    struct si *si = self;

    memcpy(si->last + penalty_offset(&si->penalty, w), w.data, w.n * sizeof(real));
    penalty_add_gradient(&si->penalty, w, g, rate);
}

static void after(void *self, struct vec w, const real *g, double rate)
{
    struct si *si = self;
    size_t first = penalty_offset(&si->penalty, w);

    for (size_t i = 0; i < w.n; i++) {
        real last = si->last[first + i];
        real own = g[i] - penalty_derivative(&si->penalty, first + i, last, rate);

        si->path[first + i] -= own * (w.data[i] - last);
    }
}

static void task_end(void *self, const struct task_view *task, struct rng rng)
{
    struct si *si = self;
    const struct penalty *penalty = &si->penalty;

    for (size_t i = 0; i < penalty->w.n; i++) {
        real moved = penalty->w.data[i] - penalty->centre[i];

        penalty->importance[i] += si->path[i] / (moved * moved + (real)si->damping);
        si->path[i] = 0;
    }
    penalty_move_centre(penalty);
}

const struct strategy strategy_si = {
    .name = "si",
    .about = "synaptic intelligence: weights are held by what their changes have gained",
    .source = "Zenke, Poole & Ganguli 2017, arXiv:1703.04200",
    .params = params,
    .size = sizeof(struct si),
    .train_on = TRAIN_ON_TASK,
    .needs = CAN_HOOK,
    .why = "it needs a learner that is trained by gradients through one of bench's "
           "optimisers; take `replay`",
    .attach = attach,
    .before = before,
    .after = after,
    .task_end = task_end,
    .returns = true,
};
