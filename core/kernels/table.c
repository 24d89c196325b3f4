#include "core/kernels/build.h"

const struct kernels KERNEL(kernels) = {
    .words = KERNEL(words),
    .normal = KERNEL(normal),
    .mask = KERNEL(mask),
    .adam = KERNEL(adam),
    .sgd = KERNEL(sgd),
    .peak = KERNEL(peak),
};
