/* What the files of NoProp-DT share: noprop/dt.c (the learner), noprop/dt_trace.c (its
 * diagnostics), noprop/dt_share.c (its blocks in several processes). No other file includes this. */
#ifndef NOPROP_DT_H
#define NOPROP_DT_H

#include "noprop/model.h"
#include "noprop/schedule.h"

enum form { FORM_PAPER, FORM_PEER };
enum order { ORDER_BATCH, ORDER_EPOCH, ORDER_TASK };

struct noprop_dt {
    struct model model; /* first: model_weights, model_task_begin */

    struct model_options options;
    int blocks, form, norm, order, weight;
    double eta, clip;
    bool noise;

    struct schedule schedule;
    real *loss;        /* together: of each block */
    struct mat *gw;    /* together: what each gives to the embeddings; empty = nothing */
    struct mat before; /* m x d: the embeddings before a batch; empty = they are fixed */
    struct mat eps;    /* n_score x d: scratch */
    double *squares;   /* block_square of a batch, for all blocks; NULL = not shared */
    int together;      /* blocks that are trained before any embedding moves */
    int *current;      /* order task: the block whose moments are kept */
    int own, own_end; /* blocks own .. own_end - 1, from 0, are trained in this process */
};

/* noprop/dt_share.c: sets the blocks that this process trains; ERR_USAGE where blocks
 * cannot be trained apart. */
enum status dt_take_share(struct noprop_dt *dt, struct share share, struct error *err);
int dt_pieces(const void *self, struct share share, struct vec piece[SHARE_PIECES]);

/* z ~ q(z_t | y) = N(sqrt(abar_t) u_y, 1 - abar_t), eq. 6 */
void dt_noise_labels(const struct noprop_dt *dt, struct mat z, const struct batch *batch,
                     int t, struct rng rng);

/* z_t = a uhat + b z_{t-1} + sqrt(c) eps, eq. 3, or without the last term. */
void dt_denoise(const struct noprop_dt *dt, struct mat z, struct mat uhat, int t,
                bool noise, struct rng rng);

void dt_trace(const void *self, const struct batch *batch, struct rng rng,
              struct trace *trace);

#endif
