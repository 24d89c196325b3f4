#include "baselines/rules/net_rule.h"

enum status net_rule_plan(struct net_rule *base, const char *rule, enum module_cut cut,
                          const struct learner_env *env, struct error *err)
{
    return modules_parse(&base->modules, rule, base->layers, env->image, env->n_out, cut,
                         err);
}

void net_rule_take(struct net_rule *base, const struct learner_env *env)
{
    const struct net *net = &base->modules.net;

    base->w.n = net->n_weight;
    base->w.data = arena_take(env->arena, TAG_WEIGHT, base->w.n, sizeof(real));
    base->state = arena_take(env->arena, TAG_STATE, net->n_state, sizeof(real));
    net_take_work(net, &base->work, env->n_train, env->n_score, false, env->n_thread,
                  env->arena);
}

void net_rule_draw(const struct net_rule *base, struct rng rng)
{
    modules_init_weights(&base->modules, base->w.data, (enum init)base->init, rng);
    net_init_state(&base->modules.net, base->state);
}

struct vec net_rule_weights(const void *self)
{
    return ((const struct net_rule *)self)->w;
}

void net_rule_score(const void *self, struct mat x, struct classes competing,
                    struct rng rng, struct mat out)
{
    const struct net_rule *base = self;

    mat_copy(out,
             net_score(&base->modules.net, base->w.data, base->state, &base->work, x));
}

double net_rule_score_flops(const void *self)
{
    return net_flops_forward(&((const struct net_rule *)self)->modules.net);
}

int net_rule_n_feature(const void *self)
{
    const struct net *net = &((const struct net_rule *)self)->modules.net;

    return shape_size(net->layer[net->n_layer - 1].in);
}

void net_rule_features(const void *self, struct mat x, struct rng rng, struct mat out)
{
    const struct net_rule *base = self;

    mat_copy(out,
             net_features(&base->modules.net, base->w.data, base->state, &base->work, x));
}
