#include "core/suggest.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { LONGEST = 63 };

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* Levenshtein distance; letter case costs nothing. */
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(b), row[LONGEST + 1];

    if (strlen(a) > LONGEST || n > LONGEST)
        return SIZE_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t above = row[j];
            int same = strncasecmp(&a[i - 1], &b[j - 1], 1) == 0;

            row[j] = min3(above + 1, row[j - 1] + 1, diagonal + !same);
            diagonal = above;
        }
    }
    return row[n];
}

const char *suggest(const char *word, const char *const *words, size_t n)
{
    size_t best = strlen(word) / 3 + 2; /* a third of the letters may be wrong */
    const char *nearest = NULL;

    for (size_t i = 0; i < n; i++) {
        size_t d = distance(word, words[i]);

        if (d < best) {
            best = d;
            nearest = words[i];
        }
    }
    return nearest;
}
