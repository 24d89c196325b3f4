/* Strategies that use a part of the network, or a network of its own, for each task: they
 * must be told the task of every image, in training and in the test. */
#ifndef BASELINES_STRATEGIES_TOLD_H
#define BASELINES_STRATEGIES_TOLD_H

#include "core/plug/strategy.h"

/* The hook `unfit`: NULL where only the outputs of a row's own task compete, which tells
 * the task. */
const char *told_unfit(struct competition competition);

/* The hook `prepare` for a decision that needs nothing. */
void told_prepare(void *self, struct rng rng);

#endif
