#include "baselines/rules/soft_wta.h"

#include <string.h>
#include <tgmath.h>

#include "core/nn/loss.h"

void soft_wta_compete(struct mat y, struct mat u, double t)
{
    for (int i = 0; i < u.rows; i++) {
        const real *v = mat_row(u, i);
        real *p = mat_row(y, i), most = v[0], sum = 0;

        for (int k = 1; k < u.cols; k++)
            most = v[k] > most ? v[k] : most;
        for (int k = 0; k < u.cols; k++)
            sum += p[k] = exp((real)t * (v[k] - most));
        for (int k = 0; k < u.cols; k++)
            p[k] /= sum;
    }
}

void soft_wta_reward(const struct soft_wta *wta, struct mat y, const struct batch *batch)
{
    int positions = y.rows / batch->x.rows;

    for (int i = 0; i < y.rows; i++) {
        real *p = mat_row(y, i), weight = batch_weight(batch, i / positions);
        int winner = 0;

        for (int k = 1; k < y.cols; k++)
            winner = p[k] > p[winner] ? k : winner;
        for (int k = 0; k < y.cols; k++)
            p[k] *= wta->anti && k != winner ? -weight : weight;
    }
}

/* length_k = |w_k|, pull_k = sum over rows of c_k u_k */
static void measure(const struct soft_wta *wta, struct mat w, struct mat c, struct mat u)
{
    memset(wta->length, 0, (size_t)w.cols * sizeof *wta->length);
    memset(wta->pull, 0, (size_t)w.cols * sizeof *wta->pull);
    for (int j = 0; j < w.rows; j++)
        for (int k = 0; k < w.cols; k++)
            wta->length[k] += mat_row(w, j)[k] * mat_row(w, j)[k];
    for (int k = 0; k < w.cols; k++)
        wta->length[k] = sqrt(wta->length[k]);
    for (int i = 0; i < c.rows; i++)
        for (int k = 0; k < w.cols; k++)
            wta->pull[k] += mat_row(c, i)[k] * mat_row(u, i)[k];
}

/* g, which holds x^T c, becomes D; the largest |D|. */
static real pull_back(const struct soft_wta *wta, struct mat g, struct mat w)
{
    real largest = 0;

    for (int j = 0; j < g.rows; j++)
        for (int k = 0; k < g.cols; k++) {
            real *d = &mat_row(g, j)[k];

            *d -= wta->pull[k] * mat_row(w, j)[k];
            largest = fabs(*d) > largest ? fabs(*d) : largest;
        }
    return largest;
}

void soft_wta_change(const struct soft_wta *wta, struct mat g, struct mat w, struct mat u,
                     struct mat c)
{
    real *rate = wta->length, largest;

    measure(wta, w, c, u);
    largest = pull_back(wta, g, w) + (real)1e-30;
    for (int k = 0; k < g.cols; k++)
        rate[k] = pow(fabs(wta->length[k] - 1) + (real)1e-10, (real)wta->power) / largest;
    for (int j = 0; j < g.rows; j++)
        for (int k = 0; k < g.cols; k++)
            mat_row(g, j)[k] *= -rate[k];
}
