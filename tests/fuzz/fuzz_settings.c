/* settings.txt of a cell beside another: two texts, which the first byte 0 of the input
 * parts. */
#include <stdlib.h>
#include <string.h>

#include "bench/plan/settings_diff.h"
#include "tests/fuzz/fuzz.h"

enum { MOST = 1024 }; /* the time grows with the square */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *text, *other, keys[256];
    size_t first;

    if (n > MOST)
        return -1;
    text = fuzz_text(data, n);
    first = strlen(text);
    other =
        fuzz_text((const uint8_t *)text + first + (first < n), n - first - (first < n));
    settings_diff(text, other, "", keys, sizeof keys);
    FUZZ_EXPECT(memchr(keys, '\0', sizeof keys) != NULL);
    FUZZ_EXPECT(strcmp(text, other) != 0 || !*keys);
    free(text);
    free(other);
    return 0;
}
