#include "results/report/summary.h"

#include <math.h>
#include <string.h>

#include "results/report/remark.h"
#include "results/stats/paired.h"

/* Of what two digits show as 0. */
static double without_sign_of_zero(double percent)
{
    return fabs(percent) < 0.005 ? 0 : percent;
}

const char *summary_percent(const struct statistics *s, int n_cell, struct arena *arena)
{
    const char *spread, *count;

    if (s->n == 0)
        return "n/a";
    spread = s->n > 1 ? arena_text(arena, " ± %.2f", 100 * s->std) : "";
    count = s->n < n_cell ? arena_text(arena, " (n = %d)", s->n) : "";
    return arena_text(arena, "%.2f%s%s", without_sign_of_zero(100 * s->mean), spread,
                      count);
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

static const double significant = 0.05;

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

/* The first competitor of that score; NULL = there is none. */
static const struct group *group_of_score(const struct section *section,
                                          enum metric metric, double best)
{
    for (int i = 0; i < section->n; i++)
        if (competes(&section->group[i], metric) &&
            score(&section->group[i], metric) >= best)
            return &section->group[i];
    return NULL;
}

/* Of the cell with the same seed; NAN = there is none. */
static double value_with_seed(const struct group *group, const char *seed,
                              enum metric metric)
{
    for (int k = 0; k < group->n; k++)
        if (strcmp(group->ok[k]->id.seed, seed) == 0)
            return group->metric[k].value[metric];
    return NAN;
}

/* Whether the paired test over seeds could tell the group from the best one at 5 %, which
 * takes six pairs, and does not. */
static bool is_near(const struct group *group, const struct group *best,
                    enum metric metric, struct arena *arena)
{
    size_t n = (size_t)best->n;
    double *a = arena_take(arena, TAG_SCRATCH, n, sizeof *a);
    double *b = arena_take(arena, TAG_SCRATCH, n, sizeof *b);
    struct paired paired;

    if (!a || !b)
        return false;
    for (int k = 0; k < best->n; k++) {
        a[k] = best->metric[k].value[metric];
        b[k] = value_with_seed(group, best->ok[k]->id.seed, metric);
    }
    draws_average(&best->draws, a);
    draws_average(&best->draws, b);
    paired = paired_compare(a, b, best->draws.n);
    return paired.p_least < significant && paired.p >= significant;
}

/* One column of the rows of a section, which begin at `first`. */
static void fill_column(const struct table *table, int first, int col,
                        const struct section *section, const struct column *column,
                        struct arena *arena)
{
    double best = best_score(section, column->metric);
    const struct group *winner = group_of_score(section, column->metric, best);

    for (int i = 0; i < section->n; i++) {
        const struct group *group = &section->group[i];

        *table_at(table, first + i, col) = (struct table_cell){
            .text = column->text(group, column->metric, arena),
            .strong = column->text == percent && competes(group, column->metric) &&
                      score(group, column->metric) >= best,
            .weak = !remark_learnt(group),
            .near = column->text == percent && competes(group, column->metric) &&
                    winner && score(group, column->metric) < best &&
                    is_near(group, winner, column->metric, arena),
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

struct table summary_table(const struct section *section, const struct style *style,
                           bool time, struct arena *arena)
{
    struct column column[3 + N_METRIC + 2] = {
        {"learner", learner, 0}, {"strategy", strategy, 0}, {"n", seeds, 0}};
    struct table table;
    int n = 3;

    for (int k = 0; k < N_METRIC; k++) {
        enum metric metric = (enum metric)k;
        bool shown = k < N_METRIC_OWN || k >= METRIC_PROBE_ACCURACY;

        if ((shown || style->columns[0]) && has_metric(section, metric) &&
            style_has_column(style, metric_table[k].name))
            column[n++] = (struct column){heading(metric, arena), percent, metric};
    }
    if (style_has_column(style, "peak_bytes"))
        column[n++] = (struct column){"peak MiB", peak, 0};
    if (time && style_has_column(style, "train_seconds"))
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
