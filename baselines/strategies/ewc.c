/* Elastic weight consolidation (Kirkpatrick et al. 2017, arXiv:1612.00796, eq. 3):
 *
 *   loss + lambda / 2 sum_t sum_i F_ti (w_i - w*_ti)^2
 *
 * with one term per past task t, F_t the diagonal of the Fisher information where its
 * training ended, at w*_t. Up to a constant their sum is one term, with F = sum_t F_t and
 * the mean of the w*_t weighted by F_t, so that memory does not grow with the tasks.
 * Online (Schwarz et al. 2018, arXiv:1805.06370): F <- gamma F + F_t, one centre at the
 * last w*.
 *
 * F is the best of these that the learner allows:
 *   exact      mean over images of sum_k p_k (d log p_k / dw)^2, k of the outputs that
 *              compete, as van de Ven et al. 2022 do: logits and a gradient
 *   empirical  mean over images of the squared gradient of the learner's own loss, at the
 *              image's label: a gradient alone
 *   updates    mean over the batches of a task of the squared updates given to the
 *              optimiser: for learners without a gradient, or without one for a single
 *              image, as with batch norms. As it is of batches it is smaller, by about
 *              the number of rows in one.
 *
 * Where a rule weighs the loss l_b of a piece b of its weights by a factor c_b (the
 * blocks of NoProp-DT), the gradients have that factor and their squares c_b^2. But the
 * curvature of c_b l_b, which F approximates, has the factor c_b: relative to the loss of
 * that piece the penalty is too strong by c_b, and no single lambda fits all pieces.
 * `normalise: yes` divides F by the factor. The piece then minimises
 *
 *   c_b l_b + lambda / 2 (c_b^2 F_b / c_b) (w - w*)^2
 *     = c_b (l_b + lambda / 2 F_b (w - w*)^2)
 *
 * which is c_b times what it minimises without a factor: lambda means the same in every
 * piece. Squared updates, which are squares of the same gradients, are divided
 * likewise. */
#include <stddef.h>
#include <string.h>

#include "baselines/strategies/example_gradients.h"
#include "baselines/strategies/penalty.h"
#include "core/nn/loss.h"
#include "core/plug/strategy.h"

enum fisher { FISHER_EXACT, FISHER_EMPIRICAL, FISHER_UPDATES };

struct ewc {
    double strength, decay; /* options */
    bool online, normalise;
    int rows;

    const struct learner_handle *handle;
    enum fisher kind;
    struct penalty penalty;
    struct example_gradients examples;
    real *fisher; /* w.n: of the task that ends; with updates, of the one in training */
    int64_t *batches; /* of the task in training */
};

static const struct param params[] = {
    {"strength", PARAM_NUMBER, offsetof(struct ewc, strength), "1e5", 0, 1e15, NULL,
     "lambda; van de Ven et al. 2022 on Split MNIST: 1e5 task, 1e10 domain, 1e9 class",
     .alias = "lambda"},
    {"online", PARAM_BOOL, offsetof(struct ewc, online), "no", 0, 0, NULL,
     "one decaying term around the last weights in place of one per task"},
    {"decay", PARAM_NUMBER, offsetof(struct ewc, decay), "1", 0, 1, NULL,
     "gamma, of the importance of past tasks; online only"},
    {"rows", PARAM_INT, offsetof(struct ewc, rows), "500", 0, 1e9, NULL,
     "images that the importance is measured on; 0 = all of the task"},
    {"normalise", PARAM_BOOL, offsetof(struct ewc, normalise), "no", 0, 0, NULL,
     "divide importance by the factor of the loss that trains the weight", true},
    {0},
};

static enum fisher kind_of(const struct learner_handle *handle)
{
    unsigned can = learner_can(handle->plug);

    if (!(can & CAN_GRAD) || handle_batch_norms(handle))
        return FISHER_UPDATES;
    return can & CAN_SOFT ? FISHER_EXACT : FISHER_EMPIRICAL;
}

static enum status attach(void *self, const struct learner_handle *handle,
                          struct error *err)
{
    struct ewc *ewc = self;
    struct arena *arena = handle->arena;

    ewc->handle = handle;
    ewc->kind = kind_of(handle);
    ewc->fisher =
        arena_take(arena, ewc->kind == FISHER_UPDATES ? TAG_BUFFER : TAG_SCRATCH,
                   handle->w.n, sizeof(real));
    ewc->batches = arena_take(arena, TAG_STATE, 1, sizeof *ewc->batches);
    if (ewc->kind != FISHER_UPDATES &&
        examples_take(&ewc->examples, handle, ewc->rows, err) != OK)
        return err->status;
    return penalty_take(&ewc->penalty, handle, ewc->strength, err);
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    struct ewc *ewc = self;

