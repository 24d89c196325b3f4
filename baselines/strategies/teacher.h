/* Distillation from the model as it was when the last task ended
 * (Li & Hoiem 2016, arXiv:1606.09282; Hinton, Vinyals & Dean 2015):
 *
 *   CE(labels) + strength T^2 sum_g CE(softmax_g(old logits / T), softmax_g(logits / T))
 *
 * g: in the task scenario the outputs of each past task. Else one group: all outputs that
 * were trained before (past), or all that compete (all); in the domain scenario it counts
 * once for each past task, as in van de Ven et al. 2022. */
#ifndef BASELINES_STRATEGIES_TEACHER_H
#define BASELINES_STRATEGIES_TEACHER_H

#include "core/plug/strategy.h"

enum taught_outputs { TAUGHT_PAST, TAUGHT_ALL };

extern const char *const taught_outputs[]; /* "past", "all" */

struct teacher {
    double strength, temperature; /* set before teacher_init, from the options */
    int outputs;                  /* enum taught_outputs */
    bool sigmoid; /* in place of these: a sigmoid for each output, with the old model's as
                     targets where trained before, else the labels (core/nn/loss.h) */

    const struct learner_handle *handle;
    bool task_known, shared;
    void *old;              /* the model when the last task ended */
    uint8_t *taught, *past; /* n_out: trained by now, and when the last task ended */
    int32_t *ended;         /* tasks */
    struct soft *soft;      /* of one batch */
    struct classes *group;
    float *distil; /* n_train */
};

/* In the strategy's init and attach. The old model is TAG_BUFFER. */
enum status teacher_init(struct teacher *teacher, const struct strategy_env *env,
                         struct error *err);
enum status teacher_attach(struct teacher *teacher, const struct learner_handle *handle,
                           struct error *err);

/* Sets batch->soft once a task has ended. */
void teacher_teach(struct teacher *teacher, struct batch *batch, struct rng rng);

void teacher_end_task(struct teacher *teacher);

#endif
