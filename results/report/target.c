#include "results/report/target.h"

#include <math.h>
#include <string.h>

#include "results/report/summary.h"

static bool fits(const char *wanted, const char *name)
{
    return wanted[0] == '\0' || strcmp(wanted, name) == 0;
}

static bool matches(const struct target *target, const struct outcome *o)
{
    return fits(target->stream, o->id.stream) && fits(target->scenario, o->id.scenario) &&
           fits(target->learner, o->id.learner) && fits(target->strategy, o->id.strategy);
}

/* The seeds of ours are taken to vary as the published ones do. Their own spread must not
 * enter: a bug that makes runs noisy would widen the gate that is to find it. */
static double allowed(const struct target *target, const struct statistics *ours)
{
    double published = target->std / sqrt(target->n > 0 ? target->n : 1);
    double error = target->std / sqrt(ours->n);

    if (target->margin > 0)
        return target->margin;
    return fmax(3 * hypot(published, error) + 0.0005, 0.003);
}

static struct comparison compare(const struct target *target, const struct group *group)
{
    struct comparison c = {.target = target, .group = group, .published_margin = NAN};

    if (target->n > 1 && target->std > 0)
        c.published_margin =
            student_quantile(0.975, target->n - 1) * target->std / sqrt(target->n);
    c.difference = c.allowed = NAN;
    if (!group || group->mean[target->metric].n == 0)
        return c;
    c.ours = group->mean[target->metric];
    c.difference = c.ours.mean - target->value;
    c.allowed = allowed(target, &c.ours);
    c.inside = fabs(c.difference) <= c.allowed;
    return c;
}

/* Writes the comparisons of one target, or only counts them where c is NULL. */
static int compare_all(const struct target *target, const struct grouping *grouping,
                       struct comparison *c)
{
    int n = 0;

    for (int s = 0; s < grouping->n; s++) {
        for (int i = 0; i < grouping->section[s].n; i++) {
            const struct group *group = &grouping->section[s].group[i];

            if (!matches(target, group->first))
                continue;
            if (c)
                c[n] = compare(target, group);
            n++;
        }
    }
    if (n > 0)
        return n;
    if (c)
        c[0] = compare(target, NULL);
    return 1;
}

struct comparison *targets_compare(const struct target *target, int n_target,
                                   const struct grouping *grouping, int *n,
                                   struct arena *arena)
{
    struct comparison *c;

    *n = 0;
    for (int t = 0; t < n_target; t++)
        *n += compare_all(&target[t], grouping, NULL);
    c = arena_take(arena, TAG_STATE, (size_t)*n, sizeof *c);
    if (!c)
        return NULL;
    *n = 0;
    for (int t = 0; t < n_target; t++)
        *n += compare_all(&target[t], grouping, &c[*n]);
    return c;
}

/* ---------------------------------------------------------------- as a table */

static const char *where(const struct comparison *c, struct arena *arena)
{
    const struct target *t = c->target;

    if (c->group)
        return arena_text(arena, "%s.%s, %s", c->group->first->id.stream,
                          c->group->first->id.scenario, c->group->label);
    return arena_text(arena, "%s.%s, %s + %s", t->stream[0] ? t->stream : "*",
                      t->scenario[0] ? t->scenario : "*",
                      t->learner[0] ? t->learner : "*",
                      t->strategy[0] ? t->strategy : "*");
}

static const char *published(const struct target *t, struct arena *arena)
{
    const char *spread = t->std > 0 ? arena_text(arena, " ± %.2f", 100 * t->std) : "";
    const char *count = t->n > 0 ? arena_text(arena, " (n = %d)", t->n) : "";

    return arena_text(arena, "%.2f%s%s", 100 * t->value, spread, count);
}

static const char *ours(const struct comparison *c, struct arena *arena)
{
    const char *spread =
        c->ours.n > 1 ? arena_text(arena, " ± %.2f", 100 * c->ours.std) : "";

    if (c->ours.n == 0)
        return "n/a";
    return arena_text(arena, "%.2f%s (n = %d)", 100 * c->ours.mean, spread, c->ours.n);
}

static const char *interval(double mean, double margin, struct arena *arena)
{
    if (isnan(margin))
        return "unknown";
    return arena_text(arena, "%.2f to %.2f", 100 * (mean - margin),
                      100 * (mean + margin));
}

static const char *verdict(const struct comparison *c)
{
    if (!c->group)
        return "no cells match";
    if (c->ours.n == 0)
        return c->group->reason[c->target->metric];
    return c->inside ? "inside" : "outside";
}

static void fill_row(const struct comparison *c, struct table_cell *cell,
                     struct arena *arena)
{
    bool compared = c->ours.n > 0;

    cell[0].text = where(c, arena);
    cell[1].text = metric_table[c->target->metric].name;
    cell[2].text = published(c->target, arena);
    cell[3].text = ours(c, arena);
    cell[4].text = compared ? arena_text(arena, "%+.2f", 100 * c->difference) : "n/a";
    cell[5].text = compared ? arena_text(arena, "± %.2f", 100 * c->allowed) : "n/a";
    cell[6] = (struct table_cell){verdict(c), compared && !c->inside};
    cell[7].text = interval(c->target->value, c->published_margin, arena);
    cell[8].text = compared ? interval(c->ours.mean, c->ours.margin, arena) : "n/a";
    cell[9].text = c->target->source;
}

bool targets_met(const struct comparison *comparison, int n)
{
    for (int i = 0; i < n; i++)
        if (!comparison[i].inside)
            return false;
    return n > 0;
}

const char *target_kind(const struct comparison *comparison, int n)
{
    for (int i = 0; i < n; i++)
        if (!comparison[i].target->published)
            return "reference";
    return "published";
}

struct table target_table(const struct comparison *comparison, int n, struct arena *arena)
{
    const char *kind = target_kind(comparison, n);
    const char *const head[] = {
        "cells",
        "metric",
        kind,
        "ours",
        "difference",
        "allowed",
        "verdict",
        arena_text(arena, "95 %% interval %s", kind),
        "95 % interval ours",
        "source",
    };
    struct table table = table_take(arena, n, sizeof head / sizeof head[0]);

    table.n_name = 2;
    for (int i = 0; table.cell && i < n; i++)
        fill_row(&comparison[i], table_at(&table, i, 0), arena);
    for (int col = 0; table.head && col < table.n_col; col++)
        table.head[col] = head[col];
    return table;
}
