/* What a learner supports: for `bench list`, and to refuse a suite before it runs. */
#ifndef BENCH_PLAN_SUPPORTS_H
#define BENCH_PLAN_SUPPORTS_H

#include "core/plug/learner.h"

enum { SUPPORTS_MAX = 256 };

/* Whether the learner accepts the options for images of that shape: its init is called
 * with an arena without memory, because it checks them before it takes any. ERR_USAGE
 * with its words. */
enum status supports_options(const struct learner *learner, const void *options,
                             struct shape image, int n_out, struct error *err);

/* "MLP and CNN", found by calling init with a small net of either kind; "none" if it has
 * no option `net`. */
const char *supports_nets(const struct learner *learner);

/* "soft targets, whole gradient": the hooks, flags of enum can, that a learner offers to
 * strategies and probes, or that a strategy needs; or "nothing". */
void supports_hooks(unsigned can, char out[SUPPORTS_MAX]);

#endif
