/* One cell from its settings to its outcome, or twins, which are trained as one
 * (bench/plan/plan.h): the training loop, the evaluations, the checkpoints. It runs in a
 * process of its own (bench/study/worker.h) but knows nothing of that. */
#ifndef BENCH_RUN_RUN_H
#define BENCH_RUN_RUN_H

#include <signal.h>
#include <stdatomic.h>

#include "bench/data/batch_schedule.h"
#include "bench/data/sampler.h"
#include "bench/plan/plan.h"
#include "core/optim/optimizer.h"
#include "results/data/outcome.h"

/* What a run shows of itself while it goes; another process may read it. */
struct gauge {
    _Atomic int64_t step, n_step;
    _Atomic int task, n_task;
    _Atomic int64_t samples; /* rows trained in this process */
    _Atomic int accuracy;    /* of the latest evaluation, in 1/10000; -1 = none yet */
};

/* Everything that changes during a run, but for the run arena: what a checkpoint holds.
 */
struct position {
    int32_t experience; /* stages finished */
    int64_t batch;      /* batches trained in this stage */
    int64_t step;       /* in all */
    double flops;       /* of training */
    double samples, train_seconds, cpu_seconds, wall_seconds;
    double loss_sum; /* since the last point of the loss curve */
    int32_t n_loss_sum;
    int32_t n_loss;
    bool renewed;       /* the strategy had the learner made anew, */
    struct rng renewal; /* the last time from this */
    struct judged {     /* of each twin */
        int32_t n_eval, n_probed;
        double eval_seconds;
    } judged[TWINS_MOST];
};

struct loss_point {
    int64_t step;
    int32_t task;
    double loss; /* mean since the point before */
};

struct probe {           /* bench/run/probe.c; features and mean empty = there is none */
    struct mat features; /* n_score rows */
    struct mat mean;     /* of each class */
    double *sum;         /* as mean */
    int64_t *count;      /* rows of each */
};

struct run {
    const struct cell *cell;
    struct scenario scenario;
    struct arena data;       /* stream, order of the rows: not what a learner needs */
    struct arena memory;     /* learner, strategy, batch: its peak is the result */
    struct threads *threads; /* NULL = one */
    void *learner, *strategy;
    struct optim_hook hook;       /* the strategy's */
    struct learner_env env;       /* the learner's, to make it anew */
    struct arena_use before;      /* what the arena held when the learner was made */
    struct learner_handle handle; /* the learner as the strategy meets it */
    struct sampler sampler;
    struct batch_builder builder;
    struct mat x, scores;
    int n_experience, n_score;
    struct batch_schedule batch_schedule; /* of the stage */
    int64_t experience_batches, n_step;
    struct position position;
    double samples_before; /* trained by the processes that this one continues */
    struct probe probe;
    struct evaluation
        *eval[TWINS_MOST]; /* n_eval of each twin; malloc'd, as are the others */
    struct evaluation *probed[TWINS_MOST]; /* n_probed */
    struct loss_point *loss;               /* at.n_loss */
    int loss_every;
    struct gauge *gauge;               /* NULL = nobody looks */
    const volatile sig_atomic_t *stop; /* NULL, or a request to stop soon */
    const char *checkpoint;            /* path, NULL = none */
    double checkpoint_seconds;
};

/* Prepares a run: opens the stream, makes the learner. ERR_SUITE or ERR_USAGE when the
 * settings do not fit together, ERR_MEMORY when the limit is too small. */
enum status run_open(struct run *run, const struct cell *cell, const struct dataset *data,
                     struct error *err);
void run_close(struct run *run);

/* Trains and evaluates to the end, from the checkpoint where there is one.
 * ERR_INTERRUPTED and ERR_TIME leave a checkpoint behind. */
enum status run_go(struct run *run, struct error *err);

/* The outcome so far of a twin, by its number. eval points into the run. Names,
 * measurements and how it ended; the process's own figures (rss, host) are the caller's.
 */
void run_outcome(const struct run *run, int twin, struct outcome *outcome);

double
run_work(const struct run *run); /* FLOPs of training from here to the end, about */

#endif
