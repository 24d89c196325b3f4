/* Separate networks: each task is learnt by a network of its own, which decides on the
 * images of that task (van de Ven, Tuytelaars & Tolias 2022, "Three types of incremental
 * learning"). Nothing is forgotten and nothing is shared: the reference for what tasks
 * that share a network lose or gain by it.
 *
 * Every network is as large as the learner says, and begins with the same weights. The
 * networks of tasks that are not at hand are stored: weights and running statistics, but
 * no optimizer, which begins anew where a task returns. A task that was not met yet is
 * decided on by the network at hand. */
#include "baselines/strategies/told.h"

struct separate {
    int n_task;
    const struct learner_handle *handle;
    unsigned char **network; /* n_task: each task's, while it is not at hand */
    uint8_t *met;            /* n_task */
    int32_t *current;        /* 1 + the task at hand; 0 = none was met */
    struct rng *first;       /* draws the initial weights */
};

static enum status init(void *self, const struct strategy_env *env, struct error *err)
{
    struct separate *separate = self;

    separate->n_task = env->n_task;
    return OK;
}

static enum status attach(void *self, const struct learner_handle *handle,
                          struct error *err)
{
    struct separate *separate = self;
    struct arena *arena = handle->arena;
    size_t n = (size_t)separate->n_task;

    separate->handle = handle;
    separate->network = arena_take(arena, TAG_FIXED, n, sizeof *separate->network);
    separate->met = arena_take(arena, TAG_STATE, n, 1);
    separate->current = arena_take(arena, TAG_STATE, 1, sizeof *separate->current);
    separate->first = arena_take(arena, TAG_STATE, 1, sizeof *separate->first);
    for (int t = 0; separate->network && t < separate->n_task; t++)
        separate->network[t] =
            arena_take(arena, TAG_BUFFER, handle_model_bytes(handle), 1);
    return arena_check(arena, err);
}

static void task_begin(void *self, const struct task_view *task, struct rng rng)
{
    struct separate *separate = self;
    const struct learner_handle *handle = separate->handle;
    int t = task->task, before = *separate->current - 1;

    if (t == before)
        return;
    if (before < 0)
        *separate->first = rng;
    else
        handle_model_copy(handle, separate->network[before]);
    handle->reset(handle->harness, *separate->first);
    if (separate->met[t])
        handle_model_swap(handle, separate->network[t]);
    separate->met[t] = 1;
    *separate->current = t + 1;
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct separate *separate = self;
    const struct learner_handle *handle = separate->handle;
    int t = handle_task_of(handle, competing, separate->n_task);
    bool elsewhere = t >= 0 && separate->met[t] && t != *separate->current - 1;

    if (elsewhere)
        handle_model_swap(handle, separate->network[t]);
    handle_score(handle, x, competing, rng, out);
    if (elsewhere)
        handle_model_swap(handle, separate->network[t]);
}

const struct strategy strategy_separate = {
    .name = "separate",
    .about = "a network of its own for each task; it is told the task",
    .source = "van de Ven, Tuytelaars & Tolias 2022, Nature Machine Intelligence 4",
    .size = sizeof(struct separate),
    .train_on = TRAIN_ON_TASK,
    .init = init,
    .attach = attach,
    .prepare = told_prepare,
    .score = score,
    .task_begin = task_begin,
    .returns = true,
    .unfit = told_unfit,
};
