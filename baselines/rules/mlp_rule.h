/* What rules for multi-layer perceptrons begin with: the MLP, which ends in a linear
 * layer of n_out logits, its weights and the memory to run it. It is the first member of
 * the rule's state struct, so that the hooks below can stand in the rule's table. */
#ifndef BASELINES_RULES_MLP_RULE_H
#define BASELINES_RULES_MLP_RULE_H

#include "core/nn/mlp.h"
#include "core/plug/learner.h"

struct mlp_rule {
    char layers[PARAM_TEXT_MAX];
    int init;
    struct mlp mlp;
    struct vec w;         /* the MLP's, then what the rule adds */
    struct mlp_pair pair; /* for a batch of train or of score */
};

/* The rows `net` and `init` of a rule's table. */
/* clang-format off */
#define MLP_RULE_PARAMS(type, field, init_)                                              \
    {"net", PARAM_TEXT, offsetof(type, field.layers), "mlp-400-400", 0, 0, NULL,         \
     "hidden layers: mlp-A-B-... or dense layers and activations"},                      \
    {"init", PARAM_CHOICE, offsetof(type, field.init), init_, 0, 0, init_names,          \
     "initial weights"}
/* clang-format on */

/* Plans the MLP; ERR_USAGE where the net has other layers: the message names the rule. */
enum status mlp_rule_plan(struct mlp_rule *base, const char *rule,
                          const struct learner_env *env, struct error *err);

/* Takes the weights, n_extra reals behind the MLP's, and the pair. */
void mlp_rule_take(struct mlp_rule *base, size_t n_extra, const struct learner_env *env);

/* The initial weights of the MLP. */
void mlp_rule_draw(const struct mlp_rule *base, struct rng rng);

/* Hidden layers: 1..mlp_rule_hidden. */
int mlp_rule_hidden(const struct mlp_rule *base);

/* Hooks (core/plug/learner.h): all weights, logits, the top hidden layer. */
struct vec mlp_rule_weights(const void *self);
void mlp_rule_score(const void *self, struct mat x, struct classes competing,
                    struct rng rng, struct mat out);
double mlp_rule_score_flops(const void *self);
int mlp_rule_n_feature(const void *self);
void mlp_rule_features(const void *self, struct mat x, struct rng rng, struct mat out);

#endif
