/* The learning rate over time, as a factor of `lr`: the schedule that every optimiser
 * follows (core/optim/optimizer.h).
 *
 * With s the share of the time that has passed, 0 at the first batch:
 *   constant  1
 *   linear    1 - s
 *   cosine    (1 + cos pi s) / 2            Loshchilov & Hutter 2017, arXiv:1608.03983
 *   late      1, from s = 1/2 on 2 (1 - s)  Hinton's Forward-Forward code
 *   step      0.1 after s = 0.6, 0.01 after 0.9          PEPITA
 *   stairs    x 0.25 at s = 0.5, 0.75, 0.89 and 0.94     Nokland & Eidnes 2019
 * Over the first `warmup` of the time the factor rises linearly; the shape covers the
 * rest. */
#ifndef CORE_OPTIM_LR_SCHEDULE_H
#define CORE_OPTIM_LR_SCHEDULE_H

#include <stddef.h>

#include "core/base/param.h"
#include "core/nn/batch.h"

enum lr_schedule_shape {
    LR_CONSTANT,
    LR_LINEAR,
    LR_COSINE,
    LR_LATE,
    LR_STEP,
    LR_STAIRS,
};

enum lr_schedule_span { LR_STREAM, LR_TASK }; /* what the time is */

struct lr_schedule {
    int shape, span;
    double warmup; /* share of the time */
};

extern const char *const lr_schedule_shapes[], *const lr_schedule_spans[];

/* The rows `rate`, `rate_span` and `warmup` of a learner's table, for a struct
 * lr_schedule at `field` of `type`. OPTIM_PARAMS has them. */
/* clang-format off */
#define LR_PARAMS(type, field)                                                           \
    {"rate", PARAM_CHOICE, offsetof(type, field.shape), "constant", 0, 0,                \
     lr_schedule_shapes,                                                                 \
     "learning rate over time: constant, or falling (core/optim/lr_schedule.h)"},        \
    {"rate_span", PARAM_CHOICE, offsetof(type, field.span), "stream", 0, 0,              \
     lr_schedule_spans, "whether it falls over the whole stream or anew in every task"}, \
    {"warmup", PARAM_NUMBER, offsetof(type, field.warmup), "0", 0, 1, NULL,              \
     "share of that time in which the learning rate rises from 0"}
/* clang-format on */

/* 1 in a stream without end, whatever the shape. */
double lr_schedule_factor(const struct lr_schedule *schedule, struct progress progress);

#endif
