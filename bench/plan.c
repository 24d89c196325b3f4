#include "bench/plan.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench/boundaries.h"
#include "bench/fingerprint.h"
#include "bench/option.h"
#include "bench/variant.h"
#include "core/suggest.h"

struct unfolding {
    const struct suite *suite;
    struct plan *plan;
    struct arena *arena;
    struct error *err;
    struct variants streams, learners, strategies;
    struct origin *origin; /* of every cell */
};

struct origin { /* what a cell was made from */
    const struct entry *stream, *learner, *strategy;
};

/* One combination of variants, and what the suite leaves open for it. */
struct product {
    const struct variant *stream, *learner, *strategy;
    struct choices shared; /* training and evaluation of the suite, one value of each */
};

/* ---------------------------------------------------------------- what the suite says */

static bool replaced(const struct options *training, const struct param *row)
{
    for (int i = 0; i < training->n; i++)
        if (training_replaces(training->option[i].row, row))
            return true;
    return false;
}

/* Choices of the suite that neither the stream nor the learner makes anew. */
static struct choices shared_choices(const struct suite *suite,
                                     const struct entry *stream,
                                     const struct entry *learner)
{
    struct choices shared = {.n = 0};

    for (const struct param *row = training_table; row->name; row++)
        if (!replaced(&stream->training, row) && !replaced(&learner->training, row))
            choices_add(&shared, &suite->training, row);
    for (const struct param *row = evaluating_table; row->name; row++)
        choices_add(&shared, &suite->evaluating, row);
    return shared;
}

/* ---------------------------------------------------------------- one cell */

static void set_shared(struct cell *cell, const struct choices *shared, struct error *err)
{
    param_defaults(training_table, &cell->training);
    param_defaults(evaluating_table, &cell->evaluating);
    for (int i = 0; i < shared->n; i++) {
        const struct param *row = shared->option[i]->row;

        if (param_find(training_table, row->name) == row)
            training_set(&cell->training, row, shared->value[i], err);
        else
            param_set(row, &cell->evaluating, shared->value[i], err);
    }
}

static void set_training(struct cell *cell, const struct variant *variant,
                         struct error *err)
{
    const struct options *training = &variant->entry->training;

    for (int i = 0; i < training->n; i++)
        training_set(&cell->training, training->option[i].row, variant->training[i], err);
}

static void set_limits(struct cell *cell, const struct options *limits, struct error *err)
{
    param_defaults(limits_table, &cell->limits);
    for (int i = 0; i < limits->n; i++)
        param_set(limits->option[i].row, &cell->limits, limits->option[i].value[0], err);
}

/* A grid that stands in the suite's own sections shows in the learner's label. */
static const char *learner_label(const struct product *p, struct arena *arena)
{
    const char *label = p->learner->label;

    for (int i = 0; i < p->shared.n; i++)
        if (p->shared.option[i]->n > 1)
            label = arena_text(arena, "%s-%s", label,
                               variant_suffix(p->shared.option[i]->row,
                                              p->shared.value[i], false, arena));
    return label;
}

static const char *seed_text(struct seed seed, struct arena *arena)
{
    if (seed.stream == seed.learner)
        return arena_text(arena, "%" PRIu64, seed.stream);
    return arena_text(arena, "s%" PRIu64 "-l%" PRIu64, seed.stream, seed.learner);
}

static enum status check_boundaries(struct unfolding *u, const struct product *p,
                                    const struct cell *cell)
{
    struct missed missed = boundaries_missed(cell, u->arena);
    const struct entry *entry[] = {p->stream->entry, p->learner->entry,
                                   p->strategy->entry};

    return missed.why ? complain_at(u->err, entry[missed.by]->at, "boundaries: none: %s",
                                    missed.why)
                      : OK;
}

