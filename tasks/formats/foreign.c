#include "tasks/formats/foreign.h"

#include <stdbool.h>
#include <string.h>

static const struct {
    const char *start, *what;
} known[] = {
    {"\x1f\x8b", "gzip data; unpack it"},
    {"PK\x03\x04", "a zip archive; unpack it"},
    {"BZh", "bzip2 data; unpack it"},
    {"\xfd"
     "7zX",
     "xz data; unpack it"},
};

static bool is_text(const uint8_t *start)
{
    for (int i = 0; i < FOREIGN_BYTES; i++)
        if ((start[i] < ' ' && !memchr("\t\r\n", start[i], 3)) || start[i] >= 0x7f)
            return false;
    return true;
}

const char *foreign_content(const uint8_t *start, size_t n)
{
    if (n < FOREIGN_BYTES)
        return NULL;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (memcmp(start, known[i].start, strlen(known[i].start)) == 0)
            return known[i].what;
    return is_text(start) ? "text, a page of a web server perhaps" : NULL;
}
