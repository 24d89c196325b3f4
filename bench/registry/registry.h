/* What can be named in a suite file. Learners are listed in bench/registry/learners.def,
 * strategies in bench/registry/strategies.def. */
#ifndef BENCH_REGISTRY_REGISTRY_H
#define BENCH_REGISTRY_REGISTRY_H

#include <stddef.h>

#include "core/plug/learner.h"
#include "core/plug/strategy.h"
#include "core/plug/stream.h"

extern const struct learner *const registry_learners[]; /* each ends with a NULL */
extern const struct strategy *const registry_strategies[];
extern const struct stream *const registry_streams[];

/* ERR_USAGE, with its name, where a plug lacks a hook that every plug of its kind has. */
enum status registry_check(struct error *err);

const struct learner *registry_learner(const char *name); /* NULL if there is none */
const struct strategy *registry_strategy(const char *name);
const struct stream *registry_stream(const char *name);

#endif
