#include "results/report/headline.h"

#include <math.h>

#include "results/report/remark.h"

enum { N_INTERVAL = 3 }; /* seeds from which on an interval is told */

static const struct statistics *accuracy(const struct group *group)
{
    return &group->mean[METRIC_ACCURACY];
}

/* The most accurate group but one; NULL = there is none. */
static const struct group *best(const struct section *section, bool pooled,
                                const struct group *but)
{
    const struct group *found = NULL;

    for (int i = 0; i < section->n; i++) {
        const struct group *group = &section->group[i];

        if (group == but || group->first->tests.pooled != pooled ||
            accuracy(group)->n == 0 || (!pooled && !remark_learnt(group)))
            continue;
        if (!found || accuracy(group)->mean > accuracy(found)->mean)
            found = group;
    }
    return found;
}

static const char *forgetting_text(const struct group *group, struct arena *arena)
{
    const struct statistics *s = &group->mean[METRIC_FORGETTING];

    if (s->n == 0)
        return "";
    if (s->mean < 0)
        return arena_text(arena, ", and gains %.2f points on the tasks learnt before",
                          -100 * s->mean);
    return arena_text(arena, ", and forgets %.2f points", 100 * s->mean);
}

static const char *second_text(const struct group *first, const struct group *second,
                               struct arena *arena)
{
    const struct statistics *a = accuracy(first), *b = second ? accuracy(second) : NULL;
    const char *overlap = "";

    if (!b)
        return "";
    if (a->n < N_INTERVAL || b->n < N_INTERVAL)
        overlap = " (too few seeds for intervals)";
    else if (a->mean - a->margin <= b->mean + b->margin)
        overlap = " (the 95 % intervals of the two overlap)";
    return arena_text(arena, "; the next is %s with %.2f %%%s", second->label,
                      100 * b->mean, overlap);
}

static const char *joint_text(const struct section *section, struct arena *arena)
{
    const struct group *joint = best(section, true, NULL);

    if (!joint)
        return "";
    return arena_text(arena, " Joint training reaches %.2f %% (%s).",
                      100 * accuracy(joint)->mean, joint->label);
}

/* Whether nothing else can be compared with it. */
static bool is_alone(const struct section *section, const struct group *group)
{
    for (int i = 0; i < section->n; i++)
        if (&section->group[i] != group && !section->group[i].first->tests.pooled)
            return false;
    return true;
}

const char *headline(const struct section *section, struct arena *arena)
{
    const struct group *first = best(section, false, NULL);
    const char *joint = joint_text(section, arena);

    if (!first)
        return arena_text(arena,
                          "On %s, nothing learnt its tasks clearly better than by "
                          "guessing.%s",
                          section->title, joint);
    return arena_text(
        arena, "On %s, %s %s %.2f %% (n = %d)%s%s.%s", section->title, first->label,
        is_alone(section, first) ? "reaches an average accuracy of"
                                 : "has the highest average accuracy,",
        100 * accuracy(first)->mean, accuracy(first)->n, forgetting_text(first, arena),
        second_text(first, best(section, false, first), arena), joint);
}
