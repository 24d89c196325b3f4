/* What a run consists of. The files of this folder know each other in one direction:
 *
 *   run_state <- task_hooks, evaluate, probe, trace <- run_open <- checkpoint <- run */
#ifndef BENCH_RUN_RUN_STATE_H
#define BENCH_RUN_RUN_STATE_H

#include <signal.h>
#include <stdatomic.h>

#include "bench/data/batch_schedule.h"
#include "bench/data/sampler.h"
#include "bench/data/scenario.h"
#include "bench/plan/plan.h"
#include "core/optim/optimizer.h"
#include "core/plug/handle.h"
#include "results/data/outcome.h"

/* Progress of a run while it goes on; another process may read it. */
struct live_progress {
    _Atomic int64_t step, n_step;
    _Atomic int64_t first_step; /* that this process began with: of a checkpoint */
    _Atomic int task, n_task;
    _Atomic int64_t samples; /* rows trained in this process */
    _Atomic int accuracy;    /* of the latest evaluation, in 1/10000; -1 = none yet */
    _Atomic int online;      /* on batches before they are trained on; the same */
};

/* The learner and its strategy, and what is needed to make the learner anew. */
struct run_model {
    void *learner, *strategy;
    struct learner_handle handle; /* the learner as the strategy sees it */
    struct optim_hook hook;       /* of the strategy */
    struct learner_env env;       /* of the learner */
    struct arena_use used_before; /* of the run arena when the learner was made */
};

/* An experience is what is trained on between two rows of the accuracy matrix: one
 * task, or in joint training all of them. */
struct run_batches {
    struct sampler sampler;         /* of the experience */
    struct batch_schedule schedule; /* of the experience */
    int64_t n;                      /* batches of the experience */
    int n_experience;
    int64_t n_step;               /* batches of the whole run */
    int n_new;                    /* rows of the stream in the batch, the first ones */
    struct batch_builder builder; /* a batch as bytes; tests use it too, as x */
    struct mat x;                 /* the same as numbers */
};

struct probe {           /* bench/run/probe.h; features and mean empty = there is none */
    struct mat features; /* n_score rows */
    struct mat mean;     /* of each class */
    double *sum;         /* as mean */
    int64_t *count;      /* rows of each class */
};

struct run_testing {
    int n_score; /* most rows that are scored at a time */
    struct mat scores;
    struct probe probe;
    double online_due; /* seconds of clock_seconds, when a batch is scored next */
};

/* Where a run stands. With the lists of struct run_results and the run arena, this is
 * what a checkpoint holds. It has no holes between its members, nor have the elements of
 * the lists: what is in a hole is not determined. */
struct position {
    int32_t experience; /* experiences finished */
    int32_t renewed;    /* 1: the strategy had the learner made anew; else 0 */
    struct rng renewal; /* renewed: the last time with this rng */
    int64_t batch;      /* batches trained in this experience */
    int64_t step;       /* batches trained in all */
    double flops;       /* of training */
    double score_flops; /* of evaluations, and of scores that the strategy needs */
    double samples, train_seconds, cpu_seconds, wall_seconds;
    double loss_sum; /* since the last point of the loss curve */
    int32_t n_loss_sum;
    int32_t n_loss;
    struct tested { /* by cell that shares the training */
        int32_t n_eval, n_probed;
        double eval_seconds;
    } tested[SHARING_MOST];
};

struct loss_point {
    int64_t step;
    int64_t task;
    double loss; /* mean since the point before */
};

struct run_results { /* lists that malloc'd memory holds; position says how long */
    struct evaluation *eval[SHARING_MOST];   /* by cell that shares the training */
    struct evaluation *probed[SHARING_MOST]; /* the same */
    struct loss_point *loss;
    int loss_every; /* steps from point to point */
};

struct run;

/* What a process has to know that trains a cell together with others. */
struct run_apart {
    struct share share; /* n = 0: it trains the cell alone */
    bool by_rows; /* on its rows of each batch; otherwise its pieces of the learner */
    struct optim_hook hook; /* by rows: makes each gradient that of the whole batch */
    /* NULL, or called before each test, by all of them; process 0 alone tests. */
    enum status (*before_test)(void *context, const struct run *run, struct error *err);
    void *context;
};

struct run_control {            /* set by the caller between run_open and run_train */
    struct live_progress *live; /* NULL = nobody reads it */
    const volatile sig_atomic_t *stop; /* NULL, or a request to stop soon */
    const char *checkpoint;            /* path, NULL = none */
    double checkpoint_seconds;         /* from one to the next */

    /* NULL, or called after each evaluation; last: training is over */
    enum status (*evaluated)(const void *context, struct run *run, bool last,
                             struct error *err);
    const void *context;
};

struct run {
    const struct cell *cell; /* the first of those that share the training */
    struct scenario scenario;
    struct arena data;       /* stream, order of the rows: not what a learner needs */
    struct arena memory;     /* the run arena: learner, strategy, batch */
    struct threads *threads; /* NULL = one */
    struct run_model model;
    struct run_batches batches;
    struct run_testing testing;
    struct position position;
    struct run_results results;
    struct run_control control;
    struct run_apart apart;
    double train_cpu; /* seconds of CPU that this process spent in batches */
};

static inline bool run_is_joint(const struct run *run)
{
    return run->cell->strategy->train_on == TRAIN_ON_ALL;
}

/* The task that is trained; the first one of joint training. */
static inline int run_task(const struct run *run)
{
    return run_is_joint(run) ? 0 : run->scenario.visits.task[run->position.experience];
}

/* The last of the tasks met so far. */
static inline int run_last_task(const struct run *run)
{
    return run_is_joint(run) ? run->scenario.n_task - 1
                             : run->scenario.visits.last[run->position.experience];
}

/* Makes room for one more element of a list of n. */
enum status run_grow(void **list, int n, size_t size, struct error *err);

/* Reads n images of a task, from `first` on, into the rows of batches.x (which are
 * returned); their outputs are in batches.builder.y. */
struct mat run_read_images(struct run *run, int task, enum part part, int first, int n);

#endif
