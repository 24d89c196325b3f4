#include "bench/run/work.h"

#include "bench/run/run_open.h"

/* FLOPs of training on a row, mean over the batches of the experience. */
static double training_flops(const struct run *run)
{
    const struct batch_schedule *schedule = &run->batches.schedule;
    const struct learner *plug = schedule->plug;
    struct progress at = {0};
    double sum = 0, n = 0;

    for (at.epoch = 0; plug->pass_flops && at.epoch < schedule->epochs; at.epoch++) {
        int passes = plug->passes ? plug->passes(schedule->learner, at.epoch) : 1;

        for (at.pass = 0; at.pass < passes; at.pass++, n++)
            sum += handle_train_flops(&run->model.handle, at);
    }
    return n > 0 ? sum / n : handle_train_flops(&run->model.handle, at);
}

/* Evaluations in the experience; `before`: batches ahead of it. */
static double count_evaluations(const struct run *run, int64_t before)
{
    const struct evaluating *how = &run->cell->evaluating;
    int64_t last = before + run->batches.n - 1;
    bool at_first = how->future && before == 0 && !run_is_joint(run);

    return 1 + at_first +
           (how->every ? (double)(last / how->every - before / how->every) : 0);
}

static double tested_rows(const struct run *run)
{
    const struct evaluating *how = &run->cell->evaluating;
    int met = how->future ? run->scenario.n_task : run_last_task(run) + 1;
    double rows = 0;

    for (int t = 0; t < met; t++)
        rows += run->scenario.test[t].n;
    return rows * (how->draws > 0 ? how->draws : 1);
}

/* The features that the probe at the end of the experience reads. */
static double probed_rows(const struct run *run)
{
    double rows = 0;

    for (int t = 0; run->testing.probe.mean.data && t <= run_last_task(run); t++)
        rows += run->scenario.train[t].n + run->scenario.test[t].n;
    return rows;
}

static void add_experience(const struct run *run, int64_t before, struct run_work *work)
{
    const struct strategy *around = run->cell->strategy;
    const struct learner *plug = run->cell->learner;
    double score = plug->score_flops(run->model.learner);
    double features = plug->features ? handle_feature_flops(&run->model.handle) : 0;
    struct strategy_rows rows = {
        .task = run->position.experience,
        .batches = (double)run->batches.n,
        .drawn = (double)run->batches.n * sampler_mean_rows(&run->batches.sampler),
        .row_flops = training_flops(run),
        .evaluations = count_evaluations(run, before),
        .images = run->scenario.train[run->position.experience].n};
    double tested = rows.evaluations * tested_rows(run), probed = probed_rows(run);

    rows.trained = rows.drawn;
    rows.scored = tested;
    if (around->count)
        around->count(run->model.strategy, &rows);
    work->training += rows.trained * rows.row_flops;
    work->scoring += rows.scored * score + (rows.featured + probed) * features;
    work->evaluation += tested * (around->score ? features : score) + probed * features;
}

enum status run_estimate(struct run *run, struct run_work *work, struct error *err)
{
    size_t mark = arena_mark(&run->data);
    int64_t before = 0;

    *work = (struct run_work){0};
    for (; run->position.experience < run->batches.n_experience;
         run->position.experience++) {
        if (run_open_experience(run, err) != OK)
            return err->status;
        scenario_set_experience(&run->scenario, run_last_task(run));
        add_experience(run, before, work);
        before += run->batches.n;
        arena_release(&run->data, mark);
    }
    run->position.experience = 0;
    scenario_set_experience(&run->scenario, run_last_task(run));
    return OK;
}
