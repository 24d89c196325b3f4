#include "bench/commands/compare_data.h"

#include <math.h>

#include "results/data/csv.h"
#include "results/data/escape.h"

enum { NAMES = 4, NUMBERS = 10 };

static const char *const name_heads[NAMES] = {"stream", "a", "b", "metric"};
static const char *const number_heads[NUMBERS] = {
    "n", "difference", "low_95",    "high_95",   "effect",
    "p", "p_holm",     "unmatched", "low_bound", "high_bound"};

struct row {
    const char *name[NAMES];
    double number[NUMBERS]; /* NAN = undefined */
};

static struct row row_of(const struct pair *pair, double corrected)
{
    const struct paired *p = &pair->paired;
    const struct statistics *d = &p->difference;

    return (struct row){{pair->section->name, pair->name_a, pair->name_b,
                         metric_table[pair->metric].name},
                        {d->n, d->mean, d->mean - d->margin, d->mean + d->margin,
                         p->effect, p->p, corrected,
                         pair->curve ? (double)curve_count_outside(pair->curve) : NAN,
                         pair->bound[0], pair->bound[1]}};
}

static void print_csv(const struct row *row, FILE *out)
{
    struct csv csv = {.out = out};

    for (int i = 0; i < NAMES; i++)
        csv_text(&csv, row->name[i]);
    for (int i = 0; i < NUMBERS; i++)
        csv_number(&csv, row->number[i]);
    csv_end(&csv);
}

static void print_json(const struct row *row, FILE *out)
{
    for (int i = 0; i < NAMES; i++) {
        fprintf(out, "%s\"%s\": ", i ? ", " : "  {", name_heads[i]);
        escape_json(row->name[i], out);
    }
    for (int i = 0; i < NUMBERS; i++) {
        fprintf(out, ", \"%s\": ", number_heads[i]);
        if (isfinite(row->number[i]))
            fprintf(out, "%.17g", row->number[i]);
        else
            fputs("null", out);
    }
    putc('}', out);
}

static void print_heads(FILE *out)
{
    struct csv csv = {.out = out};

    for (int i = 0; i < NAMES; i++)
        csv_text(&csv, name_heads[i]);
    for (int i = 0; i < NUMBERS; i++)
        csv_text(&csv, number_heads[i]);
    csv_end(&csv);
}

void compare_print_data(const struct pairs *rows, const double *corrected,
                        enum compare_form form, FILE *out)
{
    if (form == COMPARE_CSV)
        print_heads(out);
    else
        fputs("[\n", out);
    for (int i = 0; i < rows->n; i++) {
        struct row row = row_of(&rows->pair[i], corrected[i]);

        if (form == COMPARE_CSV) {
            print_csv(&row, out);
        } else {
            print_json(&row, out);
            fputs(i + 1 < rows->n ? ",\n" : "\n", out);
        }
    }
    if (form == COMPARE_JSON)
        fputs("]\n", out);
}
