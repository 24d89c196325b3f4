#include "results/report/summary.h"

#include <math.h>
#include <string.h>

#include "results/data/csv.h"
#include "results/report/remark.h"

const char *summary_percent(const struct statistics *s, int n_cell, struct arena *arena)
{
    const char *spread, *count;

    if (s->n == 0)
        return "n/a";
    spread = s->n > 1 ? arena_text(arena, " ± %.2f", 100 * s->std) : "";
    count = s->n < n_cell ? arena_text(arena, " (n = %d)", s->n) : "";
    return arena_text(arena, "%.2f%s%s", 100 * s->mean, spread, count);
}

/* ---------------------------------------------------------------- the best of a column
 */

static double score(const struct group *group, enum metric metric)
{
    double mean = group->mean[metric].mean;

    switch (metric) {
    case METRIC_FORGETTING:
    case METRIC_PROBE_FORGETTING:
    case METRIC_RETURN_FORGETTING:
    case METRIC_RELEARNING:
        return -mean;
    default:
        return mean;
    }
}

/* Who can be best: joint training is a bound, and who learnt nothing has nothing to
 * forget. */
static bool competes(const struct group *group, enum metric metric)
{
    return !group->first->tests.pooled && !isnan(score(group, metric)) &&
           remark_learnt(group);
}

/* NAN where there is nothing to compare with. */
static double best_score(const struct section *section, enum metric metric)
{
    double best = NAN;
    int n = 0;

    for (int i = 0; i < section->n; i++) {
        const struct group *group = &section->group[i];

        if (!competes(group, metric))
            continue;
        best = fmax(best, score(group, metric)); /* of NAN and x: x */
        n++;
    }
    return n > 1 ? best : NAN;
}

static bool has_metric(const struct section *section, enum metric metric)
{
    for (int i = 0; i < section->n; i++)
        if (section->group[i].mean[metric].n > 0)
            return true;
    return false;
}

/* ---------------------------------------------------------------- columns */

struct column {
    const char *head;
    const char *(*text)(const struct group *group, enum metric metric,
                        struct arena *arena);
    enum metric metric; /* of metric columns */
};

static const char *stream(const struct group *group, enum metric metric,
                          struct arena *arena)
{
    return arena_text(arena, "%s.%s", group->first->id.stream, group->first->id.scenario);
}

static const char *learner(const struct group *group, enum metric metric,
                           struct arena *arena)
{
    return arena_text(arena, "%s%s", group->learner, remark_learnt(group) ? "" : " †");
}

static const char *strategy(const struct group *group, enum metric metric,
                            struct arena *arena)
{
    return group->strategy;
}

static const char *seeds(const struct group *group, enum metric metric,
                         struct arena *arena)
{
    if (group->draws.n < group->n)
        return arena_text(
            arena, "%d (%d%s cells)", group->draws.n, group->n,
            group->n < group->n_cell ? arena_text(arena, " of %d", group->n_cell) : "");
    if (group->n == group->n_cell)
        return arena_text(arena, "%d", group->n);
    return arena_text(arena, "%d of %d", group->n, group->n_cell);
}

static const char *percent(const struct group *group, enum metric metric,
                           struct arena *arena)
{
    return summary_percent(&group->mean[metric], group->draws.n, arena);
}

static const char *peak(const struct group *group, enum metric metric,
                        struct arena *arena)
{
    if (group->n == 0)
        return "n/a";
    return arena_text(arena, "%.2f", group->peak.mean / MEBIBYTE);
}

static const char *seconds(const struct group *group, enum metric metric,
                           struct arena *arena)
{
    if (group->seconds.n == 0)
        return "n/a";
    return arena_text(arena, "%.1f", group->seconds.mean);
}

/* ---------------------------------------------------------------- tables */

/* One column of the rows of a section, which begin at `first`. */
static void fill_column(const struct table *table, int first, int col,
                        const struct section *section, const struct column *column,
                        struct arena *arena)
{
    double best = best_score(section, column->metric);

    for (int i = 0; i < section->n; i++) {
        const struct group *group = &section->group[i];

        *table_at(table, first + i, col) = (struct table_cell){
            .text = column->text(group, column->metric, arena),
            .strong = column->text == percent && competes(group, column->metric) &&
                      score(group, column->metric) >= best,
            .weak = !remark_learnt(group),
        };
    }
}

static struct table build(const struct section *section, int n_section,
                          const struct column *column, int n_column, struct arena *arena)
{
    struct table table;
    int n_row = 0;

    for (int s = 0; s < n_section; s++)
        n_row += section[s].n;
    table = table_take(arena, n_row, n_column);
    n_row = 0;
    for (int s = 0; table.cell && s < n_section; n_row += section[s++].n)
        for (int col = 0; col < n_column; col++)
            fill_column(&table, n_row, col, &section[s], &column[col], arena);
    for (int col = 0; table.head && col < n_column; col++)
        table.head[col] = column[col].head;
    return table;
}

