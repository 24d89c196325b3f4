/* Freezing, a control: after the first task the model stays as it is. Nothing of that
 * task is forgotten, and nothing is learnt: what remains of the rows is their cost.
 *
 * The step is taken, for its loss, and put back, whatever the learner changed in it. */
#include "core/strategy.h"

struct freeze {
    const struct pupil *pupil;
    void *model;    /* before the step */
    int32_t *ended; /* tasks */
};

static enum status attach(void *self, const struct pupil *pupil, struct error *err)
{
    struct freeze *freeze = self;

    freeze->pupil = pupil;
    freeze->model = arena_take(pupil->arena, TAG_SCRATCH, pupil_model_bytes(pupil), 1);
    freeze->ended = arena_take(pupil->arena, TAG_STATE, 1, sizeof *freeze->ended);
    return arena_check(pupil->arena, err);
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    struct freeze *freeze = self;
    real loss;

    if (*freeze->ended)
        pupil_model_copy(freeze->pupil, freeze->model);
    loss = pupil_train(freeze->pupil, batch, rng);
    if (*freeze->ended)
        pupil_model_swap(freeze->pupil, freeze->model);
    return loss;
}

static void task_end(void *self, const struct task_view *task, struct rng rng)
{
    ++*((struct freeze *)self)->ended;
}

const struct strategy freeze = {
    .name = "freeze",
    .about = "a control: after the first task the model stays as it is",
    .source = "the lower bound of plasticity; FACIL: Masana et al. 2022, "
              "arXiv:2010.15277",
    .size = sizeof(struct freeze),
    .feed = FEED_TASK,
    .attach = attach,
    .train = train,
    .task_end = task_end,
};
