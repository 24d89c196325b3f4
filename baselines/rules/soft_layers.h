/* The layers of softhebb: dense or convolutions, each with a normalised input, units that
 * compete at every position, and a max-pool where the net has one. */
#ifndef BASELINES_RULES_SOFT_LAYERS_H
#define BASELINES_RULES_SOFT_LAYERS_H

#include "core/nn/modules.h"

enum soft_output { OUTPUT_TRIANGLE, OUTPUT_SOFTMAX };

extern const char *const soft_output_names[];

struct soft_layers {
    int output; /* options: enum soft_output, the triangle's power, the softmax's t */
    double power, output_t;

    struct shape image;
    struct modules modules;           /* for their sizes */
    struct mat layer[NET_LAYERS + 1]; /* W_l, from 1 */
    struct conv conv[NET_LAYERS + 1]; /* where layer l is a convolution */
    size_t channel[NET_LAYERS + 1];   /* where those that layer l reads begin among the
                                         statistics */
    real *mean, *variance, *scale;    /* of each layer's inputs: running; of the batch */
    real *one, *zero;                 /* gains and shifts; biases */
    struct mat input, u, y;           /* of a layer; rows x its widest */
    real *scratch;                    /* of the convolutions */
};

/* ERR_USAGE where the net has other layers; activations are read as `output`. */
enum status soft_layers_parse(struct soft_layers *soft, const char *net,
                              struct shape image, struct error *err);

size_t soft_layers_weights(const struct soft_layers *soft); /* reals of all W */
int soft_layers_units(const struct soft_layers *soft);      /* of the layer with most */
int soft_layers_out(const struct soft_layers *soft);        /* values of the last one */

/* w: where the weights lie, one W after the other. */
void soft_layers_take(struct soft_layers *soft, real *w, int rows, struct arena *arena);

/* W ~ N(0, range^2 / inputs). */
void soft_layers_draw(const struct soft_layers *soft, double range, struct rng rng);

/* xhat of layer l, n x what it reads; by the statistics of the batch, with the running ones
 * updated where `follow`, or by the running ones. */
struct mat soft_layers_normalise(const struct soft_layers *soft, int l, struct mat x,
                                 bool by_batch, bool follow);

/* u from xhat, a row for each position of each image. */
struct mat soft_layers_current(const struct soft_layers *soft, int l, struct mat xhat);

/* g = xhat^T c, c with rows as u: of a convolution the sum over positions of c times their
 * patches. */
void soft_layers_correlate(const struct soft_layers *soft, int l, struct mat g,
                           struct mat xhat, struct mat c);

/* The first `end` layers by the running statistics; the output of the last, which for 0 is
 * x. rng: of the masks of dropout; NULL = none is dropped. */
struct mat soft_layers_run(const struct soft_layers *soft, struct mat x, int end,
                           const struct rng *rng);

#endif
