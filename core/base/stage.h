/* Where the time of a step goes: stages of the work that are measured when somebody asks.
 *
 *   static struct stage stage = {"max-pool"};
 *   double began = stage_begin();
 *   ...
 *   stage_end(&stage, began, flop);
 *
 * While nobody measures, a call is one test. Stages may run in any thread. They do not
 * contain each other, so that what they take adds up. */
#ifndef CORE_BASE_STAGE_H
#define CORE_BASE_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/clock.h"

struct stage {
    const char *name;
    int64_t calls; /* since stages_start */
    double seconds, flop;
    struct stage *next;
};

/* Read by every stage; written by stages_start and stages_stop alone. */
extern bool stages_measured;

static inline double stage_begin(void)
{
    return stages_measured ? clock_seconds() : 0;
}

void stage_add(struct stage *stage, double seconds, double flop);

/* flop: floating-point operations done since then; 0 = not counted. */
static inline void stage_end(struct stage *stage, double began, double flop)
{
    if (stages_measured)
        stage_add(stage, clock_seconds() - began, flop);
}

/* Measures everything in between. No other thread may be in a stage at either moment.
 * stages_stop returns the list of all stages that were passed, which stands until the
 * next stages_start. */
void stages_start(void);
struct stage *stages_stop(void);

#endif
