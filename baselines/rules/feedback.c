#include "baselines/rules/feedback.h"

void feedback_gradient(const struct mlp *mlp, struct feedback feedback,
                       const struct mlp_values *values, const struct mlp_pair *pair,
                       struct mat x, struct mat e, real *g)
{
    struct mat d = e, top = feedback.error.data ? feedback.error : e;

    for (int l = mlp->n_layer; l >= 1; l--) {
        struct mat in = l > 1 ? mlp_value(mlp, values, l - 1, x.rows) : x;
        struct dense dense = mlp_dense(mlp, g, l);

        dense_backward(dense.w, dense.b, in, d);
        if (l > 1) {
            struct mat below = mlp_pair_value(mlp, pair, l - 1, x.rows);
            bool from_top = feedback.direct || l == mlp->n_layer;

            mat_mul(below, from_top ? top : d, feedback.back[l - 1], false);
            mlp_layer_backward(mlp, l - 1, below, in);
            d = below;
        }
    }
}
