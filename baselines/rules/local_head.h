/* The losses that a module of a net is trained by alone (Nokland & Eidnes 2019,
 * arXiv:1901.06656, sections 2.1 and 2.2; details from the code they published). h is what
 * the module returns, a row of units or a map.
 *
 *   pred   the softmax cross-entropy of G = p M over what competes; p = h, but of a map
 *          its means over windows, which are as large as it takes for p to have no more
 *          than so many values: they double, first in height, then in width. Windows at
 *          the far edges take the mean over what lies in the map
 *   sim    the similarity loss (baselines/rules/similarity.h) of a row for each image:
 *          h R, R of n x n; of a map the standard deviations over positions, channel by
 *          channel, of its convolution with R, 3 x 3 and padded; with 3 channels or fewer
 *          the convolution itself
 *
 * Neither has a bias. M and R lie in one block, R behind M. */
#ifndef BASELINES_RULES_LOCAL_HEAD_H
#define BASELINES_RULES_LOCAL_HEAD_H

#include "baselines/rules/similarity.h"
#include "core/nn/conv.h"

struct local_head {
    struct shape map, pooled; /* of h, of p */
    int high, wide;           /* windows */
    bool similar;             /* has it R? */
    bool spatial;             /* R is of a convolution */
    struct conv conv;
    struct mat m, r; /* their sizes; no data */
};

/* most: values of p. */
struct local_head local_head_of(struct shape map, int most, int n_out, bool similar);

size_t local_head_size(const struct local_head *head); /* reals of the block */
struct mat local_head_projection(const struct local_head *head, real *block);
struct mat local_head_similarity(const struct local_head *head, real *block);

/* What all heads of a net share. */
struct local_head_work {
    struct mat pooled, dpooled; /* p and its derivative */
    struct mat goodness;        /* G, and its derivative */
    struct mat a, da;           /* h R, and its derivative */
    struct mat row, drow;       /* standard deviations, and their derivative */
    real *moment;               /* of one map */
    real *zero, *scratch;       /* of the convolutions */
    struct similarity sim;
};

/* rows: of n_train for training, or of n_score where these are more. */
void local_head_take(struct local_head_work *work, const struct local_head *heads, int n,
                     int n_train, int n_score, struct arena *arena);

/* p, which is h itself where nothing is averaged. */
struct mat local_head_pool(const struct local_head *head,
                           const struct local_head_work *work, struct mat h);

/* The loss of M, d = dpred/dh, and the gradient of M into a block g. */
real local_head_predict(const struct local_head *head, const struct local_head_work *work,
                        const struct batch *batch, struct mat h, real *block,
                        struct mat d, real *g);

/* The same of R; dsim/dh is returned, in the working memory. */
struct mat local_head_match(const struct local_head *head,
                            const struct local_head_work *work, const struct batch *batch,
                            struct mat h, real *block, real *g, real *loss);

/* Per row, of one product with M and one with R, a multiply-add counted as two. */
double local_head_predict_flops(const struct local_head *head);
double local_head_match_flops(const struct local_head *head);

#endif
