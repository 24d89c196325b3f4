#include "results/report/curves_text.h"

#include <math.h>

enum { N_HEIGHT = 8, WIDEST = 40 /* characters of a curve */ };

const char *curve_text(const double *value, int n, struct arena *arena)
{
    static const char *const heights[N_HEIGHT] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const char *text = "";

    for (int i = 0; i < n; i++) {
        int height = isnan(value[i]) ? 0 : (int)(value[i] * N_HEIGHT);

        text = arena_text(arena, "%s%s", text,
                          isnan(value[i])     ? " "
                          : height < N_HEIGHT ? heights[height < 0 ? 0 : height]
                                              : heights[N_HEIGHT - 1]);
    }
    return text;
}

static bool has_curve(const struct group *group)
{
    return group->n > 0 && group->n_row > 1 && !isnan(group->seen[0].mean);
}

/* Of many rows so many that are evenly apart, the last one too. */
static const char *curve_of(const struct group *group, struct arena *arena)
{
    double value[WIDEST];
    int n = group->n_row < WIDEST ? group->n_row : WIDEST;

    for (int i = 0; i < n; i++)
        value[i] = group->seen[i * (group->n_row - 1) / (n - 1)].mean;
    return curve_text(value, n, arena);
}

static void fill_row(const struct table *table, int row, const struct group *group,
                     struct arena *arena)
{
    const char *const text[] = {
        arena_text(arena, "%s.%s", group->first->id.stream, group->first->id.scenario),
        group->learner,
        group->strategy,
        curve_of(group, arena),
        arena_text(arena, "%.2f", 100 * group->seen[0].mean),
        arena_text(arena, "%.2f", 100 * group->seen[group->n_row - 1].mean),
    };

    for (int col = 0; col < table->n_col; col++)
        table_at(table, row, col)->text = text[col];
}

struct table curves_terminal(const struct grouping *grouping, struct arena *arena)
{
    static const char *const head[] = {"stream",   "learner",
                                       "strategy", "accuracy over tasks, 0 to 100 %",
                                       "first",    "last"};
    struct table table;
    int n = 0;

    for (int s = 0; s < grouping->n; s++)
        for (int i = 0; i < grouping->section[s].n; i++)
            n += has_curve(&grouping->section[s].group[i]);
    table = table_take(arena, n, sizeof head / sizeof *head);
    if (!table.head || (n > 0 && !table.cell))
        return (struct table){0};
    for (int col = 0; col < table.n_col; col++)
        table.head[col] = head[col];
    table.n_name = 4;
    n = 0;
    for (int s = 0; s < grouping->n; s++)
        for (int i = 0; i < grouping->section[s].n; i++)
            if (has_curve(&grouping->section[s].group[i]))
                fill_row(&table, n++, &grouping->section[s].group[i], arena);
    return table;
}
