/* One training step of every learner on the nets of docs/performance.md. */
#include <stdio.h>
#include <string.h>

#include "bench/perf/perf.h"
#include "bench/registry/registry.h"

enum { ROWS = 128, CLASSES = 10 };

struct step {
    const struct learner *learner;
    void *options; /* the learner's state struct */
    struct classes competing;
    struct batch batch;
    struct rng rng;
    int passes;
};

static enum status set_option(const struct step *step, const char *name,
                              const char *value, struct error *err)
{
    const struct param *row = param_find(step->learner->params, name);

    return row && value ? param_set(row, step->options, value, err) : OK;
}

static void draw_batch(struct step *step, uint8_t *on, int32_t *y, int32_t *task,
                       struct mat x)
{
    struct rng rng = rng_seed(2);

    memset(on, 1, CLASSES);
    for (int i = 0; i < ROWS; i++)
        y[i] = (int32_t)rng_below(&rng, CLASSES);
    rng_normal(&rng, x.data, (size_t)x.rows * (size_t)x.cols, 1);
    step->competing = (struct classes){on, CLASSES};
    step->batch =
        (struct batch){.x = x, .y = y, .task = task, .competing = &step->competing};
}

static enum status open_learner(const struct perf_case *perf, struct step *step,
                                struct perf_setup *setup, struct error *err)
{
    struct learner_env env = {
        .arena = &setup->arena,
        .rng = rng_seed(1),
        .image = perf->shape,
        .n_out = CLASSES,
        .n_train = ROWS,
        .n_score = ROWS,
        .noise = true,
        .n_thread = setup->n_thread,
        .threads = setup->threads,
    };
    bool peer = perf->net && strcmp(perf->net, "peer-block") == 0;

    param_defaults(step->learner->params, step->options);
    if (set_option(step, "net", perf->net, err) != OK ||
        set_option(step, "block", peer ? "peer" : NULL, err) != OK ||
        set_option(step, "embedding", peer ? "learned" : NULL, err) != OK ||
        set_option(step, "flow", peer ? "none" : NULL, err) != OK ||
        step->learner->init(step->options, &env, err) != OK)
        return err->status;
    step->passes = step->learner->passes ? step->learner->passes(step->options, 1) : 1;
    setup->flop = ROWS * step->learner->flops(step->options);
    setup->samples = (double)ROWS / step->passes;
    return OK;
}

static enum status open_step(const struct perf_case *perf, struct perf_setup *setup,
                             struct error *err)
{
    struct arena *arena = &setup->arena;
    struct step *step = arena_take(arena, TAG_FIXED, 1, sizeof *step);
    void *options = arena_take(arena, TAG_FIXED, perf->learner->size, 1);
    uint8_t *on = arena_take(arena, TAG_SCRATCH, CLASSES, 1);
    int32_t *y = arena_take(arena, TAG_SCRATCH, ROWS, sizeof *y);
    int32_t *task = arena_take(arena, TAG_SCRATCH, ROWS, sizeof *task);
    struct mat x = mat_take(arena, TAG_SCRATCH, ROWS, shape_size(perf->shape));

    if (arena_check(arena, err) != OK)
        return err->status;
    *step = (struct step){.learner = perf->learner, .options = options};
    setup->self = step;
    draw_batch(step, on, y, task, x);
    return open_learner(perf, step, setup, err);
}

static void run_step(void *self)
{
    struct step *step = self;

    step->batch.progress.pass = (int)(step->batch.progress.step % step->passes);
    step->learner->train(step->options, &step->batch,
                         rng_at(step->rng, (uint64_t)step->batch.progress.step));
    step->batch.progress.step++;
}

static void add_step(struct perf_list *list, const struct learner *learner,
                     const char *net, struct shape shape)
{
    struct perf_case *perf = &list->perf[list->n];

    if (list->n == PERF_CASES)
        return;
    list->n++;
    *perf = (struct perf_case){.open = open_step,
                               .run = run_step,
                               .learner = learner,
                               .net = net,
                               .shape = shape};
    snprintf(perf->name, sizeof perf->name, "step/%s%s%s", learner->name, net ? "/" : "",
             net ? net : "");
}

void perf_add_steps(struct perf_list *list)
{
    const struct shape mnist = {28, 28, 1}, cifar = {32, 32, 3};

    for (size_t i = 0; registry_learners[i]; i++) {
        const struct learner *learner = registry_learners[i];
        bool net = param_find(learner->params, "net") != NULL;
        bool blocks = param_find(learner->params, "blocks") != NULL;

        add_step(list, learner, net ? "mlp-400-400" : NULL, mnist);
        if (net)
            add_step(list, learner, blocks ? "peer-block" : "peer-cnn", cifar);
        if (blocks)
            add_step(list, learner, "noprop-cnn", cifar);
    }
}
