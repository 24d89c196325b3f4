/* trace.csv as it is read back. */
#include <stdlib.h>

#include "results/data/trace_file.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *text = fuzz_text(data, n);
    struct trace_file traced;
    struct error err = {0};

    if (trace_file_parse(&traced, text, n, "f", fuzz_arena(), &err) != OK)
        FUZZ_EXPECT(err.status == ERR_RESULT && *err.text);
    else
        for (int i = 0; i < traced.n; i++)
            FUZZ_EXPECT(trace_file_find(&traced, traced.row[i].what, traced.row[i].at) ==
                        &traced.row[i]);
    free(text);
    return 0;
}
