/* The suite reader: text to tree to suite, written out resolved and read again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/suite/suite.h"
#include "tests/fuzz/fuzz.h"

enum { SEEDS_MOST = 50 };

static char *resolved(const struct suite *suite, size_t *n)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, n);

    FUZZ_EXPECT(out && suite_write_resolved(suite, out) == OK);
    fclose(out);
    return text;
}

/* What a suite is resolved to is a suite that is resolved to the same. */
static void read_again(const char *text, size_t n, struct arena *arena)
{
    struct error err = {0};
    struct suite suite;
    size_t n_again;
    char *again;

    FUZZ_EXPECT(suite_parse(&suite, text, n, "f", NULL, arena, &err) == OK);
    again = resolved(&suite, &n_again);
    FUZZ_EXPECT(n_again == n && memcmp(again, text, n) == 0);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *arena = fuzz_arena();
    struct error err = {0};
    struct suite suite;
    size_t n_text;
    char *text;

    if (suite_parse(&suite, (const char *)data, n, "f", NULL, arena, &err) != OK) {
        FUZZ_EXPECT(err.status == ERR_SUITE && *err.text && !strchr(err.text, '\n'));
        return 0;
    }
    if (suite.n_seed > SEEDS_MOST || suite.n_tuning_seed > SEEDS_MOST)
        return 0; /* nothing but a long list */
    text = resolved(&suite, &n_text);
    read_again(text, n_text, arena);
    free(text);
    return 0;
}