    ++*ewc->batches;
    return handle_train(ewc->handle, batch, rng);
}

static void before(void *self, struct vec w, real *g, double rate)
{
    struct ewc *ewc = self;
    real *fisher = ewc->fisher + penalty_offset(&ewc->penalty, w);

    for (size_t i = 0; ewc->kind == FISHER_UPDATES && i < w.n; i++)
        fisher[i] += g[i] * g[i];
    penalty_add_gradient(&ewc->penalty, w, g, rate);
}

/* ---------------------------------------------------------------- importance */

static void add_squares(struct ewc *ewc, const struct batch *one, struct rng rng,
                        real share)
{
    const real *g = ewc->examples.g;

    handle_grad(ewc->handle, one, rng, ewc->examples.g);
    for (size_t i = 0; i < ewc->penalty.w.n; i++)
        ewc->fisher[i] += share * g[i] * g[i];
}

static void look_exactly(void *self, const struct batch *one, struct rng rng)
{
    struct ewc *ewc = self;
    struct classes competing = one->competing[*one->task];
    real *p = ewc->examples.score.data;

    handle_score(ewc->handle, one->x, competing, rng, ewc->examples.score);
    softmax_row(p, competing.on, competing.n);
    for (int32_t k = 0; k < competing.n; k++) {
        struct batch as = *one;

        as.y = &k;
        if (competing.on[k])
            add_squares(ewc, &as, rng, p[k]);
    }
}

static void look_at_label(void *self, const struct batch *one, struct rng rng)
{
    add_squares(self, one, rng, 1);
}

/* Leaves a sum in ewc->fisher; returns the number to divide it by. */
static double measure(struct ewc *ewc, const struct task_view *task, struct rng rng)
{
    if (ewc->kind == FISHER_UPDATES)
        return (double)*ewc->batches;
    memset(ewc->fisher, 0, ewc->penalty.w.n * sizeof(real));
    examples_visit(&ewc->examples, task, rng,
                   ewc->kind == FISHER_EXACT ? look_exactly : look_at_label, ewc);
    return examples_count(&ewc->examples, task->n);
}

/* A loss of factor 0 has trained nothing: its sum is 0 already. */
static real importance(const struct ewc *ewc, size_t i, double n)
{
    double factor = ewc->normalise ? handle_loss_factor(ewc->handle, i) : 1;

    return ewc->fisher[i] / (real)(factor > 0 ? n * factor : n);
}

/* Adds a term: sum_t F_t (w - w*_t)^2 is F (w - c)^2 and a constant. */
static void add_term(const struct penalty *penalty, size_t i, real fisher)
{
    real sum = penalty->importance[i] + fisher;

    penalty->importance[i] = sum;
    if (sum > 0)
        penalty->centre[i] += fisher / sum * (penalty->w.data[i] - penalty->centre[i]);
}

static void task_end(void *self, const struct task_view *task, struct rng rng)
{
    struct ewc *ewc = self;
    const struct penalty *penalty = &ewc->penalty;
    double n = measure(ewc, task, rng);

    for (size_t i = 0; n > 0 && i < penalty->w.n; i++) {
        real fisher = importance(ewc, i, n);

        if (ewc->online)
            penalty->importance[i] = (real)ewc->decay * penalty->importance[i] + fisher;
        else
            add_term(penalty, i, fisher);
    }
    if (ewc->online)
        penalty_move_centre(penalty);
    memset(ewc->fisher, 0, penalty->w.n * sizeof(real));
    *ewc->batches = 0;
}

static void count(const void *self, struct strategy_rows *rows)
{
    const struct ewc *ewc = self;
    const struct learner_handle *handle = ewc->handle;
    struct classes competing = handle->competing[rows->task];
    int n = examples_count(&ewc->examples, rows->images), labels = 0;

    for (int k = 0; k < competing.n; k++)
        labels += competing.on[k];
    if (ewc->kind == FISHER_EMPIRICAL)
        rows->trained += n;
    if (ewc->kind == FISHER_EXACT) {
        rows->trained += (double)n * labels;
        rows->scored += n;
    }
}

const struct strategy strategy_ewc = {
    .name = "ewc",
    .about = "elastic weight consolidation, separate or online: important weights are "
             "held",
    .source = "Kirkpatrick et al. 2017, arXiv:1612.00796; Schwarz et al. 2018",
    .params = params,
    .size = sizeof(struct ewc),
    .train_on = TRAIN_ON_TASK,
    .needs = CAN_HOOK,
    .why = "it needs a learner that is trained by gradients through one of bench's "
           "optimisers; take `replay`",
    .attach = attach,
    .train = train,
    .before = before,
    .count = count,
    .task_end = task_end,
    .returns = true,
};
