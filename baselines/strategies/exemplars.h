/* Exemplars: stored images chosen so that the mean of their features is near that of
 * their class, and the class means they give (Rebuffi, Kolesnikov, Sperl & Lampert
 * 2017, arXiv:1611.07725, algorithms 1, 4 and 5).
 *
 *   herding   the k-th exemplar of a class with mean mu is the image x, not yet taken,
 *             with the least |mu - (phi(x) + sum of those before it) / k|
 *   random    or any images of the class, each with the same probability
 *   means     of the exemplars' features, by the learner as it is now
 *
 * phi are the learner's features, normalised, and every mean is normalised again. A class
 * of a stream whose tasks share their outputs is a task and an output. The first k
 * exemplars of a class are its best k: a smaller share drops the last ones. */
#ifndef BASELINES_STRATEGIES_EXEMPLARS_H
#define BASELINES_STRATEGIES_EXEMPLARS_H

#include "baselines/strategies/memory.h"

enum exemplar_choice { EXEMPLARS_HERDING, EXEMPLARS_RANDOM };

extern const char *const exemplar_choices[]; /* "herding", "random" */

struct exemplars {
    int total,
        per_class; /* exemplars, from the options, set before exemplars_init: total is
                             shared by the classes so far; 0 = per_class of each */
    int choice;    /* likewise: enum exemplar_choice */

    struct memory memory; /* slots: class after class, in the order they were chosen */
    const struct learner_handle *handle;
    int class_rows;
    int32_t *count;             /* n_key: scratch */
    struct mat mean;            /* n_key x n_feature, set by exemplars_refresh */
    uint8_t *known;             /* n_key: has a mean */
    struct mat x;               /* n_score x n_in: scratch, as is the rest */
    struct mat feature;         /* class_rows x n_feature: of one class */
    struct mat target, product; /* 1 x n_feature, 1 x class_rows */
    int32_t *row;               /* class_rows: its images, rows of the task */
    real *length;   /* class_rows: squared, of each feature; INFINITY = taken */
    uint8_t *pixel; /* n_score x n_pixel */
};

/* In the strategy's init and attach: memory at its final size. The learner
 * CAN_FEATURES. ERR_USAGE where some class would get none. */
enum status exemplars_init(struct exemplars *exemplars, const struct strategy_env *env,
                           struct error *err);
enum status exemplars_attach(struct exemplars *exemplars,
                             const struct learner_handle *handle, struct error *err);

/* Chooses from a task that has ended. */
void exemplars_choose(struct exemplars *exemplars, const struct task_view *task,
                      struct rng rng);

/* For estimates: how many exemplars there are after that many tasks with so many images
 * each. */
double exemplars_count(const struct exemplars *exemplars, int tasks, int images);

/* Computes the means again. */
void exemplars_refresh(struct exemplars *exemplars, struct rng rng);

/* Has any output that competes a mean? */
bool exemplars_can_score(const struct exemplars *exemplars, struct classes competing);

/* out: x.rows (at most n_score) x n_out, minus the squared distance to the nearest mean
 * of each output; -INFINITY where there is none. */
void exemplars_score(const struct exemplars *exemplars, struct mat x, struct rng rng,
                     struct mat out);

#endif
