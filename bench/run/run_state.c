/* What several parts of a run need: growing lists, and images in the room of a batch. */
#include "bench/run/run_state.h"

#include <stdlib.h>

enum status run_grow(void **list, int n, size_t size, struct error *err)
{
    bool full = n == 0 || (n >= 64 && (n & (n - 1)) == 0);
    void *more;

    if (!full)
        return OK;
    more = realloc(*list, (n ? 2 * (size_t)n : 64) * size);
    if (!more)
        return error_no_memory(err);
    *list = more;
    return OK;
}

struct mat run_read_images(struct run *run, int task, enum part part, int first, int n)
{
    struct batch_builder *builder = &run->batches.builder;
    struct mat x = mat_rows(run->batches.x, 0, n);

    for (int i = 0; i < n; i++)
        scenario_read(&run->scenario, task, part, first + i,
                      builder->pixel + (size_t)i * (size_t)run->scenario.n_pixel,
                      &builder->y[i]);
    scenario_convert(&run->scenario, builder->pixel, x);
    return x;
}
