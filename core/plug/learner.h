/* The plug for learners: one const table per learner, one state struct, one line in
 * bench/registry/learners.def.
 *
 * The harness owns the data, the classes that compete, the random streams and the memory;
 * a learner turns batches into weights and images into scores.
 *
 * - All memory is taken from env->arena inside init, at its final size. There is no
 *   destroy.
 * - After init the state struct itself never changes: what changes lives in the arena,
 *   under the tag that fits (core/base/arena.h). That is what makes checkpoints of any
 *   learner possible.
 * - Randomness is an argument. A hook that gets the same rng draws the same numbers, so
 *   scoring more often cannot change training. */
#ifndef CORE_PLUG_LEARNER_H
#define CORE_PLUG_LEARNER_H

#include <stdbool.h>

#include "core/base/dataset.h"
#include "core/base/param.h"
#include "core/base/threads.h"
#include "core/nn/batch.h"
#include "core/nn/rng.h"
#include "core/optim/hook.h"

struct trace; /* core/plug/trace.h */

/* The training images of one task, ready to read. */
struct task_view {
    int task, n; /* n rows */
    const void *from;
    /* Row i as the task shows it (pixel may be NULL), and its output. */
    void (*read)(const void *from, int i, uint8_t *pixel, int32_t *y);
};

/* Part k of n, counted from 0, of what several processes train. n = 0: there is one process,
 * and it trains everything. */
struct share {
    int k, n;
};

enum { SHARE_PIECES = 2 };

/* Weights that read a hidden layer: row i is what unit i says to the units above. */
struct readout {
    int layer; /* from 1; several matrices may read the same layer */
    struct mat w;
};

struct learner_env {
    struct arena *arena;
    struct rng rng;     /* for the initial weights */
    struct shape image; /* of one input row */
    int n_out;          /* outputs of the scenario */
    int n_train;        /* most rows in a batch of train */
    int n_score;        /* most rows in a batch of score */
    bool noise;         /* may score draw noise? `draws: 0` in a suite forbids it */
    const struct optim_hook *hook; /* called at every step of an optimiser; NULL = none */
    int n_thread; /* as the suite says: it decides the working memory, never the bits */
    struct threads *threads; /* n_thread of them, owned by the harness, for as long as the
                                learner lives; NULL = the caller does everything */
    struct share share; /* of the pieces (the hook `pieces`); n = 0 where there is none */
};

/* What a strategy may need of a learner. learner_can adds what follows from the hooks
 * that a learner has. */
enum can {
    CAN_SOFT = 1, /* score returns logits, and train adds batch->soft to their loss */
    CAN_HOOK = 2, /* all that is trained changes through core/optim/optimizer.h */
    CAN_GRAD = 4, /* has grad */
    CAN_STEP = 8, /* has grad and step */
    CAN_FEATURES = 16, /* has features */
    CAN_GATE = 32,     /* has grad, step and reads */
};

struct learner {
    const char *name;           /* as in a suite file */
    const char *about;          /* one line */
    const char *source;         /* the paper */
    const struct param *params; /* options, parsed into the state struct before init */
    size_t size;                /* of the state struct */
    unsigned can;               /* CAN_SOFT, CAN_HOOK */

    /* Required. Checks options that the table cannot check, takes memory, sets the
     * weights. */
    enum status (*init)(void *self, const struct learner_env *env, struct error *err);

    /* Required. One update (or several, one per block) from one batch. Returns the loss
     * before it. */
    real (*train)(void *self, const struct batch *batch, struct rng rng);

    /* Required. out: x.rows x n_out, higher = more likely. The harness takes the argmax
     * over `competing` and ignores all other entries. */
    void (*score)(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out);

    /* Required. The trained parameters and nothing else, in one block. */
    struct vec (*weights)(const void *self);

    /* Required. Floating-point operations of train per row: multiply-adds counted as two,
     * convolutions counted directly whatever kernel runs, recomputation included. */
    double (*flops)(const void *self);

