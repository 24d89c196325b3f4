#include "bench/plan/supports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

enum status supports_options(const struct learner *learner, const void *options,
                             struct shape image, int n_out, struct error *err)
{
    struct arena arena;
    struct learner_env env = {.arena = &arena,
                              .rng = rng_seed(1),
                              .image = image,
                              .n_out = n_out,
                              .n_train = 2,
                              .n_score = 2,
                              .n_thread = 1};
    void *self = malloc(learner->size);
    struct error why = {0};

    if (!self || arena_open(&arena, ARENA_ALIGN, &why) != OK) {
        free(self);
        return error_no_memory(err);
    }
    memcpy(self, options, learner->size);
    learner->init(self, &env, &why);
    arena_close(&arena);
    free(self);
    return why.status == OK || why.status == ERR_MEMORY
               ? OK
               : error_set(err, why.status, "%s", why.text);
}

static bool takes(const struct learner *learner, const char *net)
{
    const struct shape small = {8, 8, 1};
    struct error err = {0};
    void *options = memory_required(learner->size);

    if (options) {
        memset(options, 0, learner->size);
        param_defaults(learner->params, options);
        if (param_set(param_find(learner->params, "net"), options, net, &err) == OK)
            supports_options(learner, options, small, 2, &err);
    }
    free(options);
    return options && err.status == OK;
}

const char *supports_nets(const struct learner *learner)
{
    bool mlp, cnn;

    if (!param_find(learner->params, "net"))
        return "none";
    mlp = takes(learner, "mlp-8-8");
    cnn = takes(learner, "conv 4 3, relu, pool 2, conv 4 3, relu, pool 2, dense 8, relu");
    return mlp && cnn ? "MLP and CNN" : mlp ? "MLP" : "CNN";
}

void supports_hooks(unsigned can, char out[SUPPORTS_MAX])
{
    static const struct {
        unsigned hook;
        const char *text;
    } row[] = {
        {CAN_SOFT, "soft targets"},   {CAN_HOOK, "penalties at the optimiser"},
        {CAN_GRAD, "whole gradient"}, {CAN_STEP, "single steps"},
        {CAN_FEATURES, "features"},   {CAN_GATE, "gates"},
    };
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        if (can & row[i].hook)
            used += (size_t)snprintf(out + used, SUPPORTS_MAX - used, "%s%s",
                                     used ? ", " : "", row[i].text);
    if (used == 0)
        strcpy(out, "nothing");
}
