#include "baselines/rules/feedback.h"

void feedback_gradient(const struct trunk *trunk, struct feedback feedback,
                       const struct trunk_values *values, const struct trunk_pair *pair,
                       struct mat x, struct mat e, real *g)
{
    struct mat d = e;

    for (int l = trunk->n_layer; l >= 1; l--) {
        struct mat in = l > 1 ? trunk_value(trunk, values, l - 1, x.rows) : x;
        struct dense dense = trunk_dense(trunk, g, l);

        dense_backward(dense.w, dense.b, in, d);
        if (l > 1) {
            struct mat below = trunk_pair_value(trunk, pair, l - 1, x.rows);

            mat_mul(below, feedback.direct ? e : d, feedback.back[l - 1], false);
            trunk_layer_backward(trunk, l - 1, below, in);
            d = below;
        }
    }
}
