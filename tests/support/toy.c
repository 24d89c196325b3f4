#include "tests/support/toy.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/nn/loss.h"

enum { TASKS = 4, EXTRA = 2 * TOY_ROWS };

const double toy_factor[TOY_OUT] = {2, 0.5};

static const uint8_t both[TOY_OUT] = {1, 1};
static const struct classes among[TASKS] = {
    {both, TOY_OUT}, {both, TOY_OUT}, {both, TOY_OUT}, {both, TOY_OUT}};

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct toy *toy = self;

    for (int i = 0; i < x.rows; i++)
        for (int k = 0; k < TOY_OUT; k++)
            mat_row(out, i)[k] = toy->w.data[k] * mat_row(x, i)[0];
}

static bool yes(const void *self)
{
    return true;
}

static double loss_factor(const void *self, size_t i)
{
    return toy_factor[i];
}

static real grad(void *self, const struct batch *batch, struct rng rng, real *g)
{
    real z[3 * TOY_ROWS * TOY_OUT];
    struct mat logit = mat_of(z, batch->x.rows, TOY_OUT);
    struct toy *toy = self;
    real loss;

    ck_assert_int_le(batch->x.rows, 3 * TOY_ROWS);
    toy->asked = batch->x.rows;
    score(self, batch->x, batch->competing[0], rng, logit);
    loss = loss_cross_entropy(logit, batch);
    for (int k = 0; k < TOY_OUT; k++) {
        g[k] = 0;
        for (int i = 0; i < logit.rows; i++)
            g[k] += mat_row(logit, i)[k] * mat_row(batch->x, i)[0];
        if (toy->plug.loss_factor)
            g[k] *= (real)toy_factor[k];
    }
    return loss;
}

static void step(void *self, real *g, struct progress at)
{
    optim_step(&((struct toy *)self)->optim, g, at);
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    real g[TOY_OUT], loss = grad(self, batch, rng, g);

    step(self, g, batch->progress);
    return loss;
}

static double flops(const void *self)
{
    return 1;
}

static int n_feature(const void *self)
{
    return 1;
}

/* The pixel itself. */
static void features(const void *self, struct mat x, struct rng rng, struct mat out)
{
    mat_copy(out, x);
}

static void convert(void *harness, const uint8_t *pixel, struct mat x)
{
    for (int i = 0; i < x.rows; i++)
        mat_row(x, i)[0] = pixel[i];
}

static void make_anew(void *harness, struct rng rng)
{
    struct toy *toy = harness;

    toy->n_reset++;
    toy->drawn_from = rng;
    memset(toy->w.data, 0, TOY_OUT * sizeof(real));
}

/* A learner without task_begin has nothing to be shown. */
static void begin_again(void *harness)
{
    (void)harness;
}

static void open_learner(struct toy *toy, unsigned hidden)
{
    struct optim_options options = {.optimizer = OPTIM_SGD, .lr = 1};
    struct learner_env env = {.arena = &toy->arena, .hook = &toy->hook};

    toy->plug = (struct learner){.name = "toy",
                                 .can = (CAN_SOFT | CAN_HOOK) & ~hidden,
                                 .train = train,
                                 .score = score,
                                 .flops = flops,
                                 .score_flops = flops,
                                 .n_feature = n_feature,
                                 .features = features,
                                 .grad = hidden & CAN_GRAD ? NULL : grad,
                                 .step = hidden & CAN_STEP ? NULL : step,
                                 .loss_factor = hidden & TOY_FACTORS ? loss_factor : NULL,
                                 .batch_norms = hidden & TOY_NORMS ? yes : NULL};
    toy->hook =
        (struct optim_hook){toy->around, toy->strategy->before, toy->strategy->after};
    toy->handle.first_piece = toy->arena.n_piece;
    toy->w.n = TOY_OUT;
    toy->w.data = arena_take(&toy->arena, TAG_WEIGHT, TOY_OUT, sizeof(real));
    optim_init(&toy->optim, &options, toy->w, env.arena, env.hook);
    toy->handle.last_piece = toy->arena.n_piece;
}

static void open_pupil(struct toy *toy)
{
    struct learner_handle *handle = &toy->handle;

    handle->plug = &toy->plug;
    handle->self = toy;
    handle->w = toy->w;
    handle->n_in = 1;
    handle->n_out = TOY_OUT;
    handle->n_train = 3 * TOY_ROWS;
    handle->n_score = TOY_ROWS;
    handle->competing = among;
    handle->rows = &toy->rows;
    handle->flops = &toy->flops;
    handle->score_flops = &toy->score_flops;
    handle->arena = &toy->arena;
    handle->harness = toy;
    handle->convert = convert;
    handle->reset = make_anew;
    handle->begin_again = begin_again;
}

