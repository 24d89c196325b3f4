#include "results/data/settings_text.h"

#include <string.h>

const char *settings_next_line(const char *line)
{
    const char *end = strchr(line, '\n');

    return end ? end + 1 : line + strlen(line);
}

bool settings_has_key(const char *line, const char *key, int n)
{
    return strncmp(line, key, (size_t)n) == 0 && strncmp(line + n, ": ", 2) == 0;
}

const char *settings_value(const char *settings, const char *key, int n)
{
    for (const char *line = settings; *line; line = settings_next_line(line))
        if (settings_has_key(line, key, n))
            return line + n + 2;
    return NULL;
}
