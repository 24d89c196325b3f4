/* Why a stream, a learner and a strategy do not go together, with the remedy. */
#ifndef BENCH_PLAN_COMPATIBILITY_H
#define BENCH_PLAN_COMPATIBILITY_H

#include "bench/plan/cell.h"

struct conflict {
    enum { CONFLICT_STREAM, CONFLICT_LEARNER, CONFLICT_STRATEGY } entry; /* to change */
    const char *why; /* NULL = there is no conflict; else from the arena */
};

/* The strategy needs what the learner cannot do, or makes no sense in the scenario. */
struct conflict compatibility_pair(const struct stream_setup *setup,
                                   const struct learner *learner,
                                   const struct strategy *strategy, struct arena *arena);

/* With boundaries: none, what needs to know where a task begins or ends. */
struct conflict compatibility_boundaries(const struct cell *cell, struct arena *arena);

/* With tasks that return, what is sorted by tasks that come once. */
struct conflict compatibility_visits(const struct cell *cell, struct arena *arena);

/* Augmentation of images whose pixels the stream has shuffled. */
struct conflict compatibility_augment(const struct cell *cell, struct arena *arena);

/* A stream or a net that does not fit the images. Only shape and classes are checked,
 * which are known of every published data set before its files are there; the user's own
 * data are not checked. */
struct conflict compatibility_images(const struct cell *cell, struct arena *arena);

#endif
