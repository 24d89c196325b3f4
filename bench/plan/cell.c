#include "bench/plan/cell.h"

#include <fnmatch.h>

int plan_count_sharing(const struct cell *cell)
{
    int n = 0;

    for (; cell; cell = cell->next_sharing)
        n++;
    return n;
}

bool globs_match(const struct globs *globs, const char *id)
{
    if (!globs || globs->n == 0)
        return true;
    for (int i = 0; i < globs->n; i++)
        if (fnmatch(globs->glob[i], id, 0) == 0)
            return true;
    return false;
}

bool plan_match(const struct cell *cell, const struct globs *globs)
{
    return globs_match(globs, cell->id);
}