static enum status add_cell(struct unfolding *u, const struct product *p,
                            const char *learner_id, struct seed seed)
{
    struct origin *origin = &u->origin[u->plan->n];
    struct cell *cell = &u->plan->cell[u->plan->n++];

    *origin = (struct origin){p->stream->entry, p->learner->entry, p->strategy->entry};
    cell->stream_id = p->stream->label;
    cell->learner_id = learner_id;
    cell->strategy_id = p->strategy->label;
    cell->stream = p->stream->entry->plug;
    cell->learner = p->learner->entry->plug;
    cell->strategy = p->strategy->entry->plug;
    cell->stream_options = p->stream->options;
    cell->learner_options = p->learner->options;
    cell->strategy_options = p->strategy->options;
    cell->setup = p->stream->setup;
    set_shared(cell, &p->shared, u->err);
    set_training(cell, p->stream, u->err);
    set_training(cell, p->learner, u->err);
    set_limits(cell, &u->suite->limits, u->err);
    if (check_boundaries(u, p, cell) != OK)
        return u->err->status;
    cell->stream_seed = seed.stream;
    cell->learner_seed = seed.learner;
    cell->seed = seed_text(seed, u->arena);
    cell->id = arena_text(u->arena, "%s.%s/%s/%s/seed-%s", cell->stream_id,
                          scenario_name(cell->setup.scenario), learner_id,
                          cell->strategy_id, cell->seed);
    return fingerprint_make(cell, u->arena, u->err);
}

/* A pair that makes no sense is refused, with the reason. */
static enum status check_pair(struct unfolding *u, const struct product *p)
{
    const struct strategy *strategy = p->strategy->entry->plug;
    const struct learner *learner = p->learner->entry->plug;

    if (!(strategy->needs & ~learner_can(learner)))
        return OK;
    return complain_at(u->err, p->strategy->entry->at,
                       "strategy '%s' does not go with learner '%s': %s", strategy->name,
                       learner->name, strategy->why);
}

static enum status add_cells(struct unfolding *u, struct product *p)
{
    int n;

    if (check_pair(u, p) != OK)
        return u->err->status;
    p->shared = shared_choices(u->suite, p->stream->entry, p->learner->entry);
    n = choices_count(&p->shared);
    for (int k = 0; k < n; k++) {
        const char *label;

        choices_take(&p->shared, k);
        label = learner_label(p, u->arena);
        if (strlen(label) > LABEL_MOST)
            return complain_at(
                u->err, p->learner->entry->at,
                "the label '%s' would be longer than %d characters; give the "
                "entry a shorter id",
                label, LABEL_MOST);
        for (int s = 0; s < u->suite->n_seed; s++)
            if (add_cell(u, p, label, u->suite->seed[s]) != OK)
                return u->err->status;
    }
    return OK;
}

/* ---------------------------------------------------------------- all cells */

static enum status take_cells(struct unfolding *u)
{
    int64_t n = 0, each = (int64_t)u->strategies.n * u->suite->n_seed;

    for (int s = 0; s < u->streams.n && n <= COMBINATIONS_MOST; s++) {
        for (int l = 0; l < u->learners.n && n <= COMBINATIONS_MOST; l++) {
            struct choices shared = shared_choices(u->suite, u->streams.variant[s].entry,
                                                   u->learners.variant[l].entry);

            n += each * choices_count(&shared);
        }
    }
    if (n > COMBINATIONS_MOST)
        return complain_at(u->err, (struct place){u->suite->path, 0, 0},
                           "the suite unfolds into more than %d cells",
                           COMBINATIONS_MOST);
    u->plan->n = 0;
    u->plan->cell = arena_take(u->arena, TAG_FIXED, (size_t)n, sizeof *u->plan->cell);
    u->origin = arena_take(u->arena, TAG_FIXED, (size_t)n, sizeof *u->origin);
    return OK;
}

static enum status unfold(struct unfolding *u)
{
    struct product p;

