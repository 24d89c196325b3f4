/* One NoProp block (Li, Teh & Pascanu 2025, figure 5): from an image x and a noisy label
 * z to logits over the classes.
 *
 *   image branch   trunk, dense W, batchnorm                                  -> f
 *   label branch   h = dense W, batchnorm, relu (z)
 *                  h + [dense W, batchnorm, relu, dense W, batchnorm](h)      -> e
 *   fusion         dense W, batchnorm, relu, dense W/2, batchnorm, relu, dense m ([f e])
 *
 * W is 256 in the paper; the trunk is the paper's convolutions or any net. Without batch
 * norm (the paper's continuous-time form) the image branch ends in a ReLU instead. A
 * block is one flat piece of weights and one of state; all blocks share the plan and the
 * working memory. */
#ifndef NOPROP_BLOCK_H
#define NOPROP_BLOCK_H

#include "core/net.h"

enum block_part { PART_IMAGE, PART_LABEL, PART_SKIP, PART_FUSION, N_BLOCK_PART };

struct block {
    struct net part[N_BLOCK_PART];
    size_t weight[N_BLOCK_PART], state[N_BLOCK_PART]; /* offsets in a block's piece */
    size_t n_weight, n_state;                         /* reals of one block */
    int width;
};

struct block_work {
    struct net_work part[N_BLOCK_PART];
    struct mat joined; /* rows x 2 W: [f e] */
    struct mat dlabel; /* rows x W */
};

enum status block_plan(struct block *block, const char *trunk, int width, bool batchnorm,
                       struct shape image, int d, int m, struct error *err);

void block_take_work(const struct block *block, struct block_work *work, int n_train,
                     int n_score, struct arena *arena);

void block_init(const struct block *block, real *w, real *state, enum init init,
                struct rng rng);

/* Logits, rows x m, lying in work. The same rng must be given to block_backward. */
struct mat block_forward(const struct block *block, const real *w, real *state,
                         const struct block_work *work, struct mat x, struct mat z,
                         enum net_mode mode, struct rng rng);

/* dlogit may be the result of block_forward. g (n_weight) is overwritten. */
void block_backward(const struct block *block, const real *w,
                    const struct block_work *work, struct mat x, struct mat z,
                    struct mat dlogit, real *g, struct rng rng);

struct mat block_score(const struct block *block, const real *w, real *state,
                       const struct block_work *work, struct mat x, struct mat z);

double block_flops(const struct block *block); /* of one training step, per row */

#endif
