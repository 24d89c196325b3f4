#include "bench/commands/compare_matched.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "results/data/escape.h"
#include "results/report/table.h"

enum { N_COLUMN = 8 };

static const char *points(const struct curve *curve, struct arena *arena)
{
    return curve->n_least == curve->n_most
               ? arena_text(arena, "%d", curve->n_most)
               : arena_text(arena, "%d to %d", curve->n_least, curve->n_most);
}

static void fill(struct table_cell *cell, const struct pair *row, struct arena *arena)
{
    const struct curve *curve = row->curve;
    int n = curve->group.n;

    cell[0].text = row->section->name;
    cell[1].text = row->name_a;
    cell[2].text = row->name_b;
    cell[3].text = metric_table[row->metric].name;
    cell[4].text = points(curve, arena);
    cell[5].text = arena_text(arena, "%d of %d", n - curve_count_outside(curve), n);
    cell[6].text = cell[7].text = "n/a";
    if (isnan(row->bound[0]))
        return;
    cell[6].text = arena_text(arena, "%+.2f", 100 * row->paired.difference.mean);
    cell[7].text =
        arena_text(arena, "%+.2f to %+.2f", 100 * row->bound[0], 100 * row->bound[1]);
}

/* The metrics of a pair are rows that follow each other and have one curve. */
static void print_outside(const struct pairs *rows)
{
    for (int i = 0; i < rows->n; i++) {
        const struct pair *row = &rows->pair[i];
        const char *before = "";

        if (!row->curve || (i > 0 && rows->pair[i - 1].curve == row->curve) ||
            curve_count_outside(row->curve) == 0)
            continue;
        printf("not matched in %s: ", row->section->name);
        escape_terminal(row->name_a, stdout);
        for (int s = 0; s < row->curve->group.n; s++) {
            double outside = row->curve->outside[s];

            if (outside != 0)
                printf("%s seed %s (%.2f %s)", before, row->curve->group.ok[s]->id.seed,
                       100 * fabs(outside), outside > 0 ? "above" : "below");
            if (outside != 0)
                before = ",";
        }
        putchar('\n');
    }
}

static int count_curves(const struct pairs *rows)
{
    int n = 0;

    for (int i = 0; i < rows->n; i++)
        n += rows->pair[i].curve != NULL;
    return n;
}

void matched_print(const struct pairs *rows)
{
    static const char *const head[N_COLUMN] = {"stream",   "A",     "B",     "metric",
                                               "learners", "seeds", "A - B", "bounds"};
    int n = count_curves(rows);
    struct table table;

    if (n == 0)
        return;
    table = table_take(rows->arena, n, N_COLUMN);
    if (!table.cell)
        return;
    memcpy(table.head, head, sizeof head);
    table.n_name = 4;
    for (int i = rows->n - 1; i >= 0; i--)
        if (rows->pair[i].curve)
            fill(table_at(&table, --n, 0), &rows->pair[i], rows->arena);
    puts("\nat equal learning accuracy");
    table_terminal(&table, stdout);
    puts("B is the curve of these learners where, in each seed, it first reaches A's "
         "learning\n"
         "accuracy, on a straight line between two of them; bounds: A - B if it were as "
         "the one\n"
         "or the other. A seed that the curve does not reach is left out, with the "
         "points of\n"
         "learning accuracy that A is above or below it");
    print_outside(rows);
}