    if (take_cells(u) != OK)
        return u->err->status;
    for (int s = 0; s < u->streams.n; s++) {
        for (int l = 0; l < u->learners.n; l++) {
            for (int t = 0; t < u->strategies.n; t++) {
                p.stream = &u->streams.variant[s];
                p.learner = &u->learners.variant[l];
                p.strategy = &u->strategies.variant[t];
                if (add_cells(u, &p) != OK)
                    return u->err->status;
            }
        }
    }
    return u->err->status;
}

/* ---------------------------------------------------------------- checks */

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

/* The later of two entries that made two cells too much alike. */
static struct place later_entry(const struct unfolding *u, const struct cell *first,
                                const struct cell *second)
{
    const struct origin *a = &u->origin[first - u->plan->cell];
    const struct origin *b = &u->origin[second - u->plan->cell];

    if (a->learner != b->learner)
        return b->learner->at;
    return a->strategy != b->strategy ? b->strategy->at : b->stream->at;
}

/* Sorts the cells and looks for two that are equal; false = there are none. */
static bool find_equal(const struct cell **cell, int n,
                       int (*compare)(const void *, const void *),
                       const struct cell **first, const struct cell **second)
{
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

static enum status check_unique(const struct unfolding *u)
{
    int n = u->plan->n;
    const struct cell *first, *second;
    const struct cell **cell = arena_take(u->arena, TAG_FIXED, (size_t)n, sizeof *cell);

    for (int i = 0; i < n; i++)
        cell[i] = &u->plan->cell[i];
    if (find_equal(cell, n, by_id, &first, &second))
        return complain_at(
            u->err, later_entry(u, first, second),
            "two cells would be called '%s'; give the entries different ids", second->id);
    if (find_equal(cell, n, by_fingerprint, &first, &second))
        return complain_at(u->err, later_entry(u, first, second),
                           "'%s' is the same experiment as '%s'; remove one", second->id,
                           first->id);
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

/* A label that a target names must be one of the plan's. */
static enum status check_label(const struct unfolding *u, struct place at,
                               const char *kind, const char *label,
                               const char *(*of)(const struct cell *))
{
    const char *near = NULL;

    for (int i = 0; i < u->plan->n && *label; i++)
        if (strcmp(of(&u->plan->cell[i]), label) == 0)
            return OK;
    for (int i = 0; i < u->plan->n && *label && !near; i++) {
        const char *word = of(&u->plan->cell[i]);

        near = suggest(label, &word, 1);
    }
    if (!*label)
        return OK;
    return complain_at(u->err, at, "no cell of this suite has the %s '%s'%s%s%s", kind,
                       label, near ? "; did you mean '" : "", near ? near : "",
                       near ? "'?" : "");
}

static enum status check_targets(const struct unfolding *u)
{
    for (int i = 0; i < u->suite->n_target; i++) {
        const struct target *target = &u->suite->target[i];
        struct place at = u->suite->target_at[i];

        check_label(u, at, "stream", target->stream, stream_of);
        check_label(u, at, "learner", target->learner, learner_of);
        check_label(u, at, "strategy", target->strategy, strategy_of);
    }
    return u->err->status;
}

enum status plan_make(struct plan *plan, const struct suite *suite, struct arena *arena,
                      struct error *err)
{
    struct unfolding u = {.suite = suite, .plan = plan, .arena = arena, .err = err};

    if (variants_make(&u.streams, suite->stream, suite->n_stream, arena, err) != OK ||
        variants_make(&u.learners, suite->learner, suite->n_learner, arena, err) != OK ||
        variants_make(&u.strategies, suite->strategy, suite->n_strategy, arena, err) !=
            OK)
        return err->status;
    if (unfold(&u) != OK || check_unique(&u) != OK)
        return err->status;
    return check_targets(&u);
}

int plan_twins(const struct cell *cell)
{
    int n = 0;

    for (; cell; cell = cell->twin)
        n++;
    return n;
}

bool plan_match(const struct cell *cell, const char *glob)
{
    return !glob || fnmatch(glob, cell->id, 0) == 0;
}
