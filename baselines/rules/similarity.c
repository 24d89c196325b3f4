#include "baselines/rules/similarity.h"

#include "core/nn/layers.h"
#include "core/nn/loss.h"

void similarity_take(struct similarity *similarity, int rows, struct arena *arena)
{
    size_t n = (size_t)rows;

    similarity->s = arena_take(arena, TAG_SCRATCH, n * n, sizeof(real));
    similarity->scale = arena_take(arena, TAG_SCRATCH, n, sizeof(real));
}

/* S becomes dL/dS, which is symmetric. */
static real compare(struct mat s, const struct batch *batch, int n_class)
{
    real loss = 0, other = n_class > 1 ? -1 / (real)(n_class - 1) : 0;

    for (int i = 0; i < s.rows; i++)
        for (int j = 0; j < s.cols; j++) {
            real share = batch_weight(batch, i) / (real)s.rows *
                         (batch_weight(batch, j) / (real)s.rows);
            real off = mat_row(s, i)[j] - (batch->y[i] == batch->y[j] ? 1 : other);

            loss += share * off * off;
            mat_row(s, i)[j] = 2 * share * off;
        }
    return loss;
}

real similarity_loss(const struct similarity *similarity, const struct batch *batch,
                     int n_class, struct mat a, struct mat d)
{
    struct mat s = mat_of(similarity->s, a.rows, a.rows);
    real size = (real)a.cols, loss;

    layernorm_forward(a, similarity->scale);
    mat_mul_nt(s, a, a, false); /* S = y y^T / size */
    for (size_t i = 0; i < (size_t)s.rows * (size_t)s.cols; i++)
        s.data[i] /= size;
    loss = compare(s, batch, n_class);
    mat_mul(d, s, a, false); /* dL/dy = 2 dL/dS y / size */
    for (size_t i = 0; i < (size_t)d.rows * (size_t)d.cols; i++)
        d.data[i] *= 2 / size;
    layernorm_backward(d, a, similarity->scale);
    return loss;
}
