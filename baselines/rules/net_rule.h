/* What rules for nets of any layers begin with: the net taken apart, which ends in a dense
 * layer of n_out logits, its weights and the memory to run it. It is the first member of
 * the rule's state struct, so that the hooks below can stand in the rule's table. */
#ifndef BASELINES_RULES_NET_RULE_H
#define BASELINES_RULES_NET_RULE_H

#include "core/nn/modules.h"
#include "core/plug/learner.h"

struct net_rule {
    char layers[PARAM_TEXT_MAX];
    int init;
    struct modules modules;
    struct vec w;
    real *state; /* running statistics */
    struct net_work work;
};

/* The rows `net` and `init` of a rule's table. */
/* clang-format off */
#define NET_RULE_PARAMS(type, field, init_)                                              \
    {"net", PARAM_TEXT, offsetof(type, field.layers), "mlp-400-400", 0, 0, NULL,         \
     "hidden layers: a preset or a list of layers"},                                     \
    {"init", PARAM_CHOICE, offsetof(type, field.init), init_, 0, 0, init_names,          \
     "initial weights"}
/* clang-format on */

/* Plans the net; ERR_USAGE as of modules_parse. */
enum status net_rule_plan(struct net_rule *base, const char *rule, enum module_cut cut,
                          const struct learner_env *env, struct error *err);

/* Takes the weights, the running statistics and the working memory. */
void net_rule_take(struct net_rule *base, const struct learner_env *env);

/* The initial weights and statistics. */
void net_rule_draw(const struct net_rule *base, struct rng rng);

/* Hooks (core/plug/learner.h): all weights, logits, what the output layer reads. */
struct vec net_rule_weights(const void *self);
void net_rule_score(const void *self, struct mat x, struct classes competing,
                    struct rng rng, struct mat out);
double net_rule_score_flops(const void *self);
int net_rule_n_feature(const void *self);
void net_rule_features(const void *self, struct mat x, struct rng rng, struct mat out);

#endif
