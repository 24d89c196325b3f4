/* No strategy: the learner is trained on each task in turn. The lower bound. */
#include "core/plug/strategy.h"

const struct strategy strategy_none = {
    .name = "none",
    .about = "each task in turn, nothing done against forgetting: the lower bound",
    .source = "van de Ven, Tuytelaars & Tolias 2022, Nature Machine Intelligence 4",
    .train_on = TRAIN_ON_TASK,
};
