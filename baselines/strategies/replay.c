/* Experience replay from a buffer of stored images (Chaudhry et al. 2019, "On tiny
 * episodic memories"; protocol of van de Ven, Tuytelaars & Tolias 2022).
 *
 * Two kinds of buffer:
 *
 *   buffer: {per_class: m}   m images of each class, drawn at random when its task ends.
 *       In task k (from 1) each batch of n new rows gets n replayed rows of the whole
 *       buffer (in the task scenario ceil(n / (k - 1)) of each past task); the loss is
 *       1/k mean(new) + (1 - 1/k) mean(replayed).
 *   buffer: N                N images in all, kept by `policy` as they are trained on,
 *       for streams without boundaries too; new and replayed rows weigh the same.
 *
 * Replayed rows are drawn with replacement. */
#include <stddef.h>

#include "baselines/strategies/memory.h"

struct replay {
    int size, per_class, policy; /* options; size 0 = per class */

    struct memory memory;
    int batch, n_task;
    bool task_known;
};

static const struct param params[] = {
    {"buffer", PARAM_INT, offsetof(struct replay, size), "0", 0, 1e8, NULL,
     "images in all, kept by the policy; 0 = per class"},
    {"buffer.per_class", PARAM_INT, offsetof(struct replay, per_class), "100", 0, 1e6,
     NULL, "images of each class, drawn when its task ends; unused with buffer: N"},
    {"policy", PARAM_CHOICE, offsetof(struct replay, policy), "reservoir", 0, 0,
     memory_policies,
     "of `buffer: N`: a sample of all so far, the latest of each class, or balanced "
     "by class"},
    {0},
};

static enum status init(void *self, const struct strategy_env *env, struct error *err)
{
    struct replay *r = self;
    struct memory_spec spec = {
        .policy = r->size ? (enum memory_policy)r->policy : MEMORY_BOUNDARY,
        .images = r->size ? r->size : r->per_class,
    };

    r->batch = env->batch;
    r->n_task = env->n_task;
    r->task_known = env->task_known;
    return memory_init(&r->memory, &spec, env, err);
}

/* The shares of the past tasks, each rounded up, exceed the batch by less than their
 * number. */
static int extra_rows(const void *self)
{
    const struct replay *r = self;

    return r->batch + (r->task_known ? r->n_task : 0);
}

/* The batch mean of weight x loss becomes 1/k mean(new) + (1 - 1/k) mean(old). */
static void weigh(struct batch_builder *builder, int n_new, int k)
{
    int n_old = builder->n - n_new;
    float all = (float)builder->n, share = 1.0f / (float)k;

    for (int i = 0; i < builder->n && n_old > 0; i++)
        builder->weight[i] =
            i < n_new ? all * share / (float)n_new : all * (1 - share) / (float)n_old;
}

static void mix_per_class(const struct replay *r, struct batch_builder *builder, int task,
                          struct rng rng)
{
    const struct memory *m = &r->memory;
    int n = builder->n, each = task ? (n + task - 1) / task : 0;

    if (!r->task_known) {
        memory_draw(m, builder, 0, *m->stored, n, NULL, &rng);
    } else {
        for (int past = 0; past < task; past++)
            memory_draw(m, builder, m->first[past], m->first[past + 1], each, NULL, &rng);
    }
    weigh(builder, n, task + 1);
}

static void mix_in_all(const struct replay *r, struct batch_builder *builder,
                       struct rng rng)
{
    const struct memory *m = &r->memory;
    int n = builder->n;

    memory_draw(m, builder, 0, *m->stored, n, NULL, &rng);
    for (int i = 0; i < n; i++)
        memory_offer(m, builder->pixel + (size_t)i * (size_t)m->n_pixel, builder->y[i],
                     builder->task[i], &rng);
}

static void mix(void *self, struct batch_builder *builder, int task, struct rng rng)
{
    struct replay *r = self;

    if (r->size)
        mix_in_all(r, builder, rng);
    else
        mix_per_class(r, builder, task, rng);
}

static void task_end(void *self, const struct task_view *view, struct rng rng)
{
    struct replay *r = self;

    if (!r->size)
        memory_end_task(&r->memory, view, rng);
}

/* A reservoir is a sample of all rows; the other policies give shares to classes, or to
 * tasks. */
static const char *needs_tasks(const void *self, bool shared)
{
    const struct replay *r = self;

    if (!r->size)
        return "it draws the images of a class when its task ends; write buffer: N";
    if (r->policy != MEMORY_RESERVOIR && shared)
        return "where tasks share their outputs its buffer is shared out by task; write "
               "policy: reservoir";
    return NULL;
}

static void count(const void *self, struct strategy_rows *rows)
{
    const struct replay *r = self;

    if (r->size || rows->task > 0)
        rows->trained += rows->drawn;
}

const struct strategy strategy_replay = {
    .name = "replay",
    .about = "experience replay from a buffer of stored images",
    .source = "Chaudhry et al. 2019, arXiv:1902.10486; van de Ven et al. 2022",
    .params = params,
    .size = sizeof(struct replay),
    .train_on = TRAIN_ON_TASK,
    .init = init,
    .extra_rows = extra_rows,
    .mix = mix,
    .count = count,
    .task_end = task_end,
    .needs_tasks = needs_tasks,
};
