#include "core/kernels/vector.h"

#define ENTRY(name) .name = KERNEL(name),

const struct kernels KERNEL(kernels) = {ALL_KERNELS(ENTRY).group = GROUP};
