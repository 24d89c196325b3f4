/* Whether the cells of a plan are sound, with the place of what is not. */
#include <stdlib.h>
#include <string.h>

#include "bench/plan/compatibility.h"
#include "bench/plan/plan_parts.h"
#include "bench/suite/options.h"
#include "core/base/suggest.h"
#include "results/data/outcome.h"
#include "results/report/report.h"

enum { ID_MOST = sizeof(((struct outcome *)0)->id.cell) - 1 }; /* characters */

/* Only the id of a candidate can be too long: the length of labels is limited. */
enum status plan_check_id(const struct unfolding *u, const struct cell *cell)
{
    const struct origin *origin = &u->origin[cell - u->plan->cell];

    if (strlen(cell->id) <= ID_MOST)
        return OK;
    return diagnostic_at(
        u->err, origin->learner->place,
        "the id of the candidate '%s' would have more than %d characters; "
        "tune fewer options at once, or give the entries shorter ids",
        cell->tuned, ID_MOST);
}

static bool names(const char *text, const char *option)
{
    const char *at = strstr(text, option);

    return at && at[strlen(option)] == ':' && (at == text || at[-1] == ' ');
}

/* The option of the entry that the text names ("tasks: ...", "write pad: 32"), else its
 * net or data set. */
static struct place place_named(const struct entry *entry, const char *text)
{
    const struct options *all[] = {&entry->own, &entry->setup};
    struct place at = entry->place;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        for (int k = 0; k < all[i]->n; k++) {
            const struct option *option = &all[i]->option[k];

            if (names(text, option->row->name))
                return option->place;
            if (strcmp(option->row->name, "net") == 0 ||
                strcmp(option->row->name, "dataset") == 0)
                at = option->place;
        }
    return at;
}

static const struct entry *entry_to_change(const struct unfolding *u,
                                           const struct cell *cell,
                                           struct conflict conflict)
{
    const struct origin *origin = &u->origin[cell - u->plan->cell];

    return conflict.entry == CONFLICT_STREAM    ? origin->stream
           : conflict.entry == CONFLICT_LEARNER ? origin->learner
                                                : origin->strategy;
}

enum status plan_check_settings(struct unfolding *u, const struct cell *cell)
{
    struct conflict conflict = compatibility_boundaries(cell, u->arena);

    if (!conflict.why)
        conflict = compatibility_visits(cell, u->arena);
    if (!conflict.why)
        conflict = compatibility_augment(cell, u->arena);
    if (!conflict.why)
        return OK;
    return diagnostic_at(u->err, entry_to_change(u, cell, conflict)->place, "%s",
                         conflict.why);
}

/* The cells of one stream and learner follow each other, so that one check is enough. */
enum status plan_check_images(struct unfolding *u, const struct cell *cell)
{
    struct conflict conflict;

    if (u->accepted.stream == cell->stream_options &&
        u->accepted.learner == cell->learner_options)
        return OK;
    conflict = compatibility_images(cell, u->arena);
    if (conflict.why)
        return diagnostic_at(
            u->err, place_named(entry_to_change(u, cell, conflict), conflict.why), "%s",
            conflict.why);
    u->accepted.stream = cell->stream_options;
    u->accepted.learner = cell->learner_options;
    return OK;
}

static int by_id(const void *a, const void *b)
{
    const struct cell *const *first = a, *const *second = b;

    return strcmp((*first)->id, (*second)->id);
}

static int by_fingerprint(const void *a, const void *b)
{
    const struct cell *const *first = a, *const *second = b;

    return strcmp((*first)->fingerprint, (*second)->fingerprint);
}

/* The later of the two entries that the cells come from. */
static struct place later_entry(const struct unfolding *u, const struct cell *first,
                                const struct cell *second)
{
    const struct origin *a = &u->origin[first - u->plan->cell];
    const struct origin *b = &u->origin[second - u->plan->cell];

    if (a->learner != b->learner)
        return b->learner->place;
    return a->strategy != b->strategy ? b->strategy->place : b->stream->place;
}

/* Sorts the cells and finds two that are equal; false if there are none. */
static bool find_equal(const struct cell **cell, int n,
                       int (*compare)(const void *, const void *),
                       const struct cell **first, const struct cell **second)
{
    if (n > 0) /* an empty list has no place in memory */
        qsort(cell, (size_t)n, sizeof *cell, compare);
    for (int i = 1; i < n; i++) {
        if (compare(&cell[i - 1], &cell[i]) == 0) {
            bool ordered = cell[i - 1] < cell[i];

            *first = cell[ordered ? i - 1 : i];
            *second = cell[ordered ? i : i - 1];
            return true;
        }
    }
    return false;
}

enum status plan_check_unique(const struct unfolding *u)
{
    int n = u->plan->n, n_plain = 0;
    const struct cell *first, *second;
    const struct cell **cell = arena_take(u->arena, TAG_FIXED, (size_t)n, sizeof *cell);

    for (int i = 0; i < n; i++)
        cell[i] = &u->plan->cell[i];
    if (find_equal(cell, n, by_id, &first, &second))
        return diagnostic_at(
            u->err, later_entry(u, first, second),
            "two cells would be called '%s'; give the entries different ids", second->id);
    for (int i = 0; i < n; i++)
        if (!u->plan->cell[i].tuned[0])
            cell[n_plain++] = &u->plan->cell[i];
    if (find_equal(cell, n_plain, by_fingerprint, &first, &second))
        return diagnostic_at(u->err, later_entry(u, first, second),
                             "'%s' is the same experiment as '%s'; remove one",
                             second->id, first->id);
    return OK;
}

static const char *stream_of(const struct cell *cell)
{
    return cell->stream_id;
}

static const char *learner_of(const struct cell *cell)
{
    return cell->learner_id;
}

static const char *strategy_of(const struct cell *cell)
{
    return cell->strategy_id;
}

/* at: where the suite names the label. */
static enum status check_label(const struct unfolding *u, struct place at,
                               const char *kind, const char *label,
                               const char *(*of)(const struct cell *))
{
    const char *near = NULL;
    char hint[SUGGEST_TEXT];

    for (int i = 0; i < u->plan->n && *label; i++)
        if (strcmp(of(&u->plan->cell[i]), label) == 0)
            return OK;
    for (int i = 0; i < u->plan->n && *label && !near; i++) {
        const char *word = of(&u->plan->cell[i]);

        near = suggest(label, &word, 1);
    }
    if (!*label)
        return OK;
    return diagnostic_at(u->err, at, "no cell of this suite has the %s '%s'%s", kind,
                         label, suggest_text(near, "", hint));
}

enum status plan_check_targets(const struct unfolding *u)
{
    for (int i = 0; i < u->suite->n_target; i++) {
        const struct target *target = &u->suite->target[i];
        struct place at = u->suite->target_place[i];

        check_label(u, at, "stream", target->stream, stream_of);
        check_label(u, at, "learner", target->learner, learner_of);
        check_label(u, at, "strategy", target->strategy, strategy_of);
    }
    return u->err->status;
}
