#include "bench/plan/settings_diff.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "results/data/settings_text.h"

/* Whether a line of the text begins with these n bytes. */
static bool has_line(const char *text, const char *start, size_t n)
{
    for (; *text; text = settings_next_line(text))
        if (strncmp(text, start, n) == 0)
            return true;
    return false;
}

/* Adds the keys of the section's lines that are not in `other`: as they are, or (by_key)
 * with any value. */
static void add_keys(const char *text, const char *other, const char *section,
                     bool by_key, char *out, size_t n)
{
    for (; *text; text = settings_next_line(text)) {
        size_t used = strlen(out), key = strcspn(text, ":\n");
        size_t length = by_key ? key + 1 : strcspn(text, "\n") + 1;

        if (strncmp(text, section, strlen(section)) != 0)
            continue;
        if (!has_line(other, text, length) && used + key + 3 < n)
            snprintf(out + used, n - used, "%s%.*s", used ? ", " : "", (int)key, text);
    }
}

void settings_diff(const char *a, const char *b, const char *section, char *out, size_t n)
{
    out[0] = '\0';
    add_keys(a, b, section, false, out, n);
    add_keys(b, a, section, true, out, n);
}