static void set_options(struct toy *toy, const char *options)
{
    char name[64], value[64];
    struct error err = {0};
    int n;

    for (; sscanf(options, " %63s %63s%n", name, value, &n) == 2; options += n) {
        const struct param *row = param_find(toy->strategy->params, name);

        ck_assert_msg(row != NULL, "no option %s", name);
        ck_assert_int_eq(param_set(row, toy->around, value, &err), OK);
    }
}

void toy_open(struct toy *toy, const struct strategy *strategy, const char *options,
              unsigned hidden)
{
    struct error err = {0};
    struct strategy_env env = {.arena = &toy->arena,
                               .n_task = TASKS,
                               .n_class = TOY_OUT,
                               .n_out = TOY_OUT,
                               .n_pixel = 1,
                               .batch = TOY_ROWS};

    memset(toy, 0, sizeof *toy);
    toy->strategy = strategy;
    toy->around = calloc(1, strategy->size + 1);
    if (strategy->params)
        param_defaults(strategy->params, toy->around);
    set_options(toy, options);
    ck_assert_int_eq(arena_open(&toy->arena, 0, &err), OK);
    if (strategy->init)
        ck_assert_msg(strategy->init(toy->around, &env, &err) == OK, "%s", err.text);
    open_learner(toy, hidden);
    open_pupil(toy);
    if (strategy->attach)
        ck_assert_msg(strategy->attach(toy->around, &toy->handle, &err) == OK, "%s",
                      err.text);
}

void toy_close(struct toy *toy)
{
    free(toy->around);
    arena_close(&toy->arena);
}

real toy_train(struct toy *toy, const uint8_t *pixel, const int32_t *y, int n)
{
    const struct strategy *plug = toy->strategy;
    uint8_t pixels[TOY_ROWS + EXTRA];
    int32_t label[TOY_ROWS + EXTRA], task[TOY_ROWS + EXTRA];
    float weight[TOY_ROWS + EXTRA];
    real rows[TOY_ROWS + EXTRA];
    struct batch_builder builder = {pixels, label, task, weight, n, TOY_ROWS + EXTRA};
    struct rng rng = rng_at(rng_seed(5), (uint64_t)toy->step++);
    struct batch batch;

    for (int i = 0; i < n; i++) {
        pixels[i] = pixel[i];
        label[i] = y[i];
        task[i] = toy->task;
        weight[i] = 1;
    }
    if (plug->mix)
        plug->mix(toy->around, &builder, toy->task, rng_child(rng, "mix"));
    batch = (struct batch){.x = mat_of(rows, builder.n, 1),
                           .y = label,
                           .task = task,
                           .competing = among,
                           .weight = weight,
                           .progress = {.task = toy->task, .step = toy->step - 1}};
    convert(toy, pixels, batch.x);
    if (plug->teach)
        plug->teach(toy->around, &batch, rng_child(rng, "teach"));
    return plug->train ? plug->train(toy->around, &batch, rng)
                       : handle_train(&toy->handle, &batch, rng);
}

struct images_of_task {
    const uint8_t *pixel;
    const int32_t *y;
};

static void read_row(const void *from, int i, uint8_t *pixel, int32_t *y)
{
    const struct images_of_task *images = from;

    if (pixel)
        *pixel = images->pixel[i];
    *y = images->y[i];
}

static void show(struct toy *toy, int task, const uint8_t *pixel, const int32_t *y, int n,
                 void (*hook)(void *, const struct task_view *, struct rng))
{
    struct images_of_task images = {pixel, y};
    struct task_view view = {task, n, &images, read_row};

    toy->task = task;
    if (hook)
        hook(toy->around, &view, rng_seed((uint64_t)task));
}

void toy_begin(struct toy *toy, int task, const uint8_t *pixel, const int32_t *y, int n)
{
    show(toy, task, pixel, y, n, toy->strategy->task_begin);
}

void toy_end(struct toy *toy, int task, const uint8_t *pixel, const int32_t *y, int n)
{
    show(toy, task, pixel, y, n, toy->strategy->task_end);
}

void toy_pull(struct toy *toy, double rate, real g[TOY_OUT])
{
    memset(g, 0, TOY_OUT * sizeof(real));
    toy->strategy->before(toy->around, toy->w, g, rate);
}
