#include "bench/plan/plan.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>

#include "bench/plan/boundaries.h"
#include "bench/plan/fingerprint.h"
#include "bench/plan/plan_parts.h"
#include "bench/suite/options.h"

/* One combination of variants, and what the suite leaves open for it. */
struct product {
    const struct config *stream, *learner, *strategy;
    struct grid shared; /* training and evaluation of the suite, one value of each */
    struct grid tuned;  /* of learner and strategy, one candidate each */
    const void *learner_options, *strategy_options; /* with them */
    const char *label;                              /* of the learner */
    int candidate;
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

/* ---------------------------------------------------------------- one cell */

static void set_shared(struct cell *cell, const struct grid *shared, struct error *err)
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

static void set_training(struct cell *cell, const struct product *p,
                         const struct config *config, struct error *err)
{
    const struct options *training = &config->entry->training;

    for (int i = 0; i < training->n; i++) {
        const struct option *option = &training->option[i];
        const char *value = config->training[i];

        training_set(&cell->training, option->row,
                     value ? value : grid_value(&p->tuned, option), err);
    }
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
                               config_suffix(p->shared.option[i]->row, p->shared.value[i],
                                             false, arena));
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

    return missed.why ? diagnostic_at(u->err, entry[missed.by]->place,
                                      "boundaries: none: %s", missed.why)
                      : OK;
}

/* "lr0.001-blocks3" */
static const char *candidate_label(const struct product *p, struct arena *arena)
{
    const char *label = "";

    for (int i = 0; i < p->tuned.n; i++)
        label = arena_text(
            arena, "%s%s%s", label, i ? "-" : "",
            config_suffix(p->tuned.option[i]->row, p->tuned.value[i], false, arena));
    return label;
}

/* "lr: 0.001, blocks: 3" */
static const char *candidate_text(const struct product *p, struct arena *arena)
{
    const char *text = "";

    for (int i = 0; i < p->tuned.n; i++)
        text = arena_text(arena, "%s%s%s: %s", text, i ? ", " : "",
                          p->tuned.option[i]->row->name, p->tuned.value[i]);
    return text;
}

/* A candidate is judged where its tasks end, with the noise that the suite's own cells
 * have, and on nothing that these are judged on. */
static enum status set_tuning(struct unfolding *u, const struct product *p,
                              struct cell *cell)
{
    const struct options *options = &u->suite->tuning;
    struct stream_setup *setup = &cell->setup;
    struct tuning_setup tuning;
    struct error local = {0};
    int draws = cell->evaluating.draws;

    if (setup->judge == JUDGE_VALIDATION)
        return diagnostic_at(
            u->err, p->stream->entry->place,
            "judge: validation: the images that choose among {tune: [...]} "
            "would judge the choice; write judge: test, or a value in "
            "place of each {tune: [...]}");
    param_defaults(tuning_table, &tuning);
    for (int i = 0; i < options->n; i++)
        param_set(options->option[i].row, &tuning, options->option[i].value[0], u->err);
    if (setup->first_tasks == 0 || setup->first_tasks > tuning.tasks)
        setup->first_tasks = tuning.tasks;
    if (setup->validation == 0)
        setup->validation = tuning.validation;
    setup->judge = JUDGE_VALIDATION;
    param_defaults(evaluating_table, &cell->evaluating);
    cell->evaluating.draws = draws;
    if (stream_setup_check(setup, &local) == OK)
        return OK;
    return diagnostic_at(u->err,
                         options->n ? options->option[0].place
                                    : (struct place){u->suite->path, 0, 0},
                         "tuning: %s", local.text);
}

static const char *cell_name(const struct unfolding *u, const struct product *p,
                             const struct cell *cell)
{
    const char *of = arena_text(u->arena, "%s.%s/%s/%s", cell->stream_id,
                                scenario_name(cell->setup.scenario), cell->learner_id,
                                cell->strategy_id);

    if (u->tuning)
        of = arena_text(u->arena, "%s/%s", of, candidate_label(p, u->arena));
    return arena_text(u->arena, "%s/seed-%s", of, cell->seed);
}

