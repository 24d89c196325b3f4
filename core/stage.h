/* A convolution with what directly follows it: [batch norm] [relu] [max-pool]. One stage
 * runs a few images at a time, so that a map goes from the convolution to the pool within
 * the second-level cache, and most maps are never stored:
 *
 *   without batch norm   only the pooled output and a mark a value (core/kernels.h)
 *   with batch norm      also the convolution's map z, as the statistics of the whole
 *                        batch must be known before the first value can be normalised;
 *                        and of a pool the z that won, all that the sums of the backward
 *                        pass need
 *
 * z of a direct convolution is computed anew instead, three times in all: with its few
 * input channels that takes less time than to write and read a map that fills no cache.
 */
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
    real *z;       /* stage_maps: n maps. This and the next two are NULL for scoring */
    real *won;     /* stage_winners: n outputs */
    uint8_t *mark; /* stage_marks: n outputs */
    struct batchnorm norm;
    real *mean;    /* norm: of the batch, kept for the backward pass beside norm.scale */
    real *scratch; /* stage_scratch reals for that many workers */
    int workers;   /* 1 or more */
};

/* What does it keep? */
bool stage_marks(const struct stage *stage);
bool stage_winners(const struct stage *stage);
bool stage_maps(const struct stage *stage);
size_t stage_scratch(const struct stage *stage, int workers); /* reals */

void stage_forward(const struct stage *stage, const struct stage_data *at);

/* The forward pass alone, with the running statistics. */
void stage_score(const struct stage *stage, const struct stage_data *at);

/* dw, db, and with norm dgain and dshift, overwritten; dx.at NULL = not wanted. dx may be
 * the x of the data, but not dy. */
struct stage_gradient {
    struct mat dw;
    real *db, *dgain, *dshift;
};
void stage_backward(const struct stage *stage, const struct stage_data *at,
                    struct stage_gradient g, struct mat dy, struct mat dx);

#endif
