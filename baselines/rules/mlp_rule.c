#include "baselines/rules/mlp_rule.h"

enum status mlp_rule_plan(struct mlp_rule *base, const char *rule,
                          const struct learner_env *env, struct error *err)
{
    if (mlp_parse(&base->mlp, rule, base->layers, env->image, err) != OK)
        return err->status;
    mlp_add(&base->mlp, env->n_out);
    return OK;
}

void mlp_rule_take(struct mlp_rule *base, size_t n_extra, const struct learner_env *env)
{
    int rows = env->n_train > env->n_score ? env->n_train : env->n_score;

    base->w.n = base->mlp.n_weight + n_extra;
    base->w.data = arena_take(env->arena, TAG_WEIGHT, base->w.n, sizeof(real));
    base->pair = mlp_take_pair(&base->mlp, rows, env->arena);
}

void mlp_rule_draw(const struct mlp_rule *base, struct rng rng)
{
    mlp_init_weights(&base->mlp, base->w.data, (enum init)base->init, rng);
}

int mlp_rule_hidden(const struct mlp_rule *base)
{
    return base->mlp.n_layer - 1;
}

struct vec mlp_rule_weights(const void *self)
{
    return ((const struct mlp_rule *)self)->w;
}

void mlp_rule_score(const void *self, struct mat x, struct classes competing,
                    struct rng rng, struct mat out)
{
    const struct mlp_rule *base = self;

    mat_copy(out, mlp_score(&base->mlp, base->w.data, &base->pair, x));
}

double mlp_rule_score_flops(const void *self)
{
    return mlp_flops(&((const struct mlp_rule *)self)->mlp);
}

int mlp_rule_n_feature(const void *self)
{
    const struct mlp_rule *base = self;

    return base->mlp.layer[mlp_rule_hidden(base)].n_out;
}

void mlp_rule_features(const void *self, struct mat x, struct rng rng, struct mat out)
{
    const struct mlp_rule *base = self;

    mat_copy(out, mlp_forward_to(&base->mlp, base->w.data, &base->pair, x,
                                 mlp_rule_hidden(base)));
}
