/* Resetting, a control: each task is learnt by a learner made anew. What it reaches on a
 * task when that one ends is what the task alone allows: the reference of plasticity. */
#include "core/strategy.h"

struct reset {
    const struct pupil *pupil;
};

static enum status attach(void *self, const struct pupil *pupil, struct error *err)
{
    ((struct reset *)self)->pupil = pupil;
    return OK;
}

static void task_begin(void *self, const struct task_view *task, struct rng rng)
{
    const struct pupil *pupil = ((struct reset *)self)->pupil;

    if (task->task > 0)
        pupil->reset(pupil->harness, rng);
}

const struct strategy reset = {
    .name = "reset",
    .about = "a control: each task is learnt by a learner made anew",
    .source = "the single-task reference; Chaudhry et al. 2018, arXiv:1801.10112",
    .size = sizeof(struct reset),
    .feed = FEED_TASK,
    .attach = attach,
    .task_begin = task_begin,
};