static enum status check_augment(struct unfolding *u, const struct product *p,
                                 const struct cell *cell)
{
    bool augments = cell->setup.augment_crop > 0 || cell->setup.augment_flip;

    if (!augments || !cell->stream->scatters)
        return OK;
    return diagnostic_at(
        u->err, p->stream->entry->place,
        "augment: moving and mirroring mean nothing where stream '%s' has "
        "torn the pixels apart; remove it",
        cell->stream->name);
}

static enum status add_cell(struct unfolding *u, const struct product *p,
                            struct seed seed)
{
    struct origin *origin = &u->origin[u->plan->n];
    struct cell *cell = &u->plan->cell[u->plan->n++];

    *origin = (struct origin){p->stream->entry, p->learner->entry, p->strategy->entry};
    cell->stream_id = p->stream->label;
    cell->learner_id = p->label;
    cell->strategy_id = p->strategy->label;
    cell->stream = p->stream->entry->plug;
    cell->learner = p->learner->entry->plug;
    cell->strategy = p->strategy->entry->plug;
    cell->stream_options = p->stream->options;
    cell->learner_options = p->learner_options;
    cell->strategy_options = p->strategy_options;
    cell->setup = p->stream->setup;
    set_shared(cell, &p->shared, u->err);
    set_training(cell, p, p->stream, u->err);
    set_training(cell, p, p->learner, u->err);
    set_limits(cell, &u->suite->limits, u->err);
    cell->product = u->n_product;
    cell->candidate = p->candidate;
    cell->tuned = candidate_text(p, u->arena);
    if (u->tuning && set_tuning(u, p, cell) != OK)
        return u->err->status;
    if (check_boundaries(u, p, cell) != OK || check_augment(u, p, cell) != OK)
        return u->err->status;
    cell->stream_seed = seed.stream;
    cell->learner_seed = seed.learner;
    cell->seed = seed_text(seed, u->arena);
    cell->id = cell_name(u, p, cell);
    if (plan_check_id(u, cell) != OK || plan_check_fit(u, cell) != OK)
        return u->err->status;
    return fingerprint_make(cell, u->arena, u->err);
}

static enum status add_seeds(struct unfolding *u, struct product *p, int candidate)
{
    const struct seed *seed = u->tuning ? u->suite->tuning_seed : u->suite->seed;
    int n = u->tuning ? u->suite->n_tuning_seed : u->suite->n_seed;

    p->candidate = candidate;
    grid_take(&p->tuned, candidate);
    p->learner_options = config_options(p->learner, &p->tuned, u->arena, u->err);
    p->strategy_options = config_options(p->strategy, &p->tuned, u->arena, u->err);
    for (int s = 0; s < n; s++)
        if (add_cell(u, p, seed[s]) != OK)
            break;
    return u->err->status;
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
        p->label = learner_label(p, u->arena);
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

/* Cells of one stream, learner and strategy; more than COMBINATIONS_MOST are not counted
 * out. */
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
    const struct strategy *strategy = p->strategy->entry->plug;
    const struct learner *learner = p->learner->entry->plug;

    if (!(strategy->needs & ~learner_can(learner)))
        return add_cells(u, p);
    if (u->suite->incompatible == INCOMPATIBLE_SKIP) {
        u->plan->n_left_out += (int)count_cells(u, p->stream, p->learner, p->strategy);
        return OK;
    }
    return diagnostic_at(u->err, p->strategy->entry->place,
                         "strategy '%s' does not go with learner '%s': %s; or leave such "
                         "pairs out with a line incompatible: skip",
                         strategy->name, learner->name, strategy->why);
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

void plan_print_size(const struct plan *plan, const char *what, FILE *out)
{
    fprintf(out, "%d %s", plan->n, what);
    if (plan->n_left_out > 0)
        fprintf(out, " (%d left out: incompatible)", plan->n_left_out);
}

int plan_count_sharing(const struct cell *cell)
{
    int n = 0;

    for (; cell; cell = cell->next_sharing)
        n++;
    return n;
}

bool plan_match(const struct cell *cell, const char *glob)
{
    return !glob || fnmatch(glob, cell->id, 0) == 0;
}
