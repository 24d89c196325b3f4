/* Learning without forgetting (Li & Hoiem 2016, arXiv:1606.09282): distillation from the
 * model before the task, on the images of the task. baselines/strategies/teacher.h has
 * the loss.
 *
 * Li & Hoiem distil over the outputs trained before. Where all outputs compete from the
 * start, van de Ven et al. 2022 distil over all of them: also the old model's
 * scores of the new classes, which it has not been trained on. */
#include <stddef.h>

#include "baselines/strategies/teacher.h"

struct lwf {
    struct teacher teacher;
};

static const struct param params[] = {
    {"strength", PARAM_NUMBER, offsetof(struct lwf, teacher.strength), "1", 0, 1e6, NULL,
     "weight of the distillation"},
    {"temperature", PARAM_NUMBER, offsetof(struct lwf, teacher.temperature), "2", 1e-3,
     1e3, NULL, "T"},
    {.name = "outputs",
     .type = PARAM_CHOICE,
     .offset = offsetof(struct lwf, teacher.outputs),
     .default_text = "past",
     .choices = taught_outputs,
     .added_later = true,
     .help = "that are distilled: those trained before (Li & Hoiem), or all "
             "that compete (van de Ven et al. 2022); unused in the task scenario"},
    {0},
};

static enum status init(void *self, const struct strategy_env *env, struct error *err)
{
    return teacher_init(&((struct lwf *)self)->teacher, env, err);
}

static enum status attach(void *self, const struct learner_handle *handle,
                          struct error *err)
{
    return teacher_attach(&((struct lwf *)self)->teacher, handle, err);
}

static void teach(void *self, struct batch *batch, struct rng rng)
{
    teacher_teach(&((struct lwf *)self)->teacher, batch, rng);
}

static void task_end(void *self, const struct task_view *task, struct rng rng)
{
    teacher_end_task(&((struct lwf *)self)->teacher);
}

static void count(const void *self, struct strategy_rows *rows)
{
    if (rows->task > 0)
        rows->scored += rows->trained;
}

const struct strategy strategy_lwf = {
    .name = "lwf",
    .about = "learning without forgetting: distillation from the old model on new images",
    .source = "Li & Hoiem 2016, arXiv:1606.09282",
    .params = params,
    .size = sizeof(struct lwf),
    .train_on = TRAIN_ON_TASK,
    .needs = CAN_SOFT,
    .why =
        "the old model's logits are distilled, and this learner does not train on any; "
        "take `replay`",
    .init = init,
    .attach = attach,
    .teach = teach,
    .count = count,
    .task_end = task_end,
};
