#include "bench/plan/grid.h"

#include <assert.h>
#include <stddef.h>

#include "bench/suite/options.h"

void grid_add(struct grid *grid, const struct options *options, const struct param *row)
{
    const struct option *option = option_find(options, row->name);

    if (!option)
        return;
    assert(grid->n < GRID_MOST);
    grid->option[grid->n++] = option;
}

const char *grid_value(const struct grid *grid, const struct option *option)
{
    for (int i = 0; i < grid->n; i++)
        if (grid->option[i] == option)
            return grid->value[i];
    return NULL;
}

int grid_count(const struct grid *grid)
{
    int64_t n = 1;

    for (int i = 0; i < grid->n && n <= COMBINATIONS_MOST; i++)
        n *= grid->option[i]->n;
    return n > COMBINATIONS_MOST ? COMBINATIONS_MOST + 1 : (int)n;
}

void grid_take(struct grid *grid, int k)
{
    for (int i = grid->n - 1; i >= 0; i--) {
        const struct option *option = grid->option[i];

        grid->value[i] = option->value[k % option->n];
        k /= option->n;
    }
}
