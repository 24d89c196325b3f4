#include "noprop/mixture.h"

#include <tgmath.h>

#include "core/nn/loss.h"

static bool competes(const struct mixture *mix, struct active_classes active, int i,
                     int k)
{
    const uint8_t *on = active.batch ? batch_competing(active.batch, i) : active.on;

    return on[k] && embedding_known(mix->embedding, k);
}

/* Softmax over the classes that compete; all 0 where none does. */
static void weigh_row(const struct mixture *mix, struct active_classes active, int i,
                      real *l, int m)
{
    const uint8_t *on = active.batch ? batch_competing(active.batch, i) : active.on;
    bool any = false;

    for (int k = 0; k < m; k++) {
        bool in = competes(mix, active, i, k);

        any = any || in;
        if (!in)
            l[k] = mix->weighted ? 0 : -INFINITY;
    }
    if (!any)
        for (int k = 0; k < m; k++)
            l[k] = 0;
    else if (!mix->weighted)
        softmax_row(l, on, m);
}

void mixture_forward(const struct mixture *mix, struct mat logit, struct mat u,
                     struct active_classes active)
{
    for (int i = 0; i < logit.rows; i++)
        weigh_row(mix, active, i, mat_row(logit, i), logit.cols);
    mat_mul(u, logit, mix->embedding->w, false);
}

void mixture_backward(const struct mixture *mix, struct mat p, struct mat du,
                      struct mat r, struct mat gw, struct active_classes active)
{
    mat_mul_nt(r, du, mix->embedding->w, false);
    if (gw.data)
        mat_mul_tn(gw, p, du, true);
    for (int i = 0; i < p.rows; i++) {
        real *pi = mat_row(p, i), *ri = mat_row(r, i), mean = 0;

        for (int k = 0; k < p.cols && !mix->weighted; k++)
            mean += pi[k] * ri[k];
        for (int k = 0; k < p.cols; k++)
            pi[k] = !mix->weighted                ? pi[k] * (ri[k] - mean)
                    : competes(mix, active, i, k) ? ri[k]
                                                  : 0;
    }
}

real mixture_loss(const struct embedding *e, struct mat u, const struct batch *batch,
                  real factor, const real *each, real *square)
{
    real loss = 0;

    for (int i = 0; i < u.rows; i++) {
        const real *target = mat_row(e->w, batch->y[i]);
        real share = factor * batch_weight(batch, i) / (real)u.rows;
        real *d = mat_row(u, i), sum = 0;

        if (each)
            share *= each[i];
        for (int j = 0; j < u.cols; j++) {
            d[j] -= target[j];
            sum += d[j] * d[j];
            d[j] *= 2 * share;
        }
        loss += share * sum;
        if (square)
            square[i] = sum;
    }
    return loss;
}

void embedding_collect(struct mat gw, struct mat d, const struct batch *batch, real scale,
                       const real *scales)
{
    for (int i = 0; gw.data && i < d.rows; i++) {
        real by = scales ? scale * scales[i] : scale, *to = mat_row(gw, batch->y[i]);

        for (int j = 0; j < d.cols; j++)
            to[j] += by * mat_row(d, i)[j];
    }
}
