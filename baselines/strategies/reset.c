/* Resetting, a control: each task is learnt by a new learner. Its accuracy on a task when
 * that ends is what the task alone allows: the reference for plasticity. */
#include "core/plug/strategy.h"

struct reset {
    const struct learner_handle *handle;
};

static enum status attach(void *self, const struct learner_handle *handle,
                          struct error *err)
{
    ((struct reset *)self)->handle = handle;
    return OK;
}

static void task_begin(void *self, const struct task_view *task, struct rng rng)
{
    const struct learner_handle *handle = ((struct reset *)self)->handle;

    if (task->task > 0)
        handle->reset(handle->harness, rng);
}

const struct strategy strategy_reset = {
    .name = "reset",
    .about = "a control: each task is learnt by a new learner",
    .source = "the single-task reference; Chaudhry et al. 2018, arXiv:1801.10112",
    .size = sizeof(struct reset),
    .train_on = TRAIN_ON_TASK,
    .attach = attach,
    .task_begin = task_begin,
};
