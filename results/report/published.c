#include "results/report/published.h"

#include "results/report/summary.h"

static const struct comparison *published(const struct group *group,
                                          const struct comparison *comparison, int n)
{
    for (int i = 0; i < n; i++)
        if (comparison[i].group == group &&
            comparison[i].target->metric == METRIC_ACCURACY)
            return &comparison[i];
    return NULL;
}

static void fill_row(const struct group *group, const struct comparison *c,
                     struct table_cell *cell, struct arena *arena)
{
    bool compared = c && c->ours.n > 0;

    cell[0].text = group->label;
    cell[1].text = summary_percent(&group->mean[METRIC_ACCURACY], group->draws.n, arena);
    cell[2].text = c ? arena_text(arena, "%.2f", 100 * c->target->value) : "–";
    cell[3].text = compared ? arena_text(arena, "%+.2f", 100 * c->difference) : "–";
    cell[3].strong = compared && !c->inside;
    cell[4].text = group->first->context.epochs
                       ? arena_text(arena, "%d", group->first->context.epochs)
                       : "–";
    if (group->n == 0) {
        cell[5].text = cell[6].text = cell[7].text = "n/a";
        return;
    }
    cell[5].text = arena_text(arena, "%.0f", group->ok[0]->timing.samples / 1000);
    cell[6].text = arena_text(arena, "%.1f", group->cpu.mean);
    cell[7].text = arena_text(arena, "%.2f", group->peak.mean / MEBIBYTE);
}

struct table published_table(const struct section *section,
                             const struct comparison *comparison, int n,
                             struct arena *arena)
{
    const char *const head[] = {
        "learner",
        "accuracy %",
        arena_text(arena, "%s %%", target_kind(comparison, n)),
        "difference",
        "epochs",
        "10³ images trained on",
        "CPU s",
        "peak MiB",
    };
    struct table table = table_take(arena, section->n, sizeof head / sizeof head[0]);

    table.n_name = 1;
    for (int i = 0; table.cell && i < section->n; i++) {
        const struct group *group = &section->group[i];

        fill_row(group, published(group, comparison, n), table_at(&table, i, 0), arena);
    }
    for (int col = 0; table.head && col < table.n_col; col++)
        table.head[col] = head[col];
    return table;
}
