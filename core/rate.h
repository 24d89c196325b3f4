/* The learning rate over the stream, as a factor of `lr`. */
#ifndef CORE_RATE_H
#define CORE_RATE_H

#include "core/learner.h"

enum rate {
    RATE_CONSTANT,
    RATE_LINEAR, /* falls from 1 at the first batch to 0 after the last */
    RATE_LATE, /* 1 in the first half, then falls to 0 (Hinton's Forward-Forward code) */
};

extern const char *const rate_names[];

/* A row of a learner's table for an `enum rate` kept as int in `field` of `type`. */
#define RATE_PARAM(type, field, standard)                                                \
    {                                                                                    \
        "rate", PARAM_CHOICE, offsetof(type, field), standard, 0, 0, rate_names,         \
            "learning rate over the whole stream: as it is, falling to 0, falling in "   \
            "the second half"                                                            \
    }

/* 1 in a stream without end. */
double rate_factor(enum rate rate, struct progress at);

#endif
