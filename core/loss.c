#include "core/loss.h"

#include <assert.h>
#include <tgmath.h>

void softmax_row(real *logit, const uint8_t *on, int n)
{
    real highest = -INFINITY, sum = 0;

    for (int k = 0; k < n; k++)
        if (on[k] && logit[k] > highest)
            highest = logit[k];
    for (int k = 0; k < n; k++) {
        logit[k] = on[k] ? exp(logit[k] - highest) : 0;
        sum += logit[k];
    }
    for (int k = 0; k < n; k++)
        logit[k] /= sum;
}

const uint8_t *batch_competing(const struct batch *batch, int i)
{
    return batch->among[batch->task[i]].on;
}

real batch_weight(const struct batch *batch, int i)
{
    return batch->weight ? batch->weight[i] : 1;
}

real loss_cross_entropy(struct mat logit, const struct batch *batch)
{
    real loss = 0;

    for (int i = 0; i < logit.rows; i++) {
        real *p = mat_row(logit, i), share = batch_weight(batch, i) / (real)logit.rows;
        int y = batch->y[i];

        assert(batch_competing(batch, i)[y]);
        softmax_row(p, batch_competing(batch, i), logit.cols);
        /* the floor keeps a hopeless row finite; NAN passes through */
        loss -= share * log(p[y] < (real)1e-37 ? (real)1e-37 : p[y]);
        p[y] -= 1; /* dlogit = share (p - onehot) */
        for (int k = 0; k < logit.cols; k++)
            p[k] *= share;
    }
    return loss;
}

real loss_squared(struct mat y, struct mat target, const struct batch *batch)
{
    real loss = 0;

    for (int i = 0; i < y.rows; i++) {
        real *d = mat_row(y, i), share = batch_weight(batch, i) / (real)y.rows;
        const real *t = mat_row(target, i);

        for (int j = 0; j < y.cols; j++) {
            d[j] -= t[j];
            loss += share * d[j] * d[j];
            d[j] *= 2 * share;
        }
    }
    return loss;
}
