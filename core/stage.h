/* A convolution with what directly follows it: [batch norm] [relu] [max-pool]. One stage
 * runs a few images at a time, so that a map goes from the convolution to the pool within
 * the second-level cache, and most maps are never stored:
 *
 *   without batch norm   only the pooled output and a mark a value (core/kernels.h)
 *   with batch norm      also the convolution's map z: the statistics of the whole batch
 * must be known before the first value can be normalised */
#ifndef CORE_STAGE_H
#define CORE_STAGE_H

#include "core/conv.h"
#include "core/nn.h"

struct stage {
    struct conv conv;
    struct pooling pooling; /* size 1 = no pool */
    bool norm;
};

/* What a stage runs on; all of it belongs to the caller. Where there is scratch for as
 * many workers as the calling thread's own pool has (core/threads.h), they share the
 * images of the batch; the bits do not depend on it. */
struct stage_data {
    int n;           /* images */
    struct mat x, y; /* n x in, n x out */
    struct mat w;    /* of the convolution */
    const real *b;
    real *z;       /* norm: n maps. Not needed for scoring */
    uint8_t *mark; /* stage_marks: n outputs. NULL for scoring */
    struct batchnorm norm;
    real *mean;    /* norm: of the batch, kept for the backward pass beside norm.scale */
    real *scratch; /* stage_scratch reals for that many workers */
    int workers;   /* 1 or more */
};

bool stage_marks(const struct stage *stage);                  /* does it keep marks? */
size_t stage_scratch(const struct stage *stage, int workers); /* reals */

void stage_forward(const struct stage *stage, const struct stage_data *at);

/* The forward pass alone, with the running statistics. */
void stage_score(const struct stage *stage, const struct stage_data *at);

/* dw, db, and with norm dgain and dshift, overwritten; dx.at NULL = not wanted. */
struct stage_gradient {
    struct mat dw;
    real *db, *dgain, *dshift;
};
void stage_backward(const struct stage *stage, const struct stage_data *at,
                    struct stage_gradient g, struct mat dy, struct mat dx);

#endif
