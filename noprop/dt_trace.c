/* Diagnostics of NoProp-DT, block by block (t = 1..T), on test images:
 *
 *   chain   what inference does (eq. 3): the class of block t's prediction, its squared
 *           distance to the label's embedding, and how well its probabilities are
 *           calibrated
 *   quiet   the same with the noise term off
 *   alone   block t on pure noise instead of z_{t-1}: what it predicts from the image
 *   given   block t on a label noised as in training: its denoising loss, and how much of
 *           the label is in its input. It is given the label: not an accuracy of the
 *           method
 *   head, nearest, and both quiet: the decisions on z_T, at T; without a loss */
#include <math.h>
#include <string.h>

#include "core/plug/trace.h"
#include "noprop/dt.h"

struct tracing {
    const struct noprop_dt *dt;
    const struct batch *batch;
    struct rng rng;
    struct trace *trace;
    struct mat z, u;
};

/* Predicts uhat_t from z and records it. */
static void predict(const struct tracing *tr, const char *what, int t, struct mat z)
{
    const struct model *model = &tr->dt->model;
    real *w = model_block(model, t).data, *state = model_state(model, t);
    struct mat p = block_predict(&model->block, w, state, &model->work[0].block, z, NULL);
    double loss = 0;

    mixture_forward(&model->mixture, p, tr->u, (struct active_classes){tr->batch, NULL});
    for (int i = 0; i < z.rows; i++)
        for (int j = 0; j < model->d; j++) {
            double off = (double)(mat_row(tr->u, i)[j] -
                                  mat_row(model->embedding.w, tr->batch->y[i])[j]);

            loss += off * off;
        }
    trace_note(tr->trace, what, t, loss, p, tr->batch);
    trace_grade(tr->trace, what, t, p, tr->batch);
}

static void normal(struct mat z, struct rng rng)
{
    rng_normal(&rng, z.data, (size_t)z.rows * (size_t)z.cols, 1);
}

/* The two decisions on z; the scores take the place of the logits of the head. */
static void decide(const struct tracing *tr, struct mat z, const char *head,
                   const char *nearest)
{
    const struct model *model = &tr->dt->model;
    struct mat out = mat_rows(model->head.logit, 0, z.rows);
    struct head by = model->head;

    by.decision = DECISION_HEAD;
    head_score(&by, model_head(model), z, tr->batch->competing[0], out);
    trace_note(tr->trace, head, tr->dt->blocks, (double)NAN, out, tr->batch);
    embedding_nearest(&model->embedding, z, out);
    trace_note(tr->trace, nearest, tr->dt->blocks, (double)NAN, out, tr->batch);
}

static void encode(const struct tracing *tr, int t)
{
    const struct model *model = &tr->dt->model;

    block_encode(&model->block, model_block(model, t).data, model_state(model, t),
                 &model->work[0].block, tr->batch->x);
}

static void chain(const struct tracing *tr, bool noise)
{
    const struct noprop_dt *dt = tr->dt;

    normal(tr->z, rng_child(tr->rng, "z_0"));
    for (int t = 1; t <= dt->blocks; t++) {
        encode(tr, t);
        predict(tr, noise ? "chain" : "quiet", t, tr->z);
        dt_denoise(dt, tr->z, tr->u, t, noise, rng_at(tr->rng, (uint64_t)t));
    }
    decide(tr, tr->z, noise ? "head" : "head quiet", noise ? "nearest" : "nearest quiet");
}

void dt_trace(const void *self, const struct batch *batch, struct rng rng,
              struct trace *trace)
{
    const struct noprop_dt *dt = self;
    const struct model_work *work = &dt->model.work[0];
    int n = batch->x.rows;
    struct tracing tr = {
        dt, batch, rng, trace, mat_rows(work->z, 0, n), mat_rows(work->u, 0, n)};

    chain(&tr, true);
    chain(&tr, false);
    for (int t = 1; t <= dt->blocks; t++) {
        struct rng own = rng_at(rng, (uint64_t)t);

        encode(&tr, t);
        normal(tr.z, rng_child(own, "alone"));
        predict(&tr, "alone", t, tr.z);
        dt_noise_labels(dt, tr.z, batch, t - 1, rng_child(own, "given"));
        predict(&tr, "given", t, tr.z);
    }
}
