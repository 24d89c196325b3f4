/* The plug for continual strategies: what is done around a learner against forgetting.
 *
 * So far a strategy can act on the data: choose the tasks that feed a stage (joint), add
 * rows to each batch (replay), and look at a task's images when it ends. */
#ifndef CORE_STRATEGY_H
#define CORE_STRATEGY_H

#include "core/learner.h"
#include "core/stream.h"

enum feed_kind {
    FEED_TASK, /* one stage per task, fed by its own images */
    FEED_ALL,  /* one stage, fed by the pooled images of all tasks: joint training */
};

/* A batch while it is put together. Rows of the current task come first. */
struct draft {
    uint8_t *pixel; /* n_max x n_pixel */
    int32_t *y, *task;
    float *weight;
    int n, n_max;
};

struct strategy_env {
    struct arena *arena;
    int n_task, n_class; /* of the whole stream */
    int n_out;           /* of the scenario */
    int n_pixel;         /* bytes of one image */
    int batch;           /* rows drawn from the current task */
    bool task_known;     /* task scenario: every row's task decides what competes */
};

struct strategy {
    const char *name, *about, *source;
    const struct param *params;
    size_t size;
    enum feed_kind feed;

    /* Optional. Takes memory (TAG_BUFFER for stored examples) at its final size. */
    enum status (*init)(void *self, const struct strategy_env *env, struct error *err);
    /* Optional. Most rows that mix adds to a batch; default 0. */
    int (*extra_rows)(const void *self);
    /* Optional. Adds rows to a batch, and may weigh all of them; they come with weight 1.
     */
    void (*mix)(void *self, struct draft *draft, int task, struct rng rng);
    /* Optional. Called when the training of a task is over. */
    void (*task_end)(void *self, const struct task_view *task, struct rng rng);
};

#endif
