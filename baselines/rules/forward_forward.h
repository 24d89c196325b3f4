/* The parts of Forward-Forward that training and inference share; the learner and its
 * paper are in forward_forward.c. */
#ifndef BASELINES_RULES_FORWARD_FORWARD_H
#define BASELINES_RULES_FORWARD_FORWARD_H

#include "baselines/rules/hybrid.h"
#include "baselines/rules/labelled.h"
#include "core/nn/mlp.h"
#include "core/optim/optimizer.h"

enum place { PLACE_APPEND, PLACE_OVERLAY };
enum negatives { NEGATIVES_LABELS, NEGATIVES_HYBRIDS };
enum decision { DECISION_GOODNESS, DECISION_SOFTMAX };

struct forward_forward {
    char layers[PARAM_TEXT_MAX];
    int init, label, negatives, blur, decision;
    bool unseen;
    double strength, hard, threshold, temperature, peer, head_lr, head_decay;
    struct optim_options options;

    int n_out;
    int first; /* layer that the head and the decision read */
    struct mlp mlp;
    struct vec w; /* the MLP, then the head: rows for each unit from `first` on */
    real *g;      /* of one layer, of the head */
    struct optim *layer_optim, head_optim;
    real *activity; /* m, the running mean of each unit */
    struct labelled labelled;
    uint8_t *met,
        *allowed; /* n_out: classes seen in training; labels allowed for a row */
    struct hybrid hybrid;
    struct mlp_values neutral; /* normalised */
    struct mlp_pair pair;
    struct mat d;                    /* 2 n_train x widest */
    struct mat logit, wrong, shared; /* n x classes, n x classes, n_score x n_1 */
    real *scale;                     /* of a layer's normalisation */
    real *share, *pull;              /* by row, by unit */
};

/* The rows of the head that read layer l, in a block laid out as the head. */
struct mat ff_head(const struct forward_forward *ff, real *block, int l);

/* Of the competing classes (NULL = all) those seen in training, or all of them where none
 * was (or with `unseen: yes`). Valid until the next call. */
const uint8_t *ff_labels(const struct forward_forward *ff, const uint8_t *competing);

/* The head's logits for normalised inputs x, unless they are empty; returns the
 * activity of the last layer. The normalised activities are kept in values unless it is
 * NULL. */
struct mat ff_head_forward(const struct forward_forward *ff, struct mat x,
                           const struct mlp_values *values, struct mat logit);

/* sum_j h_j^2 */
real ff_goodness(const real *h, int n);

/* Hooks of the learner. */
void ff_score(const void *self, struct mat x, struct classes competing, struct rng rng,
              struct mat out);
double ff_score_flops(const void *self);
int ff_n_feature(const void *self);
void ff_features(const void *self, struct mat x, struct rng rng, struct mat out);

#endif
