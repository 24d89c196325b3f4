/* plan_add_seeds: the cells of a product. */
#include <inttypes.h>
#include <string.h>

#include "bench/plan/fingerprint.h"
#include "bench/plan/plan_parts.h"

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

static const char *name_with_seed(const char *name, struct seed seed, struct arena *arena)
{
    if (seed.stream == seed.learner)
        return arena_text(arena, "%s/seed-%" PRIu64, name, seed.stream);
    return arena_text(arena, "%s/seed-s%" PRIu64 "-l%" PRIu64, name, seed.stream,
                      seed.learner);
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

/* A candidate is judged at the end of its tasks, with the inference noise of the suite's
 * own cells, and never on the images that judge these. */
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

/* The id of the cells without their seeds. */
static const char *name_of(const struct unfolding *u, const struct product *p,
                           const struct cell *cell)
{
    const char *of = arena_text(u->arena, "%s.%s/%s/%s", cell->stream_id,
                                scenario_name(cell->setup.scenario), cell->learner_id,
                                cell->strategy_id);

    if (u->tuning)
        of = arena_text(u->arena, "%s/%s", of, candidate_label(p, u->arena));
    return of;
}

/* All that does not depend on the seed. */
static void set_product(struct unfolding *u, const struct product *p, struct cell *cell)
{
    cell->stream_id = p->stream->label;
    cell->learner_id = p->label;
    cell->strategy_id = p->strategy->label;
    cell->stream_shown = p->stream->shown;
    cell->learner_shown = p->shown;
    cell->strategy_shown = p->strategy->shown;
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
}

static enum status set_seed(struct unfolding *u, const char *name, struct seed seed,
                            struct cell *cell)
{
    cell->stream_seed = seed.stream;
    cell->learner_seed = seed.learner;
    cell->id = name_with_seed(name, seed, u->arena);
    if (arena_check(u->arena, u->err) != OK)
        return u->err->status;
    cell->seed = cell->id + strlen(name) + strlen("/seed-");
    fingerprint_make(cell);
    return plan_check_id(u, cell);
}

/* What does not depend on the seed is made and checked once. */
static enum status set_all_but_seed(struct unfolding *u, const struct product *p,
                                    struct cell *cell)
{
    set_product(u, p, cell);
    if (u->tuning && set_tuning(u, p, cell) != OK)
        return u->err->status;
    if (plan_check_settings(u, cell) != OK || plan_check_images(u, cell) != OK)
        return u->err->status;
    return fingerprint_settings_make(cell, u->arena, u->err);
}

enum status plan_add_seeds(struct unfolding *u, const struct product *p,
                           const struct seed *seed, int n)
{
    struct cell *cell = &u->plan->cell[u->plan->n];
    struct origin *origin = &u->origin[u->plan->n];
    const char *name;

    *origin = (struct origin){p->stream->entry, p->learner->entry, p->strategy->entry};
    cell->stream_seed = seed[0].stream;
    if (set_all_but_seed(u, p, cell) != OK)
        return u->err->status;
    name = name_of(u, p, cell);
    for (int s = 0; s < n; s++) {
        cell[s] = cell[0];
        origin[s] = origin[0];
        if (set_seed(u, name, seed[s], &cell[s]) != OK)
            return u->err->status;
    }
    u->plan->n += n;
    return OK;
}
