/* results.csv as it is read back. */
#include <stdlib.h>
#include <string.h>

#include "results/data/metrics.h"
#include "results/data/record.h"
#include "tests/fuzz/fuzz.h"

static void expect_sound(const struct outcome *cell)
{
    FUZZ_EXPECT(cell->ending >= END_OK && cell->ending <= END_TIMEOUT);
    FUZZ_EXPECT(cell->tests.n_task >= 0 && cell->tests.n_task <= N_TASK_MAX);
    FUZZ_EXPECT(cell->cost.parameters >= 0);
    for (int k = 0; k < N_METRIC; k++)
        FUZZ_EXPECT(cell->context.stored->reason[k] ||
                    cell->context.stored->value[k] - cell->context.stored->value[k] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *text = fuzz_text(data, n);
    struct error err = {0};
    struct outcome *cells;
    int n_cell;

    if (record_parse(text, n, "f", fuzz_arena(), &cells, &n_cell, &err) != OK)
        FUZZ_EXPECT(err.status == ERR_RESULT && *err.text);
    else
        for (int i = 0; i < n_cell; i++)
            expect_sound(&cells[i]);
    free(text);
    return 0;
}
