/* A learner small enough to follow by hand, and strategies around it: two weights, one
 * pixel, logits z_k = w_k x, cross-entropy, plain SGD with lr 1 through the door. */
#ifndef TESTS_SUPPORT_TOY_H
#define TESTS_SUPPORT_TOY_H

#include "core/optim/optimizer.h"
#include "core/plug/strategy.h"

enum { TOY_ROWS = 16, TOY_OUT = 2 };

struct toy {
    struct arena arena;
    const struct strategy *strategy;
    void *around; /* the strategy's state */
    struct learner plug;
    struct optim_hook hook;
    struct learner_handle handle;
    struct optim optim;
    struct vec w;
    double rows, flops, score_flops;
    int task, step;
    int n_reset;
    struct rng drawn_from; /* when it was made anew last */
    int asked;             /* rows of the gradient that was asked for last */
};

/* Beside enum can. The learner says that it has batch norms; the loss of weight k has the
 * factor toy_factor[k]. */
enum { TOY_NORMS = 1 << 16, TOY_FACTORS = 1 << 17 };

extern const double toy_factor[TOY_OUT]; /* 2, 1/2 */

/* With the strategy's options at their defaults but those given: "name value ...".
 * hidden: what the learner cannot (0 = nothing). Both outputs compete in both tasks. */
void toy_open(struct toy *toy, const struct strategy *strategy, const char *options,
              unsigned hidden);
void toy_close(struct toy *toy);

/* A batch of n rows as the harness would train it: mix, teach, train. */
real toy_train(struct toy *toy, const uint8_t *pixel, const int32_t *y, int n);

/* Begins and ends a task whose images these are. */
void toy_begin(struct toy *toy, int task, const uint8_t *pixel, const int32_t *y, int n);
void toy_end(struct toy *toy, int task, const uint8_t *pixel, const int32_t *y, int n);

/* What stands in the door adds to a gradient of 0 where the weights are, before a step of
 * that rate (0 = the step is not in proportion). */
void toy_pull(struct toy *toy, double rate, real g[TOY_OUT]);

#endif
