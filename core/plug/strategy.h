/* The plug for continual strategies: what is done around a learner against forgetting.
 * One const table per strategy, one line in bench/registry/strategies.def.
 *
 * A strategy can act on the data (which tasks are trained on, rows added to a batch), on
 * the targets, at every step of an optimiser, on the update as a whole, at the boundaries
 * of tasks, and on the decision. It reaches the learner through a struct learner_handle
 * (core/plug/handle.h).
 *
 * As for learners: all memory is taken in init and attach at its final size, with
 * TAG_BUFFER for stored examples, old networks and importance; the state struct does not
 * change afterwards. */
#ifndef CORE_PLUG_STRATEGY_H
#define CORE_PLUG_STRATEGY_H

#include "core/plug/handle.h"
#include "core/plug/stream.h"

enum training_rows {
    TRAIN_ON_TASK, /* task after task, each with its own images */
    TRAIN_ON_SEEN, /* task after task, each with the images of all tasks so far */
    TRAIN_ON_ALL,  /* all tasks at once: joint training */
};

/* A batch while it is put together. Rows of the current task come first. */
struct batch_builder {
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
    int class_rows;      /* most training images of one output in one task */
    const int *images;   /* n_task x n_out: all of them; NULL = unknown */
    int64_t n_drawn; /* most rows drawn from the tasks in the whole run; 0 = unknown */
    bool task_known; /* task scenario: every row's task decides what competes */
};

/* Which outputs compete. */
struct competition {
    bool own_in_training, own_in_test; /* only those of a row's own task */
    bool shared;                       /* all tasks have the same outputs (domain) */
};

/* What goes through the learner in an experience, for the estimate of a run's work. */
struct strategy_rows {
    int task;              /* the experience */
    int images;            /* of the task */
    double batches, drawn; /* batches; the rows that they draw from the stream */
    double evaluations;    /* how often it is tested */
    double row_flops;      /* of training on a row drawn, on average */
    double trained, scored, featured; /* rows of train and grad, of score, of features */
};

struct strategy {
    const char *name, *about, *source;
    const struct param *params;
    size_t size;
    enum training_rows train_on;
    unsigned needs;  /* of enum can: a learner that lacks one is refused, */
    const char *why; /* with this, and the remedy, when a suite is read */

    /* Optional. Takes memory (TAG_BUFFER for stored examples) at its final size. */
    enum status (*init)(void *self, const struct strategy_env *env, struct error *err);
    /* Optional. By how much the rows of a batch, or of a call of grad, can exceed
     * env->batch; default 0. */
    int (*extra_rows)(const void *self);
    /* Optional. When the learner is made: takes what depends on it, from
     * handle->arena. The handle is valid as long as the strategy. */
    enum status (*attach)(void *self, const struct learner_handle *handle,
                          struct error *err);

    /* Optional. Adds rows to a batch, and may weigh all of them; weights start at 1. */
    void (*mix)(void *self, struct batch_builder *builder, int task, struct rng rng);
    /* Optional. Sets batch->soft, before the batch is trained on. */
    void (*teach)(void *self, struct batch *batch, struct rng rng);
    /* Optional. In place of the learner's train (handle_train); the loss. */
    real (*train)(void *self, const struct batch *batch, struct rng rng);
    /* Optional. At the learner's optimisers, as in struct optim_hook. */
    void (*before)(void *self, struct vec w, real *g, double rate);
    void (*after)(void *self, struct vec w, const real *g, double rate);

    /* task_begin and task_end make sense for a task that was trained before: its number
     * is nothing to them. */
    bool returns;

    /* Optional, both or none. The decision, in place of the learner's score: out as that
     * has it, for at most handle->n_score rows. prepare is called before every
     * evaluation, for what the decision needs of the learner as it is then; training must
     * not depend on whether it was called. */
    void (*prepare)(void *self, struct rng rng);
    void (*score)(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out);

    /* Optional. Before the first batch of a task, and when its training is over: ahead of
     * the learner's own at the beginning, and after it at the end. */
    void (*task_begin)(void *self, const struct task_view *task, struct rng rng);
    void (*task_end)(void *self, const struct task_view *task, struct rng rng);

    /* Optional; after attach. What it adds to the rows of an experience, or takes away;
     * they begin with what is drawn and what is tested. Every experience is asked about
     * before any is trained. */
    void (*count)(const void *self, struct strategy_rows *rows);

    /* Optional; depends on the options alone, and is called before init. NULL = the
     * strategy works on a stream without boundaries; otherwise why not, and the remedy.
     * shared: all tasks have the same outputs (domain). Without this hook, a strategy
     * that has task_begin or task_end, or trains on the tasks so far, is refused
     * there. */
    const char *(*needs_tasks)(const void *self, bool shared);

    /* Optional. NULL = the strategy makes sense where these outputs compete; otherwise why
     * not, and the remedy. */
    const char *(*unfit)(struct competition competition);
};

#endif
