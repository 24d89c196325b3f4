#include "baselines/strategies/told.h"

const char *told_unfit(struct competition competition)
{
    return competition.own_in_training && competition.own_in_test && !competition.shared
               ? NULL
               : "it must be told the task of every image, in training and in the test; "
                 "take scenario: task";
}

void told_prepare(void *self, struct rng rng)
{
    (void)self;
}
