#include "bench/run/task_hooks.h"

/* The rows of a task, as the hooks may read them. */
struct task_rows {
    const struct scenario *scenario;
    int task;
};

static void read_row(const void *from, int i, uint8_t *pixel, int32_t *y)
{
    const struct task_rows *rows = from;

    scenario_read(rows->scenario, rows->task, PART_TRAIN, i, pixel, y);
}

typedef void task_hook(void *self, const struct task_view *task, struct rng rng);

/* For the visits from the first of the experience, or of the run, to the newest one. */
static void call(const struct run *run, int first, task_hook *hook, void *self,
                 const char *purpose)
{
    struct rng rng = rng_child(rng_seed(run->cell->learner_seed), purpose);
    const struct visits *visits = &run->scenario.visits;
    int last = run_is_joint(run) ? visits->n - 1 : run->position.experience;

    for (int v = first; hook && !run->scenario.order && v <= last; v++) {
        int t = visits->task[v];
        struct task_rows rows = {&run->scenario, t};
        struct task_view view = {t, run->scenario.train[t].n, &rows, read_row};

        hook(self, &view, rng_at(rng, (uint64_t)v));
    }
}

static int first_visit(const struct run *run)
{
    return run_is_joint(run) ? 0 : run->position.experience;
}

static void begin_for_learner(struct run *run, int first)
{
    call(run, first, run->cell->learner->task_begin, run->model.learner,
         "learner task begin");
}

/* The strategy comes first: it may make the learner anew. */
void task_hooks_begin(struct run *run)
{
    int first = first_visit(run);

    call(run, first, run->cell->strategy->task_begin, run->model.strategy, "task begin");
    begin_for_learner(run, first);
}

void task_hooks_end(struct run *run)
{
    const struct cell *cell = run->cell;
    int first = first_visit(run);

    call(run, first, cell->learner->task_end, run->model.learner, "learner task end");
    call(run, first, cell->strategy->task_end, run->model.strategy, "task end");
}

void task_hooks_begin_again(struct run *run)
{
    begin_for_learner(run, 0);
}
