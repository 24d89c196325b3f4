/* What all variants of NoProp are made of: blocks of one plan, class embeddings, an
 * output head, their weights and optimisers, and the working memory of the threads.
 *
 * The weights are one flat piece: the blocks, then the joint part, which belongs to no
 * block: head, embeddings (if they are trained), and what a variant adds. Each block and
 * the joint part have an optimiser of their own, so that an update of one changes nothing
 * of another. */
#ifndef NOPROP_MODEL_H
#define NOPROP_MODEL_H

#include "core/optim/optimizer.h"
#include "noprop/block.h"
#include "noprop/head.h"

/* What reaches the embeddings, if they are not one-hot: every term of the objective; the
 * cross-entropy of the head and the KL term; nothing. */
enum flow { FLOW_ALL, FLOW_HEAD, FLOW_NONE };

struct model_options {
    char trunk[PARAM_TEXT_MAX];
    int init, width, embedding, dim, embedding_init, sample, flow, posterior, decision;
    double sigma;
    struct optim_options optim;
};

/* The factor of a denoising loss: the paper's, or 1. */
enum weighting { WEIGHT_SNR, WEIGHT_UNIFORM };

extern const char *const flow_names[], *const norm_names[], *const weight_names[];

/* Rows of a learner's table for a struct model_options at `field` of `type`:
 * MODEL_BLOCK_PARAMS of the block and its labels, MODEL_OPTIM_PARAMS of the optimisers,
 * MODEL_PARAMS all of them, with embeddings and head. */
/* clang-format off */
#define MODEL_BLOCK_PARAMS(type, field)                                                  \
    {"net", PARAM_TEXT, offsetof(type, field.trunk), "mlp-400-400", 0, 0, NULL,          \
     "trunk of a block's image branch: a preset or a list of layers"},                   \
    {"width", PARAM_INT, offsetof(type, field.width), "256", 2, 65536, NULL,             \
     "units of the branches and of the fusion"},                                         \
    {"init", PARAM_CHOICE, offsetof(type, field.init), "uniform-fan-in", 0, 0,           \
     init_names, "initial weights"},                                                     \
    {"embedding", PARAM_CHOICE, offsetof(type, field.embedding), "one-hot", 0, 0,        \
     embedding_names, "of the classes: fixed, learned, or an image of each"},            \
    {"dim", PARAM_INT, offsetof(type, field.dim), "20", 1, 65536, NULL,                  \
     "dimension of a learned embedding"}

#define MODEL_PARAMS(type, field, decision_, optimizer_)                                 \
    MODEL_BLOCK_PARAMS(type, field),                                                     \
    {"embedding_init", PARAM_CHOICE, offsetof(type, field.embedding_init), "orthogonal", \
     0, 0, embedding_init_names,                                                         \
     "of learned embeddings; random where they cannot be orthogonal"},                   \
    {"sample", PARAM_INT, offsetof(type, field.sample), "256", 1, 10000, NULL,           \
     "prototypes: images of a class from which its prototype is chosen"},                \
    {"flow", PARAM_CHOICE, offsetof(type, field.flow), "all", 0, 0, flow_names,          \
     "terms that train the embeddings: all, those of the head, or none"},                \
    {"posterior", PARAM_CHOICE, offsetof(type, field.posterior), "softmax", 0, 0,        \
     posterior_names, "class probabilities of the head"},                                \
    {"sigma", PARAM_NUMBER, offsetof(type, field.sigma), "1", 1e-3, 1e3, NULL,           \
     "of the radial class probabilities"},                                               \
    {"decision", PARAM_CHOICE, offsetof(type, field.decision), decision_, 0, 0,          \
     decision_names, "the class from the output head or from the nearest embedding"},    \
    MODEL_OPTIM_PARAMS(type, field, optimizer_)

#define MODEL_OPTIM_PARAMS(type, field, optimizer_)                                      \
    OPTIM_PARAMS(type, field.optim, optimizer_, "0.001", "0.001")
/* clang-format on */