/* The metric's name with blanks, so that a heading can break. */
static const char *heading(enum metric metric, struct arena *arena)
{
    char *name = arena_text(arena, "%s", metric_table[metric].name);

    for (char *c = name; c && *c; c++)
        if (*c == '_')
            *c = ' ';
    return name;
}

struct table summary_table(const struct section *section, bool time, struct arena *arena)
{
    struct column column[3 + N_METRIC + 2] = {
        {"learner", learner, 0}, {"strategy", strategy, 0}, {"n", seeds, 0}};
    struct table table;
    int n = 3;

    for (int k = 0; k < N_METRIC; k++) {
        enum metric metric = (enum metric)k;
        bool shown = k < N_METRIC_OWN || k >= METRIC_PROBE_ACCURACY;

        if (shown && has_metric(section, metric))
            column[n++] = (struct column){heading(metric, arena), percent, metric};
    }
    column[n++] = (struct column){"peak MiB", peak, 0};
    if (time)
        column[n++] = (struct column){"train s", seconds, 0};
    table = build(section, 1, column, n, arena);
    table.n_name = 2;
    return table;
}

struct table summary_terminal(const struct grouping *grouping, struct arena *arena)
{
    static const struct column column[] = {
        {"stream", stream, 0},
        {"learner", learner, 0},
        {"strategy", strategy, 0},
        {"n", seeds, 0},
        {"accuracy %", percent, METRIC_ACCURACY},
        {"learning %", percent, METRIC_LEARNING_ACCURACY},
        {"forgetting %", percent, METRIC_FORGETTING},
        {"peak MiB", peak, 0},
        {"train s", seconds, 0},
    };
    struct table table = build(grouping->section, grouping->n, column,
                               sizeof column / sizeof column[0], arena);

    table.n_name = 3;
    return table;
}

/* ---------------------------------------------------------------- reasons */

static bool has_reason(const struct section *section, enum metric metric,
                       const char *reason)
{
    for (int i = 0; i < section->n; i++) {
        const char *own = section->group[i].reason[metric];

        if (own && strcmp(own, reason) == 0)
            return true;
    }
    return false;
}

static const char *names_with_reason(const struct section *section, const char *reason,
                                     struct arena *arena)
{
    const char *names = "";

    for (int k = 0; k < N_METRIC_OWN; k++)
        if (has_reason(section, (enum metric)k, reason))
            names = arena_text(arena, "%s%s%s", names, *names ? ", " : "",
                               metric_table[k].name);
    return arena_text(arena, "%s: n/a, %s", names, reason);
}

static bool contains(const char *const *list, const char *text)
{
    for (; *list; list++)
        if (strcmp(*list, text) == 0)
            return true;
    return false;
}

const char **summary_reasons(const struct section *section, struct arena *arena)
{
    size_t n_max = (size_t)section->n * N_METRIC_OWN + 1;
    const char **list = arena_take(arena, TAG_STATE, n_max, sizeof *list);
    int n = 0;

    for (int i = 0; list && i < section->n; i++) {
        for (int k = 0; k < N_METRIC_OWN; k++) {
            const char *reason = section->group[i].reason[k];

            if (reason && !contains(list, reason))
                list[n++] = reason;
        }
    }
    for (int i = 0; i < n; i++)
        list[i] = names_with_reason(section, list[i], arena);
    return list;
}

/* ---------------------------------------------------------------- summary.csv */

static void csv_statistics(struct csv *csv, const struct group *group, const char *figure,
                           const struct statistics *s)
{
    csv_text(csv, group->first->id.stream);
    csv_text(csv, group->first->id.dataset);
    csv_text(csv, group->first->id.scenario);
    csv_text(csv, group->first->id.learner);
    csv_text(csv, group->first->id.strategy);
    csv_integer(csv, group->n_cell);
    csv_text(csv, figure);
    csv_integer(csv, s->n);
    csv_number(csv, s->mean);
    csv_number(csv, s->std);
    csv_number(csv, s->error);
    csv_number(csv, s->mean - s->margin);
    csv_number(csv, s->mean + s->margin);
    csv_text(csv, group->label);
    csv_end(csv);
}

void summary_csv(const struct grouping *grouping, FILE *out)
{
    struct csv csv = {.out = out};

    fputs(
        "stream,dataset,scenario,learner,strategy,cells,figure,n,mean,std,standard_error,"
        "low_95,high_95,label\n",
        out);
    for (int s = 0; s < grouping->n; s++) {
        for (int i = 0; i < grouping->section[s].n; i++) {
            const struct group *group = &grouping->section[s].group[i];

            for (int k = 0; k < N_METRIC; k++)
                csv_statistics(&csv, group, metric_table[k].name, &group->mean[k]);
            csv_statistics(&csv, group, "peak_bytes", &group->peak);
        }
    }
}
