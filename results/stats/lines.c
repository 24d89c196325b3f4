#include "results/stats/lines.h"

#include <stddef.h>
#include <string.h>

#include "core/base/buckets.h"
#include "core/base/fnv.h"

/* Colours of style.gp. */
enum { N_HUE = 7 };

/* Of a group: the id at this offset of struct outcome. */
static const char *id(const struct section *section, int i, size_t offset)
{
    return (const char *)section->group[i].first + offset;
}

/* Which of the different ids each group's own is, from 1; how many there are. */
static int rank(const struct section *section, size_t offset, struct buckets *known,
                int *rank)
{
    int n = 0;

    for (int i = 0; i < section->n; i++) {
        const char *own = id(section, i, offset);
        uint64_t hash = fnv_text(fnv_of_nothing, own);
        int k = buckets_first(known, hash);

        while (k >= 0 && strcmp(id(section, k, offset), own) != 0)
            k = buckets_next(known, k);
        if (k < 0)
            buckets_add(known, hash, i);
        rank[i] = k < 0 ? ++n : rank[k];
    }
    return n;
}

static int rank_all(const struct section *section, size_t offset, int *ranks,
                    struct error *err)
{
    struct buckets known = {0};
    int n = 0;

    if (buckets_open(&known, (size_t)section->n, err) == OK)
        n = rank(section, offset, &known, ranks);
    buckets_close(&known);
    return n;
}

enum status lines_choose(struct section *section, struct arena *arena, struct error *err)
{
    size_t n = (size_t)section->n, mark = arena_mark(arena);
    int *learner = arena_take(arena, TAG_SCRATCH, n, sizeof *learner);
    int *strategy = arena_take(arena, TAG_SCRATCH, n, sizeof *strategy);
    int n_learner, n_strategy;

    if (arena_check(arena, err) != OK)
        return err->status;
    n_learner = rank_all(section, offsetof(struct outcome, id.learner), learner, err);
    n_strategy = rank_all(section, offsetof(struct outcome, id.strategy), strategy, err);
    for (int i = 0; i < section->n; i++) {
        struct group *group = &section->group[i];

        group->hue = n_learner == 1 ? strategy[i] : learner[i];
        group->dash = n_learner == 1 ? strategy[i]
                      : n_strategy == 1
                          ? learner[i]
                          : strategy[i] + (learner[i] - 1) / N_HUE * n_strategy;
    }
    arena_release(arena, mark);
    return err->status;
}
