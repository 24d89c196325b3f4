#include "tests/support/tiny.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/reference.h"

const char *const tiny_nets[TINY_NETS] = {
    "mlp-12-8",
    "conv 2 3 valid, relu, pool 2, dense 3, tanh",
    "conv 2 3, batchnorm, silu, dropout 0.2, dense 3, layernorm",
};

static const uint8_t all[TINY_CLASSES] = {1, 1, 1, 1, 1};
static const uint8_t first[TINY_CLASSES] = {1, 1, 1, 0, 0};
static const uint8_t second[TINY_CLASSES] = {0, 0, 0, 1, 1};
static const struct classes together[] = {{all, TINY_CLASSES}, {all, TINY_CLASSES}};
static const struct classes apart[] = {{first, TINY_CLASSES}, {second, TINY_CLASSES}};

void tiny_set(const struct learner *learner, void *self, const char *name,
              const char *value)
{
    const struct param *row = param_find(learner->params, name);
    struct error err = {0};

    if (row && param_set(row, self, value, &err) != OK)
        ck_abort_msg("%s", err.text);
}

void *tiny_options(const struct learner *learner, const char *net)
{
    const struct param *lr = param_find(learner->params, "lr");
    void *self = calloc(1, learner->size);
    char text[32];

    param_defaults(learner->params, self);
    tiny_set(learner, self, "net", net);
    tiny_set(learner, self, "blocks", "3");
    /* a field of as many dimensions as classes has to pass through half of the width */
    tiny_set(learner, self, "width",
             strcmp(learner->name, "noprop-fm") == 0 ||
                     strcmp(learner->name, "diffusion-blocks") == 0
                 ? "32"
                 : "6");
    tiny_set(learner, self, "steps", "10");
    tiny_set(learner, self, "inference_steps", "10");
    if (lr) { /* small nets bear long steps */
        bool smaller = strcmp(learner->name, "fg-w") == 0; /* as 1 / number of weights */

        snprintf(text, sizeof text, "%g",
                 (smaller ? 50 : 10) * strtod(lr->default_text, NULL));
        tiny_set(learner, self, "lr", text);
    }
    return self;
}

struct learner_env tiny_env(struct arena *arena, uint64_t seed)
{
    return (struct learner_env){
        .arena = arena,
        .rng = rng_seed(seed),
        .image = {6, 6, 1},
        .n_out = TINY_CLASSES,
        .n_train = TINY_TRAIN,
        .n_score = TINY_SCORE,
        .noise = true,
        .n_thread = 1,
    };
}

static bool refused(const struct learner *learner, const char *net)
{
    void *self = tiny_options(learner, net);
    struct error err = {0};
    struct arena arena;
    struct learner_env env = tiny_env(&arena, 1);
    bool refused;

    if (arena_open(&arena, 0, &err) != OK)
        abort();
    refused = learner->init(self, &env, &err) == ERR_USAGE &&
              strncmp(err.text, learner->name, strlen(learner->name)) == 0;
    arena_close(&arena);
    free(self);
    return refused;
}

int tiny_cases(const struct learner *const *learners, int n, struct tiny_case *cases)
{
    int found = 0;

    for (int i = 0; i < n; i++)
        for (int j = 0; j < TINY_NETS; j++)
            if (j == 0 || !refused(learners[i], tiny_nets[j]))
                cases[found++] = (struct tiny_case){learners[i], tiny_nets[j]};
    return found;
}

static void draw_images(struct tiny *tiny)
{
    real pattern[TINY_CLASSES * TINY_PIXELS];

    reference_draw(pattern, TINY_CLASSES * TINY_PIXELS, 1, 100);
    reference_draw(tiny->x, TINY_SCORE * TINY_PIXELS, 0.2, 101);
    for (int i = 0; i < TINY_SCORE; i++) {
        tiny->y[i] = i % TINY_CLASSES;
        tiny->task[i] = tiny->y[i] >= 3;
        tiny->weight[i] = (float)(i % 4) / 2;
        for (int j = 0; j < TINY_PIXELS; j++)
            tiny->x[i * TINY_PIXELS + j] += pattern[tiny->y[i] * TINY_PIXELS + j];
    }
}

void tiny_open(struct tiny *tiny, const struct learner *learner, void *self,
               uint64_t seed)
{
    tiny_open_threads(tiny, learner, self, seed, 1, NULL);
}

static void open_in(struct tiny *tiny, const struct learner *learner, void *self,
                    const struct learner_env *env)
{
    struct error err = {0};

    tiny->learner = learner;
    tiny->self = self;
    ck_assert_int_eq(arena_open(&tiny->arena, 0, &err), OK);
    ck_assert_msg(learner->init(self, env, &err) == OK, "%s: %s", learner->name,
                  err.text);
    draw_images(tiny);
    tiny->batch = (struct batch){
        .x = mat_of(tiny->x, TINY_TRAIN, TINY_PIXELS),
        .y = tiny->y,
        .task = tiny->task,
        .competing = together,
    };
}

void tiny_open_threads(struct tiny *tiny, const struct learner *learner, void *self,
                       uint64_t seed, int n, struct threads *threads)
{
    struct learner_env env = tiny_env(&tiny->arena, seed);

    env.n_thread = n;
    env.threads = threads;
    open_in(tiny, learner, self, &env);
}

void tiny_open_door(struct tiny *tiny, const struct learner *learner, void *self,
                    uint64_t seed, const struct optim_hook *hook)
{
    struct learner_env env = tiny_env(&tiny->arena, seed);

    env.hook = hook;
    open_in(tiny, learner, self, &env);
}

void tiny_close(struct tiny *tiny)
{
    free(tiny->self);
    arena_close(&tiny->arena);
}

void tiny_mask(struct tiny *tiny)
{
    tiny->batch.competing = apart;
    tiny->batch.weight = tiny->weight;
}

struct mat tiny_images(struct tiny *tiny, int n)
{
    return mat_of(tiny->x, n, TINY_PIXELS);
}

struct classes tiny_all(void)
{
    return together[0];
}

/* Where step i stands, when an epoch is one batch. */
static struct progress progress_of(const struct tiny *tiny, int i)
{
    const struct learner *learner = tiny->learner;
    struct progress at = {.step = i, .pass = i};
    int passes;

    while (at.pass >=
           (passes = learner->passes ? learner->passes(tiny->self, at.epoch) : 1)) {
        at.pass -= passes;
        at.epoch++;
    }
    return at;
}

real tiny_train(struct tiny *tiny, int step, int n)
{
    const struct learner *learner = tiny->learner;
    real loss = 0;

    for (int i = step; i < step + n; i++) {
        tiny->batch.progress = progress_of(tiny, i);
        loss = learner->train(tiny->self, &tiny->batch,
                              rng_at(rng_child(rng_seed(9), "train"), (uint64_t)i));
    }
    return loss;
}
