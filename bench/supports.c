#include "bench/supports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool takes(const struct learner *learner, const char *net)
{
    const struct param *row = param_find(learner->params, "net");
    struct error err = {0};
    struct arena arena;
    struct learner_env env = {.arena = &arena,
                              .rng = rng_seed(1),
                              .image = {8, 8, 1},
                              .n_out = 2,
                              .n_train = 2,
                              .n_score = 2,
                              .threads = 1};
    void *self = calloc(1, learner->size);
    bool taken = false;

    if (self && arena_open(&arena, 0, &err) == OK) {
        param_defaults(learner->params, self);
        taken = param_set(row, self, net, &err) == OK &&
                learner->init(self, &env, &err) == OK;
        arena_close(&arena);
    }
    free(self);
    return taken;
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

void supports_hooks(const struct learner *learner, char out[SUPPORTS_MAX])
{
    unsigned can = learner_can(learner);
    const struct {
        bool yes;
        const char *text;
    } row[] = {
        {can & CAN_SOFT, "soft targets"},
        {can & CAN_DOOR, "penalties at the optimiser"},
        {can & CAN_GRAD, "whole gradient"},
        {can & CAN_STEP, "single steps"},
        {learner->features != NULL, "features"},
    };
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        if (row[i].yes)
            used += (size_t)snprintf(out + used, SUPPORTS_MAX - used, "%s%s",
                                     used ? ", " : "", row[i].text);
    if (used == 0)
        strcpy(out, "nothing");
}
