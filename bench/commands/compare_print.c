#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/commands/compare_settings.h"
#include "results/data/escape.h"

enum { WIDTH = 90 };             /* columns of what is printed */
static const double apart = 1.1; /* times: costs that are closer are not printed */

/* The differences of two paired cells; NULL if no pair has its settings. */
static const char *settings_of(const struct pair *row, struct arena *arena)
{
    for (int i = 0; i < row->a->n; i++)
        for (int k = 0; k < row->b->n; k++) {
            const struct outcome *a = row->a->ok[i], *b = row->b->ok[k];

            if (strcmp(a->id.seed, b->id.seed) == 0 && a->context.settings &&
                b->context.settings)
                return compare_settings(a->context.settings, b->context.settings, arena);
        }
    return NULL;
}

static bool same_sides(const struct pair *a, const struct pair *b)
{
    return strcmp(a->name_a, b->name_a) == 0 && strcmp(a->name_b, b->name_b) == 0;
}

/* One line, broken behind commas. */
static void print_line(const char *line, size_t n, int indent, FILE *out)
{
    size_t column = (size_t)fprintf(out, "%*s", indent, "");

    for (size_t length; n > 0; line += length, n -= length) {
        for (length = 1; length < n; length++)
            if (line[length - 1] == ',' && line[length] == ' ')
                break;
        if (column > (size_t)indent && column + length > WIDTH)
            column = (size_t)fprintf(out, "\n%*s", indent + 1, "") - 1;
        column += (size_t)fprintf(out, "%.*s", (int)length, line);
    }
    putc('\n', out);
}

static void print_lines(const char *text, int indent, FILE *out)
{
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
        print_line(text, strcspn(text, "\n"), indent, out);
}

struct span {
    double low, high;
};

/* "A takes 2.6 times the training FLOPs of B", a range where streams differ; "" where
 * they are about the same or not known. */
static const char *cost_of(struct span times, const char *verb, const char *what,
                           struct arena *arena)
{
    bool less = times.low * times.high < 1;
    double low = less ? 1 / times.high : times.low;
    double high = less ? 1 / times.low : times.high;
    const char *to = "";

    if (!(high > apart || low < 1 / apart))
        return "";
    if (high > 1.05 * low)
        to = arena_text(arena, " to %.3g", high);
    return arena_text(arena, "%c %s %.3g%s times the %s of %c\n", less ? 'B' : 'A', verb,
                      low, to, what, less ? 'A' : 'B');
}

static double flops_ratio(const struct pair *row)
{
    return row->a->flops.mean / row->b->flops.mean;
}

static double parameters_ratio(const struct pair *row)
{
    return (double)row->a->ok[0]->cost.parameters /
           (double)row->b->ok[0]->cost.parameters;
}

/* Over all rows of these sides; NAN where nothing is known. */
static struct span span_of(const struct pairs *rows, int first,
                           double (*ratio)(const struct pair *))
{
    struct span span = {NAN, NAN};

    for (int i = first; i < rows->n; i++) {
        double times = ratio(&rows->pair[i]);

        if (same_sides(&rows->pair[i], &rows->pair[first]) && isfinite(times) &&
            times > 0)
            span = (struct span){fmin(span.low, times), fmax(span.high, times)};
    }
    return span;
}

/* The streams of the rows of these sides that have this text; *all: no row of them has
 * another. */
static const char *streams_of(const struct pairs *rows, const char *const *text,
                              int first, bool *all)
{
    const char *list = "", *last = "";

    *all = true;
    for (int i = 0; i < rows->n; i++) {
        const char *name = rows->pair[i].section->name;

        if (!same_sides(&rows->pair[i], &rows->pair[first]) || !text[i])
            continue;
        if (strcmp(text[i], text[first]) != 0)
            *all = false;
        else if (strcmp(name, last) != 0)
            list =
                arena_text(rows->arena, "%s%s%s", list, *list ? ", " : "", last = name);
    }
    return list;
}

/* The first row that has the sides of row i and, if `too` is given, its text. */
static int first_of(const struct pairs *rows, int i, const char *const *too)
{
    for (int k = 0; k < i; k++)
        if (same_sides(&rows->pair[k], &rows->pair[i]) &&
            (!too || (too[k] && strcmp(too[k], too[i]) == 0)))
            return k;
    return i;
}

static const char *costs_of(const struct pairs *rows, int first)
{
    struct arena *arena = rows->arena;

    return arena_text(
        arena, "%s%s",
        cost_of(span_of(rows, first, parameters_ratio), "has", "parameters", arena),
        cost_of(span_of(rows, first, flops_ratio), "takes", "training FLOPs", arena));
}

static void print_names(const struct pair *row, FILE *out)
{
    fputs("A = ", out);
    escape_terminal(row->name_a, out);
    fputs(", B = ", out);
    escape_terminal(row->name_b, out);
    if (row->curve && row->b->n > 0)
        fprintf(out, " (settings of %s)", row->b->ok[0]->id.learner);
    putc('\n', out);
}

/* Prints nothing if nothing is known of them. */
static void print_sides(const struct pairs *rows, const char *const *text, int first,
                        FILE *out)
{
    const char *costs = costs_of(rows, first);
    bool named = false, all;

    for (int i = first; i < rows->n; i++) {
        const char *streams;

        if (!same_sides(&rows->pair[i], &rows->pair[first]) || !text[i] ||
            first_of(rows, i, text) < i)
            continue;
        if (!named)
            print_names(&rows->pair[first], out);
        named = true;
        streams = streams_of(rows, text, i, &all);
        if (!all)
            print_line(streams, strlen(streams), 2, out);
        print_lines(text[i], all ? 2 : 4, out);
    }
    if (*costs && !named)
        print_names(&rows->pair[first], out);
    print_lines(costs, 2, out);
}

void compare_print_differences(const struct pairs *rows, FILE *out)
{
    size_t n = (size_t)rows->n;
    const char **text = arena_take(rows->arena, TAG_STATE, n, sizeof *text);
    bool unknown = false;

    if (!text)
        return;
    for (int i = 0; i < rows->n; i++) {
        text[i] = settings_of(&rows->pair[i], rows->arena);
        unknown = unknown || !text[i];
    }
    putc('\n', out);
    for (int i = 0; i < rows->n; i++)
        if (first_of(rows, i, NULL) == i)
            print_sides(rows, text, i, out);
    if (unknown)
        fputs("Settings are not known of a folder that holds results.csv alone, so check "
              "by hand\n"
              "that the sides differ in nothing else; a suite.resolved.yaml kept beside "
              "it would show them.\n",
              out);
}
