/* Joint training: one run on the images of all tasks, as long as the separate tasks
 * together. The upper bound. Only the last row of the accuracy matrix exists. */
#include "core/plug/strategy.h"

const struct strategy strategy_joint = {
    .name = "joint",
    .about = "all tasks trained at once: the upper bound",
    .source = "van de Ven, Tuytelaars & Tolias 2022, Nature Machine Intelligence 4",
    .train_on = TRAIN_ON_ALL,
};
