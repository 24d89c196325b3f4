/* Some images of a task, one by one, each as a batch of one row: for importance that is a
 * mean over images of something that is not linear in them. */
#ifndef BASELINES_STRATEGIES_SURVEY_H
#define BASELINES_STRATEGIES_SURVEY_H

#include "core/pupil.h"

struct survey {
    const struct pupil *pupil;
    int rows;         /* most images that are looked at; 0 = all */
    uint8_t *pixel;   /* n_in */
    struct mat x;     /* 1 x n_in */
    struct mat score; /* 1 x n_out, for whoever looks */
    real *g;          /* as long as the weights, for whoever looks */
};

/* Scratch from pupil->arena. */
enum status survey_take(struct survey *survey, const struct pupil *pupil, int rows,
                        struct error *err);

/* How many images of the task will be looked at. */
int survey_count(const struct survey *survey, const struct task_view *task);

/* Calls look for each of them: drawn without replacement, in the task's order. The batch
 * has the image's own label and no weight. */
typedef void survey_look(void *context, const struct batch *one, struct rng rng);
void survey_go(const struct survey *survey, const struct task_view *task, struct rng rng,
               survey_look *look, void *context);

#endif
