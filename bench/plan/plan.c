#include "bench/plan/plan.h"

#include <string.h>

#include "bench/plan/compatibility.h"
#include "bench/plan/plan_parts.h"
#include "bench/suite/options.h"

/* ---------------------------------------------------------------- what the suite says */

static bool replaced(const struct options *training, const struct param *row)
{
    for (int i = 0; i < training->n; i++)
        if (training_replaces(training->option[i].row, row))
            return true;
    return false;
}

/* Options of the suite that neither the stream nor the learner replaces. */
static struct grid shared_choices(const struct suite *suite, const struct entry *stream,
                                  const struct entry *learner)
{
    struct grid shared = {.n = 0};

    for (const struct param *row = training_table; row->name; row++)
        if (!replaced(&stream->training, row) && !replaced(&learner->training, row))
            grid_add(&shared, &suite->training, row);
    for (const struct param *row = evaluating_table; row->name; row++)
        grid_add(&shared, &suite->evaluating, row);
    return shared;
}

/* ---------------------------------------------------------------- one product */

/* A grid in the sections of the suite shows in the label of the learner. NULL of NULL. */
static const char *with_shared(const char *label, const struct product *p,
                               struct arena *arena)
{
    for (int i = 0; label && i < p->shared.n; i++)
        if (p->shared.option[i]->n > 1)
            label = arena_text(arena, "%s-%s", label,
                               config_suffix(p->shared.option[i]->row, p->shared.value[i],
                                             false, arena));
    return label;
}

static enum status add_seeds(struct unfolding *u, struct product *p, int candidate)
{
    const struct seed *seed = u->tuning ? u->suite->tuning_seed : u->suite->seed;
    int n = u->tuning ? u->suite->n_tuning_seed : u->suite->n_seed;

    p->candidate = candidate;
    grid_take(&p->tuned, candidate);
    p->learner_options = config_options(p->learner, &p->tuned, u->arena, u->err);
    p->strategy_options = config_options(p->strategy, &p->tuned, u->arena, u->err);
    return plan_add_seeds(u, p, seed, n);
}

/* Of one product: the cells of the candidate that was chosen, or of all of them. */
static enum status add_candidates(struct unfolding *u, struct product *p)
{
    int n = u->tuning && p->tuned.n > 0 ? grid_count(&p->tuned) : 0;

    if (!u->tuning)
        return add_seeds(u, p, u->winner ? u->winner[u->n_product] : 0);
    for (int k = 0; k < n; k++)
        if (add_seeds(u, p, k) != OK)
            break;
    return u->err->status;
}

static enum status add_cells(struct unfolding *u, struct product *p)
{
    int n;

    p->shared = shared_choices(u->suite, p->stream->entry, p->learner->entry);
    p->tuned.n = 0;
    config_candidates(p->learner->entry, &p->tuned);
    config_candidates(p->strategy->entry, &p->tuned);
    n = grid_count(&p->shared);
    for (int k = 0; k < n; k++, u->n_product++) {
        grid_take(&p->shared, k);
        p->label = with_shared(p->learner->label, p, u->arena);
        p->shown = with_shared(p->learner->shown, p, u->arena);
        if (strlen(p->label) > LABEL_MOST)
            return diagnostic_at(
                u->err, p->learner->entry->place,
                "the label '%s' would be longer than %d characters; give the "
                "entry a shorter id",
                p->label, LABEL_MOST);
        if (add_candidates(u, p) != OK)
            return u->err->status;
    }
    return OK;
}

/* ---------------------------------------------------------------- all cells */

/* Cells of one stream, learner and strategy; the count stops above COMBINATIONS_MOST. */
static int64_t count_cells(const struct unfolding *u, const struct config *stream,
                           const struct config *learner, const struct config *strategy)
{
    struct grid shared = shared_choices(u->suite, stream->entry, learner->entry);
    struct grid tuned = {.n = 0};
    int64_t n = grid_count(&shared);

    if (!u->tuning)
        return n * u->suite->n_seed;
    config_candidates(learner->entry, &tuned);
    config_candidates(strategy->entry, &tuned);
    return tuned.n > 0 ? n * u->suite->n_tuning_seed * grid_count(&tuned) : 0;
}

