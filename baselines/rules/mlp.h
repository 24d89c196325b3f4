/* What rules for multi-layer perceptrons begin with: the trunk, which ends in a linear
 * layer of n_out logits, its weights and the memory to run it. It is the first member of
 * the rule's state struct, so the hooks below serve the rule's table as they are. */
#ifndef BASELINES_RULES_MLP_H
#define BASELINES_RULES_MLP_H

#include "core/learner.h"
#include "core/trunk.h"

struct mlp {
    char layers[PARAM_TEXT_MAX];
    int init;
    struct trunk trunk;
    struct vec w;           /* the trunk's, then what the rule adds */
    struct trunk_pair pair; /* for a batch of train or of score */
};

/* The rows `net` and `init` of a rule's table. */
#define MLP_PARAMS(type, field, init_)                                                   \
    {"net",                                                                              \
     PARAM_TEXT,                                                                         \
     offsetof(type, field.layers),                                                       \
     "mlp-400-400",                                                                      \
     0,                                                                                  \
     0,                                                                                  \
     NULL,                                                                               \
     "hidden layers: mlp-A-B-... or dense layers and activations"},                      \
    {                                                                                    \
        "init", PARAM_CHOICE, offsetof(type, field.init), init_, 0, 0, init_names,       \
            "initial weights"                                                            \
    }

/* Plans the trunk; ERR_USAGE where the net has other layers, the message names the rule.
 */
enum status mlp_plan(struct mlp *mlp, const char *rule, const struct learner_env *env,
                     struct error *err);

/* Takes the weights, n_extra reals behind the trunk's, and the pair. */
void mlp_take(struct mlp *mlp, size_t n_extra, const struct learner_env *env);

/* The initial weights of the trunk. */
void mlp_draw(const struct mlp *mlp, struct rng rng);

/* Hidden layers: 1..mlp_hidden. */
int mlp_hidden(const struct mlp *mlp);

/* Hooks (core/learner.h): all weights, logits, the top hidden layer. */
struct vec mlp_weights(const void *self);
void mlp_score(const void *self, struct mat x, struct classes among, struct rng rng,
               struct mat out);
int mlp_n_feature(const void *self);
void mlp_features(const void *self, struct mat x, struct rng rng, struct mat out);

#endif
