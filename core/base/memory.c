#include "core/base/memory.h"

#include <stdlib.h>

static void (*when_exhausted)(const struct error *err);

void memory_when_exhausted(void (*end)(const struct error *err))
{
    when_exhausted = end;
}

void memory_exhausted(const struct error *err)
{
    if (when_exhausted)
        when_exhausted(err);
}

void *memory_required(size_t n)
{
    void *piece = malloc(n);
    struct error err = {0};

    if (!piece && n > 0) {
        error_set(&err, ERR_MEMORY, "no memory left (%zu bytes asked for)", n);
        memory_exhausted(&err);
    }
    return piece;
}