/* A pair that makes no sense is refused, with the reason, or left out. */
static enum status add_pair(struct unfolding *u, struct product *p)
{
    struct conflict conflict = compatibility_pair(
        &p->stream->setup, p->learner->entry->plug, p->strategy->entry->plug, u->arena);

    if (!conflict.why)
        return add_cells(u, p);
    if (u->suite->incompatible == INCOMPATIBLE_SKIP) {
        u->plan->n_left_out += (int)count_cells(u, p->stream, p->learner, p->strategy);
        return OK;
    }
    return diagnostic_at(u->err, p->strategy->entry->place,
                         "%s; or leave such pairs out with a line incompatible: skip",
                         conflict.why);
}

static enum status take_cells(struct unfolding *u)
{
    int64_t n = 0;

    for (int s = 0; s < u->streams.n; s++)
        for (int l = 0; l < u->learners.n; l++)
            for (int t = 0; t < u->strategies.n && n <= COMBINATIONS_MOST; t++)
                n += count_cells(u, &u->streams.config[s], &u->learners.config[l],
                                 &u->strategies.config[t]);
    if (n > COMBINATIONS_MOST)
        return diagnostic_at(u->err, (struct place){u->suite->path, 0, 0},
                             "the suite unfolds into more than %d %s", COMBINATIONS_MOST,
                             u->tuning ? "cells that tune it" : "cells");
    u->plan->n = u->plan->n_left_out = 0;
    u->plan->cell = arena_take(u->arena, TAG_FIXED, (size_t)n, sizeof *u->plan->cell);
    u->origin = arena_take(u->arena, TAG_FIXED, (size_t)n, sizeof *u->origin);
    return OK;
}

static enum status unfold(struct unfolding *u)
{
    struct product p = {0};

    if (take_cells(u) != OK)
        return u->err->status;
    for (int s = 0; s < u->streams.n; s++) {
        for (int l = 0; l < u->learners.n; l++) {
            for (int t = 0; t < u->strategies.n; t++) {
                p.stream = &u->streams.config[s];
                p.learner = &u->learners.config[l];
                p.strategy = &u->strategies.config[t];
                if (add_pair(u, &p) != OK)
                    return u->err->status;
            }
        }
    }
    return u->err->status;
}

static enum status make(struct unfolding *u)
{
    const struct suite *suite = u->suite;

    if (configs_make(&u->streams, suite->stream, suite->n_stream, u->arena, u->err) !=
            OK ||
        configs_make(&u->learners, suite->learner, suite->n_learner, u->arena, u->err) !=
            OK ||
        configs_make(&u->strategies, suite->strategy, suite->n_strategy, u->arena,
                     u->err) != OK)
        return u->err->status;
    if (unfold(u) != OK)
        return u->err->status;
    u->plan->n_product = u->n_product;
    if (u->plan->n == 0 && !u->tuning)
        return diagnostic_at(u->err, (struct place){suite->path, 0, 0},
                             "no strategy of the suite goes with any of its learners");
    return plan_check_unique(u);
}

enum status plan_make(struct plan *plan, const struct suite *suite, const int *winner,
                      struct arena *arena, struct error *err)
{
    struct unfolding u = {
        .suite = suite, .plan = plan, .arena = arena, .err = err, .winner = winner};

    return make(&u) == OK ? plan_check_targets(&u) : err->status;
}

enum status plan_make_tuning(struct plan *plan, const struct suite *suite,
                             struct arena *arena, struct error *err)
{
    struct unfolding u = {
        .suite = suite, .plan = plan, .arena = arena, .err = err, .tuning = true};

    return make(&u);
}

int plan_find_product(const struct plan *plan, int product)
{
    int low = 0, high = plan->n; /* the products ascend */

    while (low < high) {
        int middle = low + (high - low) / 2;

        if (plan->cell[middle].product < product)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void plan_print_size(const struct plan *plan, const char *what, FILE *out)
{
    fprintf(out, "%d cell%s%s", plan->n, plan->n == 1 ? "" : "s", what);
    if (plan->n_left_out > 0)
        fprintf(out, " (%d left out: incompatible)", plan->n_left_out);
}
