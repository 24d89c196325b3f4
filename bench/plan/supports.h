/* What a learner supports: for help pages, and before anything is run. */
#ifndef BENCH_PLAN_SUPPORTS_H
#define BENCH_PLAN_SUPPORTS_H

#include "core/plug/learner.h"

enum { SUPPORTS_MAX = 256 };

/* Whether the learner takes the options for such images: what its init says, which checks
 * them before it takes memory, and here gets none. ERR_USAGE with its words. */
enum status supports_options(const struct learner *learner, const void *options,
                             struct shape image, int n_out, struct error *err);

/* "MLP and CNN": asked of its init with a small net of either kind; "none" where it has
 * no option `net`. */
const char *supports_nets(const struct learner *learner);

/* "soft targets, whole gradient": what strategies and probes can ask of it; or
 * "nothing". */
void supports_hooks(const struct learner *learner, char out[SUPPORTS_MAX]);

#endif
