#include "core/kernels/table.h"

#define TEXT_(name) #name
#define TEXT(name)  TEXT_(name)
#define ENTRY(name) .name = ISA(name),

const struct kernels ISA(kernels) = {.name = TEXT(KERNEL_ISA), ALL_KERNELS(ENTRY)};