/* Working memory of one thread: it trains one block at a time. */
struct model_work {
    struct block_work block;
    struct mat z, u, r; /* rows x d, d, m */
    real *g;            /* of one block */
};

struct model_spec {
    enum block_form form;
    enum norm norm;
    int n_block, n_work; /* blocks; working memories */
    bool in_sequence;    /* the memories are used one after the other: each has its own
                            for what a backward pass needs, and shares the rest */
    bool headless;       /* nothing but blocks: neither head nor embeddings */
    bool want_dz;        /* the label of a block depends on weights */
    bool one_optimizer; /* blocks are trained one after another and share their moments */
    size_t n_extra;     /* weights that the variant adds to the joint part */
};

struct model {
    int m, d, n_block; /* classes, dimension of an embedding, blocks */
    struct block block;
    struct embedding embedding;
    bool trained; /* are the embeddings trained? */
    enum flow flow;
    struct head head;
    struct mixture mixture;
    struct vec w;
    size_t joint, extra; /* offsets in w: of the joint part, of the variant's */
    real *state;         /* n_block x block.n_state */
    real *joint_g;       /* gradient of the joint part */
    struct optim *optim; /* n_block */
    struct optim joint_optim;
    struct model_work *work; /* n_work; the first also scores */
    int n_work;
    struct threads *threads;
};

/* Takes memory and sets the weights; the extra ones stay 0. ERR_USAGE, ERR_MEMORY. */
enum status model_open(struct model *model, const struct model_options *options,
                       const struct model_spec *spec, const struct learner_env *env,
                       struct error *err);

struct vec model_block(const struct model *model, int t); /* t = 1..n_block */
real *model_state(const struct model *model, int t);      /* NULL = none */
real *model_head(const struct model *model);

/* The embeddings' part of a gradient that is laid out as the joint part; empty where they
 * are not trained. And of it, what the denoising terms may reach: all or nothing. */
struct mat model_gw(const struct model *model, real *joint_g);
struct mat model_gw_denoising(const struct model *model, struct mat gw);

/* KL(q(z_0 | y) || N(0, I)) = (abar |u_y|^2 - d abar - d log(1 - abar)) / 2, mean over
 * the batch. Adds to gw; dabar gets the derivative by abar unless NULL. */
real model_kl(const struct model *model, const struct batch *batch, double abar,
              struct mat gw, double *dabar);

/* z = mean u_y + scale eps for every row, eps ~ N(0, I). */
void model_noise_label(const struct model *model, struct mat z, const struct batch *batch,
                       double mean, double scale, struct rng rng);

/* Hooks of every learner whose state struct begins with its model (core/plug/learner.h):
 * all weights; whether its blocks have batch norms; the embeddings of a task's new
 * classes; for how many blocks activations are held at once. */
struct vec model_weights(const void *self);
bool model_batch_norms(const void *self);
void model_task_begin(void *self, const struct task_view *task, struct rng rng);
int model_blocks_in_memory(const void *self);

/* Scores of the blocks in sequence: z_0 ~ N(0, I); for t = 1..n_block block t predicts
 * uhat, a mixture of the embeddings that compete, and move turns z_{t-1} into z_t, in
 * place; then the decision on z_T. self: a learner whose state struct begins with its
 * model. */
typedef void model_move(const void *self, struct mat z, struct mat uhat, int t,
                        struct rng rng);
void model_score(const void *self, model_move *move, struct mat x,
                 struct classes competing, struct rng rng, struct mat out);

double model_score_flops(const void *self);

/* The outputs of the image branches of all blocks, side by side: the last features that
 * depend on the image alone. n_block x width. */
int model_n_feature(const void *self);
void model_features(const void *self, struct mat x, struct rng rng, struct mat out);

/* NULL, whatever the options: one-hot and learned embeddings exist from the start, and
 * without tasks a prototype is the first image of its class. */
const char *model_needs_tasks(const void *self);

/* Multiply-adds x 2 per row of what every update of a block takes beside the block. */
double model_flops_update(const struct model *model);

#endif
