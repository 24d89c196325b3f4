/* What a rule trains on: rows, their labels, the outputs that compete for each row, and
 * where in the stream the batch stands. */
#ifndef CORE_NN_BATCH_H
#define CORE_NN_BATCH_H

#include <stdint.h>

#include "core/nn/mat.h"

struct classes {       /* which outputs compete */
    const uint8_t *on; /* n: 1 = competes */
    int n;
};

struct progress {
    int task;
    int epoch, pass; /* within the task; pass < passes(self, epoch) */
    int64_t step;    /* batches trained so far in this stream, passes included */
    int64_t n_step;  /* in all; 0 = unknown: a stream without end */
    int64_t task_step, n_task_step; /* the same within the task */
};

/* Terms that pull the logits of a batch towards given ones, beside its labels.
 * core/nn/loss.h has the formula. */
struct soft {
    struct mat target;           /* n x n_out logits */
    const float *distil, *match; /* n each; NULL = 0 */
    const struct classes *group; /* n_group: the outputs of each softmax_g */
    int n_group;
    const struct classes *sigmoid; /* not NULL: the loss of iCaRL in place of all these,
                                      with targets for these outputs */
    real temperature;              /* T */
    real *spare; /* n_out: scratch of the loss, so one thread at a time */
};

struct batch {
    struct mat x;        /* n x n_in images, channels innermost */
    const int32_t *y;    /* n outputs, each < n_out */
    const int32_t *task; /* n: index into competing */
    const struct classes
        *competing;      /* by task: the outputs that compete for a row of it */
    const float *weight; /* n, or NULL = 1: the loss is the mean of weight x row loss */
    const struct soft *soft; /* NULL = labels alone; only for learners that CAN_SOFT */
    struct progress progress;
};

/* The outputs that compete for row i. */
static inline const uint8_t *batch_competing(const struct batch *batch, int i)
{
    return batch->competing[batch->task[i]].on;
}

/* The weight of row i; 1 where the batch has none. */
static inline real batch_weight(const struct batch *batch, int i)
{
    return batch->weight ? batch->weight[i] : 1;
}

#endif
