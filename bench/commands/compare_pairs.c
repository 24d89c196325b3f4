#include "bench/commands/compare_pairs.h"

#include <math.h>
#include <string.h>

#include "bench/plan/settings_diff.h"
#include "core/base/suggest.h"

/* ---------------------------------------------------------------- one pair */

/* b's metric for the seed; NAN if b does not have it. */
static double value_of(const struct group *b, const char *seed, enum metric metric)
{
    for (int k = 0; k < b->n; k++)
        if (strcmp(b->ok[k]->id.seed, seed) == 0)
            return b->metric[k].value[metric];
    return NAN;
}

/* Compares the metric over the seeds of a; NAN stands for a seed that b does not have.
 * Pairs of one stream seed are averaged (results/stats/draws.h). */
static void compare_groups(struct pair *pair, double margin, struct arena *arena)
{
    const struct group *a = pair->a;
    double *x = arena_take(arena, TAG_STATE, (size_t)a->n + 1, sizeof *x);
    double *y = arena_take(arena, TAG_STATE, (size_t)a->n + 1, sizeof *y);
    int n = x && y ? a->n : 0;

    for (int i = 0; i < n; i++) {
        x[i] = a->metric[i].value[pair->metric];
        y[i] = value_of(pair->b, a->ok[i]->id.seed, pair->metric);
        if (isnan(y[i]) || isnan(x[i]))
            x[i] = y[i] = NAN;
    }
    if (n > 0) {
        draws_average(&a->draws, x);
        n = draws_average(&a->draws, y);
    }
    pair->paired = paired_compare(x, y, n);
    pair->p_equivalent = margin > 0 ? paired_equivalence(x, y, n, margin) : NAN;
    pair->bound[0] = pair->bound[1] = NAN;
    if (pair->curve)
        curve_bound(pair->curve, a, pair->metric, pair->bound, arena);
}

/* A curve that misses A with every seed is told, too. */
static void add(struct pairs *pairs, const struct pair *pair)
{
    for (int i = 0; i < pairs->n_metric; i++) {
        struct pair one = *pair;

        one.metric = pairs->metric[i];
        compare_groups(&one, pairs->margin, pairs->arena);
        if (one.paired.difference.n == 0 && !(one.curve && one.curve->group.n > 0))
            continue;
        if (pairs->pair)
            pairs->pair[pairs->n] = one;
        pairs->n++;
    }
}

/* ---------------------------------------------------------------- by name */

/* What of a group's learner and strategy a name leaves open: "backprop" leaves the
 * strategy, "replay" the learner, "backprop/replay" (or "backprop + replay", as tables
 * write it) nothing: "". Titles are names too. NULL if the name is not that of the group. */
static const char *rest_of(const struct group *group, const char *name)
{
    const char *learner = group->first->id.learner, *strategy = group->first->id.strategy;
    size_t n = strlen(learner);

    if (strcmp(name, learner) == 0 || strcmp(name, group->learner) == 0)
        return strategy;
    if (strcmp(name, strategy) == 0 || strcmp(name, group->strategy) == 0)
        return learner;
    if (strncmp(name, learner, n) == 0 && name[n] == '/' &&
        strcmp(name + n + 1, strategy) == 0)
        return "";
    return strcmp(name, group->name) == 0 || strcmp(name, group->label) == 0 ? "" : NULL;
}

/* A group, paired with those called b that are otherwise the same. */
static void add_others(struct pairs *pairs, const struct section *section,
                       const struct group *own, const char *rest, const char *b)
{
    for (int k = 0; k < section->n; k++) {
        const struct group *other = &section->group[k];
        const char *rest_other = rest_of(other, b);

        if (rest_other && own != other && strcmp(rest, rest_other) == 0)
            add(pairs, &(struct pair){.section = section,
                                      .a = own,
                                      .b = other,
                                      .name_a = own->name,
                                      .name_b = other->name});
    }
}

/* A curve of another strategy is only for a group that is named in full. */
static enum status add_curve(struct pairs *pairs, const struct section *section,
                             const struct group *own, const char *rest, const char *name,
                             struct error *err)
{
    const char *strategy = curve_strategy(name);
    struct curve *curve;

    if (own->n == 0 ||
        (*rest && strategy && strcmp(strategy, own->first->id.strategy) != 0))
        return OK;
    if (curve_read(&curve, name, section, own, pairs->arena, err) == OK)
        add(pairs, &(struct pair){.section = section,
                                  .a = own,
                                  .b = &curve->group,
                                  .name_a = own->name,
                                  .name_b = name,
                                  .curve = curve});
    return err->status;
}

enum status pairs_of_section(struct pairs *pairs, const struct section *section,
                             const char *a, const char *b, struct error *err)
{
    if (curve_is(a) && !curve_is(b))
        return error_set(err, ERR_USAGE,
                         "'%s' is what others are compared with: name it last", a);
    for (int i = 0; i < section->n; i++) {
        const struct group *own = &section->group[i];
        const char *rest = rest_of(own, a);

        if (rest && !curve_is(b))
            add_others(pairs, section, own, rest, b);
        else if (rest && add_curve(pairs, section, own, rest, b, err) != OK)
            return err->status;
    }
    return OK;
}