    /* Required. The same of score, where all outputs compete. */
    double (*score_flops)(const void *self);

    /* Optional. How often the batches of an epoch (counted within the task) are trained
     * on, at least 1, which is the default. In a regime of steps the whole task is epoch
     * 0. Called before init too, where the options alone are known: then it may be more,
     * never less. */
    int (*passes)(const void *self, int epoch);

    /* Optional, where passes differ in cost: flops of a row in that pass. flops is then
     * that of an ordinary one. */
    double (*pass_flops)(const void *self, struct progress progress);

    /* Optional. The loss and its gradient g (as long as weights), without an update and
     * without moving a running statistic. Where it exists, the tests compare every
     * coordinate with a central difference. */
    real (*grad)(void *self, const struct batch *batch, struct rng rng, real *g);

    /* Optional, with grad. One optimiser step of all weights along g, which it may
     * overwrite, at that point of the schedule; running statistics move by the batch that
     * grad saw last: grad and then step on a batch do what train does. */
    void (*step)(void *self, real *g, struct progress progress);

    /* Optional, with grad; after init. Are rows normalised by the statistics of their
     * batch? Then the gradient of one row alone is not that of the net that scores.
     * NULL = no. */
    bool (*batch_norms)(const void *self);

    /* Optional; after init. The constant factor before the loss that trains weight i,
     * where a rule weighs the losses of its pieces: the gradient is the factor times that
     * of the loss itself. NULL = 1. */
    double (*loss_factor)(const void *self, size_t i);

    /* Optional; after init. How far an update moves the logits at most, in multiples of
     * the loss's gradient by them: the rate times the squared length of the features.
     * Where it is known, a strategy can keep a quadratic term in the logits stable. */
    double (*logit_rate)(const void *self);

    /* Optional; after init. For a net of equal blocks: for how many of them the
     * activations of a training step are held at the same time. */
    int (*blocks_in_memory)(const void *self);

    /* Optional, both or none. The last hidden layer, x.rows x n_feature, as score sees
     * it: for probes and exemplars. */
    int (*n_feature)(const void *self);
    void (*features)(const void *self, struct mat x, struct rng rng, struct mat out);

    /* Optional; after init. Some of what it trains falls into pieces that need nothing of
     * each other: a process with env->share trains the pieces of its share, and all else
     * that is trained as every other process does. Then `piece` gets what belongs to that
     * share, running statistics included; returned is how many, at most SHARE_PIECES. init
     * refuses options with which that cannot be. NULL = it cannot be trained apart. */
    int (*pieces)(const void *self, struct share share, struct vec piece[SHARE_PIECES]);

    /* Optional, with step; after init. The k-th matrix, k = 0, 1, ... from the lowest layer
     * on, in the block of `weights` that reads a hidden layer of dense units; false beyond
     * the last one. With
     * its rows at 0 in all of them a unit is switched off: it tells nothing, and no gradient
     * reaches it. */
    bool (*reads)(const void *self, int k, struct readout *readout);

    /* Optional. Records figures of its inference on labelled rows (at most n_score);
     * changes nothing. */
    void (*trace)(const void *self, const struct batch *batch, struct rng rng,
                  struct trace *trace);

    /* Optional. Before the first batch of a task, and after its last one; in joint
     * training for every task in turn. Not called in streams without boundaries. */
    void (*task_begin)(void *self, const struct task_view *task, struct rng rng);
    void (*task_end)(void *self, const struct task_view *task, struct rng rng);

    /* Optional; depends on the options alone, and is called before init. NULL = the
     * learner can train on a stream without boundaries, where the two hooks are not
     * called and every batch comes once. Otherwise why not, and the remedy. Without this
     * hook, a learner that has task_begin, task_end or passes is refused there. */
    const char *(*needs_tasks)(const void *self);
};

unsigned learner_can(const struct learner *learner); /* flags of enum can */

#endif
