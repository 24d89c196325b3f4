/* A learner, as a strategy uses it.
 *
 * Rows that go through handle_train and handle_grad are counted as trained, in samples
 * and in FLOPs; what handle_score and handle_features do is counted in FLOPs apart. Its model is what determines its scores: the weights, and the state
 * beside them (running statistics). */
#ifndef CORE_PLUG_HANDLE_H
#define CORE_PLUG_HANDLE_H

#include "core/plug/learner.h"

struct learner_handle {
    const struct learner *plug;
    void *self;
    struct vec w; /* its weights */
    int n_in, n_out;
    int n_train, n_score;            /* most rows in a call of train, of score */
    const struct classes *competing; /* by task: what competes in training, as of now */
    double *rows, *flops;            /* trained so far */
    double *score_flops;             /* of scores and features so far */
    struct arena *arena;
    size_t first_piece, last_piece; /* of the arena: the learner's, last exclusive */
    void *harness;                  /* of the next four */
    /* Images as stored to rows as trained on: x.rows x n_in. */
    void (*convert)(void *harness, const uint8_t *pixel, struct mat x);
    /* Optional. Augments n images as stored, in place, like the training images of the
     * stream. */
    void (*augment)(void *harness, uint8_t *pixel, int n, struct rng rng);
    /* Makes a new learner in its place, with initial weights drawn from rng. */
    void (*reset)(void *harness, struct rng rng);
    /* Calls its task_begin for every task so far once more, with the draws of the first
     * time: for a new learner that goes on with all of them. */
    void (*begin_again)(void *harness);
};

real handle_train(const struct learner_handle *handle, const struct batch *batch,
                  struct rng rng);
real handle_grad(const struct learner_handle *handle, const struct batch *batch,
                 struct rng rng, real *g);
void handle_step(const struct learner_handle *handle, real *g, struct progress progress);

/* Are rows normalised by the statistics of their batch? (batch_norms of the learner) */
bool handle_batch_norms(const struct learner_handle *handle);

/* The factor before the loss that trains weight i; 1 where the learner gives none. */
double handle_loss_factor(const struct learner_handle *handle, size_t i);

/* Any number of rows: they are scored n_score at a time. */
void handle_score(const struct learner_handle *handle, struct mat x,
                  struct classes competing, struct rng rng, struct mat out);

/* As `features` of the learner: at most n_score rows. */
void handle_features(const struct learner_handle *handle, struct mat x, struct rng rng,
                     struct mat out);

/* FLOPs of training on a row at that point. */
double handle_train_flops(const struct learner_handle *handle, struct progress progress);

/* The task whose outputs are these, of n_task; -1 = none. For scenarios where only the
 * outputs of a row's own task compete, in training and in the test. */
int handle_task_of(const struct learner_handle *handle, struct classes competing,
                   int n_task);

/* The learner's hook `reads`; false where it has none. */
bool handle_reads(const struct learner_handle *handle, int k, struct readout *readout);

/* Counts rows that went through the learner's score. */
void handle_count_scored(const struct learner_handle *handle, int rows);

/* FLOPs of the features of a row: at most those of a score, and of a training step,
 * which both contain them. */
double handle_feature_flops(const struct learner_handle *handle);

/* Images as stored to rows to train on. */
void handle_convert(const struct learner_handle *handle, const uint8_t *pixel,
                    struct mat x);

/* To be called on stored images each time before they are trained on outside of a
 * batch. */
void handle_augment(const struct learner_handle *handle, uint8_t *pixel, int n,
                    struct rng rng);

/* Bytes of the model; copies it out; exchanges it with a copy. */
size_t handle_model_bytes(const struct learner_handle *handle);
void handle_model_copy(const struct learner_handle *handle, void *to);
void handle_model_swap(const struct learner_handle *handle, void *with);

#endif