enum status pairs_by_name(struct pairs *pairs, const struct grouping *grouping,
                          char **name, int n_name, struct error *err)
{
    pairs->n = 0;
    for (int s = 0; s < grouping->n; s++)
        for (int i = 0; i < n_name; i++)
            for (int k = i + 1; k < n_name; k++)
                if (pairs_of_section(pairs, &grouping->section[s], name[i], name[k],
                                     err) != OK)
                    return err->status;
    return OK;
}

/* ---------------------------------------------------------------- names not there */

enum { N_LISTED = 250 }; /* characters of a list of names */

static bool exists(const struct grouping *grouping, const char *name)
{
    for (int s = 0; s < grouping->n; s++)
        for (int i = 0; i < grouping->section[s].n; i++)
            if (rest_of(&grouping->section[s].group[i], name))
                return true;
    return false;
}

/* The ids at this offset of struct outcome, each once; how many there are. */
static int ids_of(const struct grouping *grouping, size_t offset, const char **id)
{
    int n = 0;

    for (int s = 0; s < grouping->n; s++)
        for (int i = 0; i < grouping->section[s].n; i++) {
            int k = 0;

            id[n] = (const char *)grouping->section[s].group[i].first + offset;
            while (strcmp(id[k], id[n]) != 0)
                k++;
            n += k == n;
        }
    return n;
}

static const char *list_of(const char *const *id, int n, struct arena *arena)
{
    const char *list = n > 0 ? id[0] : "";

    for (int i = 1; i < n; i++) {
        if (strlen(list) > N_LISTED)
            return arena_text(arena, "%s, ...", list);
        list = arena_text(arena, "%s, %s", list, id[i]);
    }
    return list;
}

enum status pairs_missing(const struct grouping *grouping, const char *name,
                          struct arena *arena, struct error *err)
{
    size_t n_group = 0;
    const char **id, *near, *others;
    char hint[SUGGEST_TEXT];
    int n_learner, n_strategy;

    if (curve_is(name) || exists(grouping, name))
        return OK;
    for (int s = 0; s < grouping->n; s++)
        n_group += (size_t)grouping->section[s].n;
    id = arena_take(arena, TAG_STATE, 2 * n_group + 1, sizeof *id);
    if (!id)
        return arena_check(arena, err);
    n_learner = ids_of(grouping, offsetof(struct outcome, id.learner), id);
    n_strategy = ids_of(grouping, offsetof(struct outcome, id.strategy), id + n_learner);
    near = suggest(name, id, (size_t)(n_learner + n_strategy));
    others = arena_text(
        arena, "; a name is a learner (%s), a strategy (%s) or learner/strategy",
        list_of(id, n_learner, arena), list_of(id + n_learner, n_strategy, arena));
    return error_set(err, ERR_RESULT, "the results hold no '%s'%s", name,
                     suggest_text(near, others, hint));
}

/* ---------------------------------------------------------------- of two folders */

/* Cells of one seed are a pair only if they saw the same data. Cells whose settings are
 * not known are not checked. */
static enum status check_streams(const struct group *a, const struct group *b,
                                 const char *const path[2], struct error *err)
{
    for (int i = 0; i < a->n; i++)
        for (int k = 0; k < b->n; k++) {
            const struct outcome *one = a->ok[i], *other = b->ok[k];
            char keys[256] = "";

            if (strcmp(one->id.seed, other->id.seed) == 0 && one->context.settings &&
                other->context.settings)
                settings_diff(one->context.settings, other->context.settings, "stream",
                              keys, sizeof keys);
            if (*keys)
                return error_set(err, ERR_RESULT,
                                 "cell '%s' of %s and of %s saw different data (%s), so "
                                 "they are no pair; compare runs of the same stream",
                                 one->id.cell, path[0], path[1], keys);
        }
    return OK;
}

static enum status add_sections(struct pairs *pairs, const struct section *a,
                                const struct section *b, const char *const path[2],
                                struct error *err)
{
    for (int i = 0; i < a->n; i++)
        for (int k = 0; k < b->n; k++) {
            const char *label = a->group[i].label;

            if (strcmp(label, b->group[k].label) != 0)
                continue;
            if (check_streams(&a->group[i], &b->group[k], path, err) != OK)
                return err->status;
            add(pairs, &(struct pair){
                           .section = a,
                           .a = &a->group[i],
                           .b = &b->group[k],
                           .name_a = arena_text(pairs->arena, "%s: %s", path[0], label),
                           .name_b = path[1]});
        }
    return OK;
}

enum status pairs_of_folders(struct pairs *pairs, const struct grouping grouping[2],
                             const char *const path[2], struct error *err)
{
    pairs->n = 0;
    for (int s = 0; s < grouping[0].n; s++)
        for (int t = 0; t < grouping[1].n; t++) {
            const struct section *a = &grouping[0].section[s];
            const struct section *b = &grouping[1].section[t];

            if (strcmp(a->name, b->name) == 0 &&
                add_sections(pairs, a, b, path, err) != OK)
                return err->status;
        }
    return OK;
}
