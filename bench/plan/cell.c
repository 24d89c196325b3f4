#include "bench/plan/cell.h"

#include <fnmatch.h>

int plan_count_sharing(const struct cell *cell)
{
    int n = 0;

    for (; cell; cell = cell->next_sharing)
        n++;
    return n;
}

bool plan_match(const struct cell *cell, const char *glob)
{
    return !glob || fnmatch(glob, cell->id, 0) == 0;
}
