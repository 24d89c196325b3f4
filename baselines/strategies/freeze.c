/* Freezing, a control: after the first task the model stays as it is. Nothing of that
 * task is forgotten, and nothing more is learnt; the rows still count as trained on.
 *
 * The update is made, for its loss, and undone, whatever the learner changed in it. */
#include "core/plug/strategy.h"

struct freeze {
    const struct learner_handle *handle;
    void *model;    /* before the step */
    int32_t *ended; /* tasks */
};

static enum status attach(void *self, const struct learner_handle *handle,
                          struct error *err)
{
    struct freeze *freeze = self;

    freeze->handle = handle;
    freeze->model = arena_take(handle->arena, TAG_SCRATCH, handle_model_bytes(handle), 1);
    freeze->ended = arena_take(handle->arena, TAG_STATE, 1, sizeof *freeze->ended);
    return arena_check(handle->arena, err);
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    struct freeze *freeze = self;
    real loss;

    if (*freeze->ended)
        handle_model_copy(freeze->handle, freeze->model);
    loss = handle_train(freeze->handle, batch, rng);
    if (*freeze->ended)
        handle_model_swap(freeze->handle, freeze->model);
    return loss;
}

static void task_end(void *self, const struct task_view *task, struct rng rng)
{
    ++*((struct freeze *)self)->ended;
}

const struct strategy strategy_freeze = {
    .name = "freeze",
    .about = "a control: after the first task the model stays as it is",
    .source = "the lower bound of plasticity; FACIL: Masana et al. 2022, "
              "arXiv:2010.15277",
    .size = sizeof(struct freeze),
    .train_on = TRAIN_ON_TASK,
    .attach = attach,
    .train = train,
    .task_end = task_end,
    .returns = true,
};
