#include "results/stats/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct cost {
    const char *name;
    size_t offset; /* of its statistics in a group */
} costs[] = {
    {"peak_bytes", offsetof(struct group, peak)},
    {"train_seconds", offsetof(struct group, seconds)},
    {"train_flops", offsetof(struct group, flops)},
};

enum { N_COST = sizeof costs / sizeof *costs };

struct place { /* of a group */
    struct group group;
    double value; /* less comes first; INFINITY = none */
    const char *text;
    int i; /* as it was */
};

static const char *text_of(const struct group *group, const char *key)
{
    if (strcmp(key, "learner") == 0)
        return group->learner;
    return strcmp(key, "strategy") == 0 ? group->strategy : "";
}

static double value_of(const struct group *group, const char *key)
{
    for (int k = 0; k < N_METRIC; k++)
        if (strcmp(metric_table[k].name, key) == 0)
            return strstr(key, "forgetting") ? group->mean[k].mean : -group->mean[k].mean;
    for (int k = 0; k < N_COST; k++)
        if (strcmp(costs[k].name, key) == 0)
            return ((const struct statistics *)((const char *)group + costs[k].offset))
                ->mean;
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = strcmp(x->text, y->text);

    if (x->value < y->value || x->value > y->value)
        return x->value < y->value ? -1 : 1;
    return order ? order : x->i - y->i;
}

static void sort(struct section *section, const char *key, struct place *place)
{
    for (int i = 0; i < section->n; i++) {
        const struct group *group = &section->group[i];
        double value = value_of(group, key);

        place[i] = (struct place){*group, isnan(value) ? INFINITY : value,
                                  text_of(group, key), i};
    }
    qsort(place, (size_t)section->n, sizeof *place, by_place);
    for (int i = 0; i < section->n; i++)
        section->group[i] = place[i].group;
}

enum status order_groups(struct grouping *grouping, const char *key, struct arena *arena,
                         struct error *err)
{
    size_t mark = arena_mark(arena);

    for (int s = 0; key && s < grouping->n; s++) {
        struct section *section = &grouping->section[s];
        struct place *place =
            arena_take(arena, TAG_SCRATCH, (size_t)section->n, sizeof *place);

        if (arena_check(arena, err) != OK)
            return err->status;
        sort(section, key, place);
        arena_release(arena, mark);
    }
    return OK;
}

enum status order_check(const char *key, struct error *err)
{
    bool known = strcmp(key, "learner") == 0 || strcmp(key, "strategy") == 0;

    for (int k = 0; k < N_METRIC; k++)
        known |= strcmp(metric_table[k].name, key) == 0;
    for (int k = 0; k < N_COST; k++)
        known |= strcmp(costs[k].name, key) == 0;
    if (known)
        return OK;
    return error_set(err, ERR_USAGE,
                     "'%s' is nothing to sort by; there are learner, strategy, "
                     "peak_bytes, train_seconds, train_flops, and the metrics of 'bench "
                     "explain'",
                     key);
}
