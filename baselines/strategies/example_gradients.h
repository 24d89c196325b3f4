/* Images of a task one by one, each as a batch of one row: for measures of importance
 * that are means over images, but not linear in their gradients. */
#ifndef BASELINES_STRATEGIES_EXAMPLE_GRADIENTS_H
#define BASELINES_STRATEGIES_EXAMPLE_GRADIENTS_H

#include "core/plug/handle.h"

struct example_gradients {
    const struct learner_handle *handle;
    int rows;         /* most images that are visited; 0 = all */
    uint8_t *pixel;   /* n_in */
    struct mat x;     /* 1 x n_in */
    struct mat score; /* 1 x n_out, for the visitor */
    real *g;          /* as long as the weights, for the visitor */
};

/* Scratch from handle->arena. */
enum status examples_take(struct example_gradients *examples,
                          const struct learner_handle *handle, int rows,
                          struct error *err);

/* How many of a task's images will be visited. */
int examples_count(const struct example_gradients *examples, int images);

/* Calls visit for each of them: drawn without replacement, in the task's order. The batch
 * has the image's own label and no weight. */
typedef void example_visitor(void *context, const struct batch *one, struct rng rng);
void examples_visit(const struct example_gradients *examples,
                    const struct task_view *task, struct rng rng, example_visitor *visit,
                    void *context);

#endif
