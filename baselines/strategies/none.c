/* No strategy: the learner is trained on each task in turn. The lower bound. */
#include "core/strategy.h"

const struct strategy none = {
    .name = "none",
    .about = "each task in turn, nothing done against forgetting: the lower bound",
    .source = "van de Ven, Tuytelaars & Tolias 2022, Nature Machine Intelligence 4",
    .feed = FEED_TASK,
};
