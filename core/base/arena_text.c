#include <stdarg.h>
#include <stdio.h>

#include "core/base/arena.h"

char *arena_text(struct arena *arena, const char *format, ...)
{
    char none[1], *text;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(none, 0, format, args);
    va_end(args);
    text = arena_take(arena, TAG_FIXED, (size_t)n + 1, 1);
    if (!text)
        return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)n + 1, format, args);
    va_end(args);
    return text;
}
