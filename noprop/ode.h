/* What the variants in continuous time share: one block for all times, features of the
 * time, and the integration from noise to a label in `steps` steps.
 *
 * Features of t (Vaswani et al. 2017, the paper's "positional embedding" of 64 numbers,
 * whose formula it does not give): sin(scale t f_i), cos(scale t f_i), f_i =
 * 10000^(-i/31). With scale 1 most of them hardly change over [0, 1]. */
#ifndef NOPROP_ODE_H
#define NOPROP_ODE_H

#include "noprop/model.h"

enum ode_sampler { SAMPLER_ANCESTRAL, SAMPLER_EULER, SAMPLER_HEUN };

struct ode_options {
    int steps;
    double time_scale;
    bool stratified; /* times of a batch: one in each of n equal parts of [0, 1] */
};

/* clang-format off */
#define ODE_PARAMS(owner, field, steps_)                                                 \
    {.name = "inference_steps",                                                          \
     .type = PARAM_INT,                                                                  \
     .offset = offsetof(owner, field.steps),                                             \
     .default_text = steps_,                                                             \
     .min = 1,                                                                           \
     .max = 100000,                                                                      \
     .help = "from noise to a label; 1000 in the paper",                                 \
     .formerly = "steps"},                                                               \
    {"time_scale", PARAM_NUMBER, offsetof(owner, field.time_scale), "1", 1e-3, 1e6, NULL,\
     "factor of the time in its features"},                                              \
    {"stratified", PARAM_BOOL, offsetof(owner, field.stratified), "yes", 0, 0, NULL,     \
     "times of a batch spread evenly, where the paper draws each alone"}
/* clang-format on */

struct ode_work {
    real *t;             /* n_train: the times of a batch */
    struct mat time;     /* n_train x BLOCK_TIME: their features */
    struct mat before;   /* rows x d: Heun's first slope, or noise; training: dz~_1 */
    struct mat eps;      /* n_train x d: the noise of a batch */
    struct mat dz;       /* n_train x d */
    real *square, *each; /* n_train */
};

void ode_take_work(struct ode_work *work, const struct learner_env *env, int d);

void ode_features(real *out, double t, double scale);

/* Draws the times of n rows into work->t, their features into work->time. */
struct mat ode_times(const struct ode_work *work, const struct ode_options *options,
                     int n, struct rng rng);

/* The block's prediction u (n x d) for the label z at the time t, after block_encode. */
struct ode_field {
    const struct model *model;
    double time_scale;
    const uint8_t *competing;
};
void ode_predict(const struct ode_field *field, struct mat z, double t, struct mat u);

/* z_0 ~ N(0, I), which lies in work[0].z, for the images x, which the block encodes. */
struct mat ode_start(const struct model *model, struct mat x, struct rng rng);

/* z += h v */
void ode_move(struct mat z, struct mat v, double h);

/* One step of length h from the time t, by Euler or Heun, of dz/dt = slope(z, t). */
struct ode_step {
    void (*slope)(const void *context, struct mat z, double t, struct mat v);
    const void *context;
    bool heun;
    struct mat v, before; /* n x d each: scratch; before: of Heun */
};
void ode_step(const struct ode_step *step, struct mat z, double t, double h);

/* One update of a learner of one block; returns the loss. The gradient of the block goes
 * to g, that of the joint part to joint_g. self as above. */
typedef real ode_gradient(const void *self, const struct batch *batch, enum net_mode mode,
                          struct rng rng, real *g, real *joint_g);
real ode_train(const void *self, ode_gradient *gradient, const struct batch *batch,
               struct rng rng);

/* From z_0 to z_1, which is left in work[0].z. self: here and below a learner whose state
 * struct begins with its model. */
typedef void ode_integrate(const void *self, struct mat x, const uint8_t *competing,
                           int steps, struct rng rng);

/* Scores at z_1 (core/plug/learner.h), by the decision of the model. */
void ode_score(const void *self, ode_integrate *integrate, int steps, struct mat x,
               struct classes competing, struct rng rng, struct mat out);

/* Of that many predictions of the block, and the decision. */
double ode_score_flops(const struct model *model, int predictions);

/* Diagnostics: accuracy with 1, 2, 5, 10, ... `most` steps, by the nearest embedding and,
 * if it is trained, by the head: what fewer steps than the learner's own cost. */
void ode_trace(const void *self, ode_integrate *integrate, int most, bool headed,
               const struct batch *batch, struct rng rng, struct trace *trace);

/* Hook of a learner that trains the block at one time in each update. */
double ode_flops(const void *self);

#endif
