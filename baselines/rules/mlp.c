#include "baselines/rules/mlp.h"

enum status mlp_plan(struct mlp *mlp, const char *rule, const struct learner_env *env,
                     struct error *err)
{
    if (trunk_parse(&mlp->trunk, rule, mlp->layers, env->image, err) != OK)
        return err->status;
    trunk_add(&mlp->trunk, env->n_out);
    return OK;
}

void mlp_take(struct mlp *mlp, size_t n_extra, const struct learner_env *env)
{
    int rows = env->n_train > env->n_score ? env->n_train : env->n_score;

    mlp->w.n = mlp->trunk.n_weight + n_extra;
    mlp->w.at = arena_take(env->arena, TAG_WEIGHT, mlp->w.n, sizeof(real));
    mlp->pair = trunk_take_pair(&mlp->trunk, rows, env->arena);
}

void mlp_draw(const struct mlp *mlp, struct rng rng)
{
    trunk_init_weights(&mlp->trunk, mlp->w.at, (enum init)mlp->init, rng);
}

int mlp_hidden(const struct mlp *mlp)
{
    return mlp->trunk.n_layer - 1;
}

struct vec mlp_weights(const void *self)
{
    return ((const struct mlp *)self)->w;
}

void mlp_score(const void *self, struct mat x, struct classes among, struct rng rng,
               struct mat out)
{
    const struct mlp *mlp = self;

    mat_copy(out, trunk_score(&mlp->trunk, mlp->w.at, &mlp->pair, x));
}

int mlp_n_feature(const void *self)
{
    const struct mlp *mlp = self;

    return mlp->trunk.layer[mlp_hidden(mlp)].n_out;
}

void mlp_features(const void *self, struct mat x, struct rng rng, struct mat out)
{
    const struct mlp *mlp = self;

    mat_copy(out, trunk_climb(&mlp->trunk, mlp->w.at, &mlp->pair, x, mlp_hidden(mlp)));
}
