/* One NoProp block (Li, Teh & Pascanu 2025, figure 5): from an image x and a noisy label
 * z, and in continuous time the time t, to logits over the classes.
 *
 *   BLOCK_DISCRETE    f = image branch: trunk, dense W, batchnorm
 *                     h = dense W, batchnorm, relu (z)
 *                     e = h + [dense W, batchnorm, relu, dense W, batchnorm](h)
 *                     fusion of [f e]: dense W, batchnorm, relu, dense W/2, batchnorm,
 *                     relu, dense m
 *   BLOCK_CONTINUOUS  the same without batch norm: f = trunk, dense W, relu;
 *                     e = dense W, relu (z);  s = dense W, relu (features of t);
 *                     fusion of [f e s]: dense W, relu, dense W/2, relu, dense m
 *   BLOCK_PEER        the block of the PyTorch peer: f = trunk (which ends in W units);
 *                     h as in discrete time, e = relu(h + [dense W, batchnorm](h));
 *                     fusion of [f e]: dense W, relu, dense m
 *
 * W is 256 in the paper; the trunk is the paper's convolutions or any net. A label as
 * large as the image is an image: it goes through a second image branch with weights of
 * its own, and nothing is added to the result. A block is one flat piece of
 * weights and one of state; all blocks share the plan, and those that are not trained at
 * the same time share the working memory. */
#ifndef NOPROP_BLOCK_H
#define NOPROP_BLOCK_H

#include "core/nn/net.h"

enum block_form { BLOCK_DISCRETE, BLOCK_PEER, BLOCK_CONTINUOUS };

/* What follows the dense layers of the discrete form: nothing (then f ends in a relu as in
 * continuous time), batch norm as in the paper, or layer norm, which has no weights. */
enum norm { NORM_NONE, NORM_BATCH, NORM_LAYER };

enum { BLOCK_TIME = 64 }; /* features of a time */

enum block_part {
    PART_IMAGE,
    PART_LABEL,
    PART_SKIP,
    PART_TIME,
    PART_JOIN, /* the first layer of the fusion: one dense layer */
    PART_FUSION,
    N_BLOCK_PART
};

struct block_spec {
    enum block_form form;
    enum norm norm; /* of the discrete form */
    const char *trunk;
    int width;
    struct shape image;
    int d, m;     /* of a label, of the logits */
    bool want_dz; /* will block_backward have to return the derivative of the label? */
};

struct block {
    struct net part[N_BLOCK_PART];
    bool has[N_BLOCK_PART], wants_dx[N_BLOCK_PART];
    size_t weight[N_BLOCK_PART], state[N_BLOCK_PART]; /* offsets in a block's piece */
    size_t n_weight, n_state;                         /* reals of one block */
    int width, n_joined; /* n_joined: branches that the fusion joins */
    bool relu_sum;       /* e = relu(h + skip(h)) */
};

struct block_work {
    struct net_work part[N_BLOCK_PART];
    struct mat joined;  /* rows x n_joined W: [f e s] */
    struct mat encoded; /* n_score x W: what f adds to the first fusion layer */
    struct mat dlabel;  /* rows x W */
};

struct block_input {
    struct mat x, z; /* n x image, n x d */
    struct mat time; /* n x BLOCK_TIME; empty but in continuous time */
};

/* ERR_USAGE where the trunk is not a net or does not fit. */
enum status block_plan(struct block *block, const struct block_spec *spec,
                       struct error *err);

/* workers: threads that share the images of a batch (core/nn/net.h). */
void block_take_work(const struct block *block, struct block_work *work, int n_train,
                     int n_score, int workers, struct arena *arena);

/* Another memory for training beside `first`, as net_take_more, for blocks in
 * sequence. */
void block_take_more(const struct block *block, struct block_work *work,
                     const struct block_work *first, struct arena *arena);

void block_init(const struct block *block, real *w, real *state, enum init init,
                struct rng rng);

/* What all blocks that train on the same images need of them, as net_square. With
 * block_share_squares, block_forward reads it there: it must then be that of the batch.
 */
size_t block_squares(const struct block *block);
void block_share_squares(struct block_work *work, const double *squares);
void block_square(const struct block *block, const struct block_work *work, struct mat x,
                  double *squares);

/* Returns the logits, n x m, which lie in work. The same rng must be given to
 * block_backward. */
struct mat block_forward(const struct block *block, const real *w, real *state,
                         const struct block_work *work, struct block_input in,
                         enum net_mode mode, struct rng rng);

/* dlogit may be the result of block_forward. g (n_weight) is overwritten. Returns dz,
 * which lies in work, or an empty matrix unless the plan had want_dz. */
struct mat block_backward(const struct block *block, const real *w,
                          const struct block_work *work, struct block_input in,
                          struct mat dlogit, real *g, struct rng rng);

/* Scoring in two steps: what depends on the images alone is computed once and kept in
 * work; then the logits for any number of labels, at a time whose features are given as
 * one row (NULL in discrete time). The logits lie in work. */
void block_encode(const struct block *block, real *w, real *state,
                  const struct block_work *work, struct mat x);
struct mat block_predict(const struct block *block, real *w, real *state,
                         const struct block_work *work, struct mat z, real *time);

/* The output of the image branch, x.rows x width, which lies in work. */
struct mat block_image(const struct block *block, real *w, real *state,
                       const struct block_work *work, struct mat x);

double block_flops(const struct block *block); /* of a training step, per row */

/* Of the forward pass alone; of block_encode and of block_predict. */
double block_flops_encode(const struct block *block);
double block_flops_predict(const struct block *block);

#endif
