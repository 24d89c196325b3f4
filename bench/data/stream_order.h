/* The order of a stream without boundaries: every training image once.
 *
 * With T tasks, image i of task t stands at the position t + u + w (v - 1/2), u and v
 * uniform in 0..1 and w the blur: task t is uniform over t..t+1 where w = 0; else its
 * density is a trapezoid that rises for w tasks about t and falls for w tasks about t + 1
 * (a triangle at w = 1). The stream has the images by position, from the stream's seed.
 */
#ifndef BENCH_DATA_STREAM_ORDER_H
#define BENCH_DATA_STREAM_ORDER_H

#include "core/base/arena.h"
#include "core/nn/rng.h"
#include "core/plug/stream.h"

/* The rows of all tasks, counted through, by position. NULL = the arena is full. */
int32_t *stream_order_make(const struct subset *task, int n_task, double blur,
                           struct rng rng, struct arena *arena);

#endif
