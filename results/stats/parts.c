#include "results/stats/parts.h"

#include <stdlib.h>
#include <string.h>

#include "results/stats/lines.h"

static bool take(struct section *part, const struct section *section, const bool *keep,
                 const char *name, struct arena *arena)
{
    struct error err = {0};
    size_t n = 0;

    *part = *section;
    part->n = 0;
    part->name = arena_text(arena, "%s-%s", section->name, name);
    part->title = arena_text(arena, "%s, %s", section->title, name);
    for (int i = 0; i < section->n; i++)
        n += keep[i];
    part->group = arena_take(arena, TAG_STATE, n, sizeof *part->group);
    for (int i = 0; part->group && i < section->n; i++)
        if (keep[i])
            part->group[part->n++] = section->group[i];
    return part->group && lines_choose(part, arena, &err) == OK;
}

bool part_of_strategy(struct section *part, const struct section *section,
                      const char *strategy, struct arena *arena)
{
    bool *keep = arena_take(arena, TAG_SCRATCH, (size_t)section->n, sizeof *keep);

    for (int i = 0; keep && i < section->n; i++)
        keep[i] = strcmp(section->group[i].first->id.strategy, strategy) == 0;
    if (!keep || !take(part, section, keep, strategy, arena))
        return false;
    for (int i = 0; i < part->n; i++)
        part->group[i].label = part->group[i].learner;
    return true;
}

struct scored {
    int group;
    double accuracy;
};

/* The best first; of equals the first of the section. */
static int by_accuracy(const void *a, const void *b)
{
    const struct scored *x = a, *y = b;

    if (x->accuracy < y->accuracy || x->accuracy > y->accuracy)
        return x->accuracy < y->accuracy ? 1 : -1;
    return (x->group > y->group) - (x->group < y->group);
}

bool part_of_extremes(struct section *part, const struct section *section, int n,
                      struct arena *arena)
{
    size_t room = (size_t)section->n;
    bool *keep = arena_take(arena, TAG_SCRATCH, room, sizeof *keep);
    struct scored *scored = arena_take(arena, TAG_SCRATCH, room, sizeof *scored);
    int known = 0;

    if (!keep || !scored)
        return false;
    for (int i = 0; i < section->n; i++)
        if (section->group[i].mean[METRIC_ACCURACY].n > 0)
            scored[known++] =
                (struct scored){i, section->group[i].mean[METRIC_ACCURACY].mean};
    qsort(scored, (size_t)known, sizeof *scored, by_accuracy);
    for (int i = 0; i < known; i++)
        keep[scored[i].group] = i < n || i >= known - n;
    return take(part, section, keep, "extremes", arena);
}

/* The different ids of the section's groups, of learners or of strategies, in their order;
 * how many. */
static const char **ids_of(const struct section *section, bool learner, int *n,
                           struct arena *arena)
{
    const char **list = arena_take(arena, TAG_STATE, (size_t)section->n, sizeof *list);
    int k;

    *n = 0;
    for (int i = 0; list && i < section->n; i++) {
        const struct outcome_id *id = &section->group[i].first->id;
        const char *own = learner ? id->learner : id->strategy;

        for (k = 0; k < *n && strcmp(list[k], own) != 0; k++)
            ;
        if (k == *n)
            list[(*n)++] = own;
    }
    return list;
}

enum { EACH_MOST = 144 }; /* groups, also where learners and strategies are few */

static bool fits(const struct section *section, int most, bool each, struct arena *arena)
{
    int n_learner, n_strategy;

    if (section->n <= most || !each || section->n > EACH_MOST)
        return section->n <= most;
    ids_of(section, true, &n_learner, arena);
    ids_of(section, false, &n_strategy, arena);
    return n_learner <= most && n_strategy <= most;
}

static bool add_part(struct parts *parts, const struct section *section, int most,
                     struct arena *arena)
{
    struct section *few;

    parts->part[parts->n] = section;
    parts->whole[parts->n++] = section->n;
    if (section->n <= most)
        return true;
    few = arena_take(arena, TAG_STATE, 1, sizeof *few);
    parts->part[parts->n - 1] = few;
    return few && part_of_extremes(few, section, most / 2, arena);
}

bool parts_of(struct parts *parts, const struct section *section, int most, bool each,
              struct arena *arena)
{
    const char **strategy;
    int n;

    *parts = (struct parts){.n = 0};
    if (fits(section, most, each, arena))
        return add_part(parts, section, section->n, arena);
    strategy = ids_of(section, false, &n, arena);
    if (n == 1 || n > PARTS_MOST)
        return add_part(parts, section, most, arena);
    for (int i = 0; i < n; i++) {
        struct section *part = arena_take(arena, TAG_STATE, 1, sizeof *part);

        if (!part || !part_of_strategy(part, section, strategy[i], arena) ||
            !add_part(parts, part, most, arena))
            return false;
    }
    return n > 0;
}
