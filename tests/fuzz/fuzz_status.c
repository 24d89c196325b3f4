/* status.json, and the metrics of what it holds. */
#include <stdlib.h>
#include <string.h>

#include "results/data/metrics.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *arena = fuzz_arena();
    struct error err = {0};
    struct outcome outcome;
    struct metrics metrics;

    if (outcome_parse(&outcome, (const char *)data, n, "f", arena, &err) != OK) {
        FUZZ_EXPECT((err.status == ERR_RESULT || err.status == ERR_DAMAGED) &&
                    *err.text && !strchr(err.text, '\n'));
        return 0;
    }
    metrics_compute(&outcome, arena, &metrics);
    for (int k = 0; k < N_METRIC; k++)
        FUZZ_EXPECT(metrics.reason[k] || metrics.value[k] == metrics.value[k]);
    return 0;
}
