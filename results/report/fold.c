#include "results/report/fold.h"

#include <string.h>

static const char *text_of(const struct table *table, int row, int col)
{
    const char *text = table_at(table, row, col)->text;

    return text ? text : "";
}

/* A figure and the same with a minus; 0.00 may have one or not. */
static bool negated(const char *a, const char *b)
{
    bool minus_a = *a == '-', minus_b = *b == '-';

    if (strcmp(a + minus_a, b + minus_b) != 0)
        return false;
    return minus_a != minus_b || strncmp(a, "0.00", 4) == 0 || strcmp(a, "n/a") == 0;
}

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool repeats(const struct table *table, int one, int other,
                    bool (*equal)(const char *, const char *))
{
    bool all = table->n_row > 1;

    for (int row = 0; row < table->n_row && all; row++)
        all = equal(text_of(table, row, one), text_of(table, row, other));
    return all;
}

static void leave_out(struct table *table, int col)
{
    int n = table->n_col;

    for (int i = col; i + 1 < n; i++)
        table->head[i] = table->head[i + 1];
    for (int i = 0, to = 0; i < table->n_row * n; i++)
        if (i % n != col)
            table->cell[to++] = table->cell[i];
    table->n_col--;
}

const char *table_fold(struct table *table, int from, struct arena *arena)
{
    const char *list = "";

    for (int col = from + 1; col < table->n_col; col++) {
        for (int k = from; k < col; k++) {
            bool equal = repeats(table, k, col, same);

            if (!equal && !repeats(table, k, col, negated))
                continue;
            list = arena_text(arena, "%s%s%s = %s%s", list, *list ? ", " : "",
                              table->head[col], equal ? "" : "-", table->head[k]);
            leave_out(table, col--);
            break;
        }
    }
    return list;
}
