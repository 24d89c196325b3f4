/* What a learner supports, for help pages. */
#ifndef BENCH_SUPPORTS_H
#define BENCH_SUPPORTS_H

#include "core/learner.h"

enum { SUPPORTS_MAX = 256 };

/* "MLP and CNN": asked of its init with a small net of either kind; "none" where it has
 * no option `net`. */
const char *supports_nets(const struct learner *learner);

/* "soft targets, whole gradient": what strategies and probes can ask of it; or
 * "nothing". */
void supports_hooks(const struct learner *learner, char out[SUPPORTS_MAX]);

#endif
