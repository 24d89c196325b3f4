#include "core/kernels/build.h"

const struct kernels KERNEL(kernels) = {
    .words = KERNEL(words),
    .normal = KERNEL(normal),
    .mask = KERNEL(mask),
    .tanh = KERNEL(tanh),
    .elu = KERNEL(elu),
    .silu = KERNEL(silu),
    .silu_slope = KERNEL(silu_slope),
    .adam = KERNEL(adam),
    .sgd = KERNEL(sgd),
    .peak = KERNEL(peak),
};
