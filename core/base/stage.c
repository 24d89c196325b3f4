#include "core/base/stage.h"

#include <pthread.h>
#include <stddef.h>

bool stages_measured;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct stage *passed;

void stage_add(struct stage *stage, double seconds, double flop)
{
    pthread_mutex_lock(&lock);
    if (stage->calls++ == 0) {
        stage->next = passed;
        passed = stage;
    }
    stage->seconds += seconds;
    stage->flop += flop;
    pthread_mutex_unlock(&lock);
}

void stages_start(void)
{
    for (struct stage *stage = passed; stage; stage = stage->next) {
        stage->calls = 0;
        stage->seconds = stage->flop = 0;
    }
    passed = NULL;
    stages_measured = true;
}

struct stage *stages_stop(void)
{
    stages_measured = false;
    return passed;
}
