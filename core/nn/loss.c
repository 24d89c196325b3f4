#include "core/nn/loss.h"

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

/* softmax of z / T over a group, without its values: exp((z_k - highest) / T) / sum. */
struct tempered {
    real highest, sum;
};

static struct tempered temper(const real *z, struct classes group, real temperature)
{
    struct tempered t = {-INFINITY, 0};

    for (int k = 0; k < group.n; k++)
        if (group.on[k] && z[k] > t.highest)
            t.highest = z[k];
    for (int k = 0; k < group.n; k++)
        if (group.on[k])
            t.sum += exp((z[k] - t.highest) / temperature);
    return t;
}

/* T^2 sum_k -p_k log q_k; adds T (q - p), its derivative, to d, times share. */
static real distil(const real *logit, const real *target, struct classes group, real T,
                   real share, real *d)
{
    struct tempered z = temper(logit, group, T), t = temper(target, group, T);
    real loss = 0;

    for (int k = 0; k < group.n; k++) {
        real above = (logit[k] - z.highest) / T, p;

        if (!group.on[k])
            continue;
        p = exp((target[k] - t.highest) / T) / t.sum;
        loss -= p * (above - log(z.sum));
        d[k] += share * T * (exp(above) / z.sum - p);
    }
    return share * T * T * loss;
}

static real match(const real *logit, const real *target, struct classes competing,
                  real share, real *d)
{
    real loss = 0;
    int n = 0;

    for (int k = 0; k < competing.n; k++)
        n += competing.on[k];
    for (int k = 0; k < competing.n; k++) {
        real off = logit[k] - target[k];

        if (!competing.on[k])
            continue;
        loss += share * off * off / (real)n;
        d[k] += 2 * share * off / (real)n;
    }
    return loss;
}

/* The soft terms of row i; their derivative is left in batch->soft->spare. */
static real soft_row(const real *logit, int n_out, int n, const struct batch *batch,
                     int i)
{
    const struct soft *soft = batch->soft;
    const real *target = mat_row(soft->target, i);
    real loss = 0;

    for (int k = 0; k < n_out; k++)
        soft->spare[k] = 0;
    for (int g = 0; g < soft->n_group && soft->distil && soft->distil[i] > 0; g++)
        loss += distil(logit, target, soft->group[g], soft->temperature,
                       soft->distil[i] / (real)n, soft->spare);
    if (soft->match && soft->match[i] > 0)
        loss += match(logit, target, batch->competing[batch->task[i]],
                      soft->match[i] / (real)n, soft->spare);
    return loss;
}

static real sigmoid(real z)
{
    return 1 / (1 + exp(-z));
}

/* -t log s(z) - (1 - t) log(1 - s(z)) = max(z, 0) - t z + log(1 + e^-|z|) */
static real sigmoid_row(real *logit, const struct batch *batch, int i, real share)
{
    const struct soft *soft = batch->soft;
    const real *target = mat_row(soft->target, i);
    const uint8_t *on = batch_competing(batch, i);
    real loss = 0;

    for (int k = 0; k < soft->sigmoid->n; k++) {
        real z = logit[k], t = k == batch->y[i];

        logit[k] = 0;
        if (!on[k])
            continue;
        if (soft->sigmoid->on[k])
            t = sigmoid(target[k] / soft->temperature);
        loss += share * ((z > 0 ? z : 0) - t * z + log1p(exp(-fabs(z))));
        logit[k] = share * (sigmoid(z) - t);
    }
    return loss;
}

static real loss_sigmoids(struct mat logit, const struct batch *batch)
{
    real loss = 0;

    for (int i = 0; i < logit.rows; i++)
        loss += sigmoid_row(mat_row(logit, i), batch, i,
                            batch_weight(batch, i) / (real)logit.rows);
    return loss;
}

real loss_cross_entropy(struct mat logit, const struct batch *batch)
{
    real loss = 0;

    if (batch->soft && batch->soft->sigmoid)
        return loss_sigmoids(logit, batch);
    for (int i = 0; i < logit.rows; i++) {
        real *p = mat_row(logit, i), share = batch_weight(batch, i) / (real)logit.rows;
        int y = batch->y[i];

        assert(batch_competing(batch, i)[y]);
        if (batch->soft)
            loss += soft_row(p, logit.cols, logit.rows, batch, i);
        softmax_row(p, batch_competing(batch, i), logit.cols);
        /* the floor keeps the loss of a very improbable label finite; NAN passes through
         */
        loss -= share * log(p[y] < (real)1e-37 ? (real)1e-37 : p[y]);
        p[y] -= 1; /* dlogit = share (p - onehot) */
        for (int k = 0; k < logit.cols; k++)
            p[k] = batch->soft ? p[k] * share + batch->soft->spare[k] : p[k] * share;
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
