/* Cumulative training: each task is trained on with the images of all tasks so far (van
 * de Ven & Tolias 2019, arXiv:1904.07734, "offline"). Every image is kept, so it is a
 * bound rather than a strategy; unlike joint training it gives a whole accuracy matrix.
 *
 * The batches of a task are drawn from the union, as many as `steps` says, or enough for
 * `epochs` over all of it. */
#include "core/plug/strategy.h"

const struct strategy strategy_cumulative = {
    .name = "cumulative",
    .about = "each task is trained with the images of all tasks so far",
    .source = "van de Ven & Tolias 2019, arXiv:1904.07734",
    .train_on = TRAIN_ON_SEEN,
};
