/* The table of the metrics, and why one is undefined. */
#include <string.h>

#include "results/data/metric_value.h"

const struct metric_info metric_table[N_METRIC] = {
#define METRIC(id, value_, needs_, ...)                                                  \
    [METRIC_##id] = {.value = value_, .needs = needs_, __VA_ARGS__},
#include "results/data/metrics.def"
};

const char *metric_undefined(enum metric metric, const struct outcome *o)
{
    unsigned needs = metric_table[metric].needs;

    if (o->ending != END_OK || o->tests.n_task < 1)
        return "the cell did not end ok";
    if (needs & NEEDS_PROBE && o->tests.probe.n == 0)
        return "needs evaluation.probe: ncm, and a rule with hidden features";
    if (needs & NEEDS_ROWS && o->tests.pooled)
        return "joint training has only the last row of the matrix";
    if (needs & NEEDS_TWO_TASKS && o->tests.n_task == 1)
        return "one task";
    if (needs & NEEDS_ONCE && o->tests.visits.n > 0)
        return "tasks return";
    if (needs & NEEDS_RETURNS && o->tests.visits.n == 0)
        return "needs tasks that return";
    if (needs & NEEDS_FUTURE && strcmp(o->id.scenario, "class") == 0)
        return "class scenario: it would be minus the accuracy before training";
    if (needs & NEEDS_FUTURE && !o->tests.future)
        return "needs evaluation.future: yes";
    if (needs & NEEDS_EVERY && !o->tests.dense)
        return "needs evaluation.every: N steps";
    return NULL;
}
