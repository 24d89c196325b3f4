#include "bench/commands/compare_equivalence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/commands/compare_correction.h"
#include "results/report/table.h"

enum { N_COLUMN = 9 };

enum status equivalence_margin(const char *text, double *margin, struct error *err)
{
    char *end;
    double points = strtod(text, &end);

    if (end == text || *end || !(points > 0 && points <= 100))
        return error_set(err, ERR_USAGE,
                         "--margin '%s': the margin is a number of points above 0 and at "
                         "most 100, such as 5",
                         text);
    *margin = points / 100;
    return OK;
}

/* 1 - 2 x 0.05: it lies within the margin where both t-tests at 0.05 say so. */
static const char *interval(const struct statistics *s, struct arena *arena)
{
    double half;

    if (s->n < 2)
        return "n/a";
    half = student_quantile(1 - CORRECTION_LEVEL, s->n - 1) * s->error;
    return arena_text(arena, "%+.2f to %+.2f", 100 * (s->mean - half),
                      100 * (s->mean + half));
}

static const char *verdict(double different, double equivalent, double margin,
                           struct arena *arena)
{
    if (isnan(equivalent))
        return "not matched";
    if (equivalent > CORRECTION_LEVEL)
        return different > CORRECTION_LEVEL ? "undecided" : "different";
    return arena_text(arena,
                      different > CORRECTION_LEVEL ? "equivalent within %g"
                                                   : "different, but within %g",
                      100 * margin);
}

static void print_legend(const struct pairs *rows)
{
    double margin = 100 * rows->margin;

    printf("p: the larger of two one-sided sign-flip tests, that A - B is above -%g and "
           "that it is\n"
           "below %g points, then by Holm over the rows of a metric. Verdict at %g by "
           "both p of\n"
           "Holm; undecided: the sides may differ, or be within %g points of each "
           "other; more\n"
           "seeds could tell\n",
           margin, margin, CORRECTION_LEVEL, margin);
    correction_print_reach(rows, 1, "p of equivalence");
}

static void fill(struct table_cell *cell, const struct pair *row, double corrected,
                 double different, const struct pairs *rows)
{
    struct arena *arena = rows->arena;

    cell[0].text = row->section->name;
    cell[1].text = row->name_a;
    cell[2].text = row->name_b;
    cell[3].text = metric_table[row->metric].name;
    cell[4].text = table_number("%+.2f", 100 * row->paired.difference.mean, arena);
    cell[5].text = interval(&row->paired.difference, arena);
    cell[6].text = table_number("%.4f", row->p_equivalent, arena);
    cell[7].text = table_number("%.4f", corrected, arena);
    cell[8].text = verdict(different, corrected, rows->margin, arena);
}

void equivalence_print(const struct pairs *rows, const double *different)
{
    static const char *const head[N_COLUMN] = {"stream", "A",        "B",
                                               "metric", "A - B",    "90 % interval",
                                               "p",      "p (Holm)", "verdict"};
    struct table table = table_take(rows->arena, rows->n, N_COLUMN);
    double *corrected =
        arena_take(rows->arena, TAG_STATE, (size_t)rows->n, sizeof *corrected);

    if (!table.cell || !corrected)
        return;
    memcpy(table.head, head, sizeof head);
    table.n_name = 4;
    for (int i = 0; i < rows->n; i++)
        corrected[i] = rows->pair[i].p_equivalent;
    correction_apply(rows, corrected);
    for (int i = 0; i < rows->n; i++)
        fill(table_at(&table, i, 0), &rows->pair[i], corrected[i], different[i], rows);
    printf("\nequivalent within %g points?\n", 100 * rows->margin);
    table_terminal(&table, stdout);
    print_legend(rows);
}
