/* Learning without forgetting (Li & Hoiem 2016, arXiv:1606.09282): the images of the new
 * task, with what the model before it says of them.
 *
 *   CE(new) + strength T^2 sum_g CE(softmax_g(old logits / T), softmax_g(logits / T))
 *
 * g: in the task scenario the outputs of each past task; else all outputs that were
 * taught before, once (class), or once for each past task (domain), as van de Ven et al.
 * 2022 weigh it. */
#include <stddef.h>
#include <string.h>

#include "core/strategy.h"

struct lwf {
    double strength, temperature; /* options */

    const struct pupil *pupil;
    bool task_known, shared;
    void *old;              /* the model when the last task ended */
    uint8_t *taught, *past; /* n_out: in all, and when the last task ended */
    int32_t *ended;         /* tasks */
    struct soft *soft;      /* of one batch */
    struct classes *group;
    float *distil; /* n_train */
};

static const struct param params[] = {
    {"strength", PARAM_NUMBER, offsetof(struct lwf, strength), "1", 0, 1e6, NULL,
     "weight of what the old model says"},
    {"temperature", PARAM_NUMBER, offsetof(struct lwf, temperature), "2", 1e-3, 1e3, NULL,
     "T"},
    {0},
};

static enum status init(void *self, const struct strategy_env *env, struct error *err)
{
    struct lwf *lwf = self;
    size_t n = (size_t)env->n_out;

    lwf->task_known = env->task_known;
    lwf->shared = env->n_out < env->n_class;
    lwf->taught = arena_take(env->arena, TAG_STATE, n, 1);
    lwf->past = arena_take(env->arena, TAG_STATE, n, 1);
    lwf->ended = arena_take(env->arena, TAG_STATE, 1, sizeof *lwf->ended);
    lwf->soft = arena_take(env->arena, TAG_SCRATCH, 1, sizeof *lwf->soft);
    lwf->group = arena_take(env->arena, TAG_SCRATCH, 1, sizeof *lwf->group);
    return arena_check(env->arena, err);
}

static enum status attach(void *self, const struct pupil *pupil, struct error *err)
{
    struct lwf *lwf = self;
    struct arena *arena = pupil->arena;
    size_t n = (size_t)pupil->n_train;

    lwf->pupil = pupil;
    lwf->old = arena_take(arena, TAG_BUFFER, pupil_model_bytes(pupil), 1);
    lwf->distil = arena_take(arena, TAG_SCRATCH, n, sizeof *lwf->distil);
    lwf->soft->target = mat_take(arena, TAG_SCRATCH, pupil->n_train, pupil->n_out);
    lwf->soft->spare = arena_take(arena, TAG_SCRATCH, (size_t)pupil->n_out, sizeof(real));
    return arena_check(arena, err);
}

static void set_terms(struct lwf *lwf, int n)
{
    struct soft *soft = lwf->soft;
    int times = lwf->shared ? *lwf->ended : 1;

    *lwf->group = (struct classes){lwf->past, lwf->pupil->n_out};
    soft->group = lwf->task_known ? lwf->pupil->among : lwf->group;
    soft->n_group = lwf->task_known ? *lwf->ended : 1;
    soft->temperature = (real)lwf->temperature;
    soft->distil = lwf->distil;
    for (int i = 0; i < n; i++)
        lwf->distil[i] = (float)(lwf->strength * times);
}

static void teach(void *self, struct batch *batch, struct rng rng)
{
    struct lwf *lwf = self;
    int n = batch->x.rows;

    for (int i = 0; i < n; i++)
        lwf->taught[batch->y[i]] = 1;
    if (*lwf->ended == 0)
        return;
    pupil_model_swap(lwf->pupil, lwf->old);
    pupil_score(lwf->pupil, batch->x, batch->among[batch->task[0]], rng,
                mat_rows(lwf->soft->target, 0, n));
    pupil_model_swap(lwf->pupil, lwf->old);
    set_terms(lwf, n);
    batch->soft = lwf->soft;
}

static void task_end(void *self, const struct task_view *task, struct rng rng)
{
    struct lwf *lwf = self;

    pupil_model_copy(lwf->pupil, lwf->old);
    memcpy(lwf->past, lwf->taught, (size_t)lwf->pupil->n_out);
    ++*lwf->ended;
}

const struct strategy lwf = {
    .name = "lwf",
    .about = "learning without forgetting: the old model teaches on new images",
    .source = "Li & Hoiem 2016, arXiv:1606.09282",
    .params = params,
    .size = sizeof(struct lwf),
    .feed = FEED_TASK,
    .needs = CAN_SOFT,
    .why = "the old model teaches its logits, and this learner does not train on any; "
           "take `replay`",
    .init = init,
    .attach = attach,
    .teach = teach,
    .task_end = task_end,
};
